# Completion of dossier for bash: verbs, flags, formats, files.

_dossier() {
  local cur prev words cword
  if declare -F _init_completion >/dev/null; then
    _init_completion -n = || return
  else
    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  local verbs='load query update convert parse explain dump stats check compact backup restore'
  local rdf='nt nq ttl trig rdfxml'
  local limits='--base --memory --timeout --threads --param --default-graph'
  local verb='' i
  for ((i = 1; i < cword; i++)); do
    if [[ " $verbs " == *" ${words[i]} "* ]]; then verb=${words[i]}; break; fi
  done

  case $prev in
    --format)
      case $verb in
        query) COMPREPLY=($(compgen -W "table line markdown csv tsv json xml $rdf" -- "$cur")) ;;
        load) COMPREPLY=($(compgen -W "$rdf csv tsv" -- "$cur")) ;;
        *) COMPREPLY=($(compgen -W "$rdf" -- "$cur")) ;;
      esac
      return ;;
    --from) COMPREPLY=($(compgen -W "$rdf csv tsv" -- "$cur")); return ;;
    --separator) COMPREPLY=($(compgen -W tab -- "$cur")); return ;;
    --to | --dump) COMPREPLY=($(compgen -W "$rdf" -- "$cur")); return ;;
    --default-graph) COMPREPLY=($(compgen -W union -- "$cur")); return ;;
    --memory) COMPREPLY=($(compgen -W '512M 1G 2G 4G' -- "$cur")); return ;;
    -c | --command | --param | --graph | --base | --timeout | --threads) return ;;
  esac

  if [[ $cur == -* ]]; then
    local flags
    case $verb in
      load) flags='--graph --base --format --memory --threads --skip-bad --map --separator --no-header' ;;
      query) flags="-f --file --format --prefixes --data --named $limits" ;;
      update) flags="-f --file --data --named --dump $limits" ;;
      explain) flags="-f --file --prefixes --analyze $limits" ;;
      convert) flags='--from --to --base --canonical --map --separator --no-header' ;;
      parse) flags='-f --file --update --base' ;;
      dump) flags='--format --graph' ;;
      check) flags='--repair' ;;
      '') flags='-c --command -f --file --memory --threads --no-history --no-rc --param --version' ;;
    esac
    COMPREPLY=($(compgen -W "$flags -h --help" -- "$cur"))
    return
  fi
  COMPREPLY=()
  if [[ -z $verb && $cword -eq 1 ]]; then COMPREPLY=($(compgen -W "$verbs" -- "$cur")); fi
  compopt -o filenames 2>/dev/null
  local IFS=$'\n'
  COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -F _dossier dossier
