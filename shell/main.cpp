// The dossier program: verbs and flags (DESIGN section 8).
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "shell/arguments.h"
#include "shell/verbs.h"
#include "shell/console.h"
#include "shell/repl.h"
#include "shell/shell.h"

namespace {

using namespace dossier::shell;

constexpr std::array<std::string_view, 12> kVerbs = {"load", "query", "update", "convert", "parse",  "explain",
                                                     "dump", "stats", "check",  "compact", "backup", "restore"};

constexpr const char* kIntroduction =
    R"(Dossier: an embedded store for dated, sourced knowledge graphs (RDF 1.2, SPARQL 1.2).

Without a verb it opens the shell on DB, a directory or :memory: (the default). A verb wins over a directory of the
same name; write ./load for the directory.)";

constexpr const char* kExamples = R"(
Examples:
  dossier load facts hyesan.ttl             make the store facts, or add to it
  dossier facts                             open the shell on it
  dossier query facts 'SELECT * { ?s ?p ?o } LIMIT 5'
  dossier query facts -f who.rq --format json > who.json
  dossier query :memory: --data hyesan.ttl -f who.rq
  dossier update facts 'PREFIX : <http://example.org/> INSERT DATA { :chen :heads :police }'
  dossier convert dump.nq.gz --to ttl > dump.ttl

Formats: table line markdown csv tsv json xml (answers), nt ttl nq trig rdfxml (RDF).
SIZE takes K, M, G; -f - is standard input. dossier VERB --help and man dossier say more.
Exit codes: 0 done, 1 query or data wrong or input missing, 2 usage, 3 store missing,
in use or damaged, 4 timed out, cancelled or out of memory.
)";

struct ShellArguments {
  std::string store = ":memory:";
  std::string text;
  std::string file;
  bool no_history = false;
  bool no_rc = false;
  std::string memory = "1G";
  unsigned threads = 0;
  std::vector<std::string> parameters;
};

// A store to change where that is possible, else to read: `read_only` is set then.
dossier::Store open_for_shell(const std::string& path, bool& read_only) {
  using dossier::StorageError;
  try {
    return dossier::Store::open(path);
  } catch (const StorageError& error) {
    if (error.reason() != StorageError::Reason::in_use && error.reason() != StorageError::Reason::read_only)
      throw;
    dossier::OpenOptions options;
    options.create = false;
    options.read_only = true;
    dossier::Store store = dossier::Store::open(path, options);
    read_only = true;
    fmt::print(stderr, "dossier: {}\ndossier: opened read-only\n", error.what());
    return store;
  }
}

int run_shell(const ShellArguments& arguments, bool has_text) {
  std::error_code ignored;
  if (arguments.store != ":memory:" && !std::filesystem::exists(arguments.store, ignored)) {
    const std::string meant = did_you_mean(arguments.store, kVerbs);
    if (!meant.empty())
      throw UsageError(fmt::format("there is no verb and no store '{}'{}", arguments.store, meant));
  }
  if (has_text && !arguments.file.empty()) throw UsageError("give -c or -f, not both");
  ShellOptions options;
  options.memory_bytes = parse_size(arguments.memory);
  options.threads = arguments.threads;
  for (const auto& text : arguments.parameters) options.parameters.push_back(parse_parameter(text));
  const bool script = has_text || !arguments.file.empty() || !is_terminal(STDIN_FILENO);
  options.interactive = !script && is_terminal(STDOUT_FILENO);
  // The script is read before the store is opened: a file that is missing must not make a store.
  const std::string text = has_text ? arguments.text
                           : script ? read_text(arguments.file.empty() ? "-" : arguments.file)
                                    : "";

  dossier::Store store = open_for_shell(arguments.store, options.read_only);
  Output out;
  Shell shell(store, out, options);
  if (script)
    return shell.run_script(text, has_text                                          ? std::string()
                                  : arguments.file.empty() || arguments.file == "-" ? "standard input"
                                                                                    : arguments.file);
  if (!arguments.no_rc) {
    const std::string rc = rc_path();
    if (!rc.empty() && std::filesystem::exists(rc, ignored)) shell.run_script(read_text(rc), rc);
  }
  if (options.interactive)
    fmt::print(stderr, "Dossier {} on {}. .help lists the commands, .quit leaves.\n", DOSSIER_VERSION,
               arguments.store);
  if (!shell.quit()) run_terminal(shell, arguments.no_history ? std::string() : history_path());
  return kDone;
}

// One value a flag, so that a flag that may be repeated does not swallow the words after its value.
CLI::Option* repeated(CLI::Option* option) {
  return option->allow_extra_args(false);
}

void add_statement(CLI::App& verb, QueryArguments& arguments, const char* what) {
  verb.add_option("DB", arguments.store, "the store: a directory, or :memory:")->required();
  verb.add_option(what, arguments.text, fmt::format("the {} (or -f)", what));
  verb.add_option("-f,--file", arguments.file, "read it from FILE; - is standard input")->type_name("FILE");
  verb.add_option("--base", arguments.base, "base IRI of the text")->type_name("IRI");
  verb.add_option("--memory", arguments.memory, "most memory for the work (1G)")->type_name("SIZE");
  verb.add_option("--timeout", arguments.timeout, "give up after S seconds")->type_name("S");
  verb.add_option("--threads", arguments.threads, "0: as many as the machine has")->type_name("N");
  repeated(verb.add_option("--param", arguments.parameters,
                           "the value of ?NAME, in Turtle syntax without prefixes"))
      ->type_name("NAME=TERM");
  verb.add_option("--default-graph", arguments.default_graph,
                  "union: the default graph is all graphs together")
      ->type_name("union");
}

void add_files(CLI::App& verb, QueryArguments& arguments, const char* fate) {
  repeated(verb.add_option("--data", arguments.data, fmt::format("RDF file for the default graph, {}", fate)))
      ->type_name("[BASE=]FILE");
  repeated(verb.add_option("--named", arguments.named, fmt::format("RDF file for the graph IRI, {}", fate)))
      ->type_name("IRI=FILE");
}

void add_table(CLI::App& verb, TableArguments& table) {
  verb.add_option("--map", table.map, "of tables: what their columns mean (default: their header says it)")->type_name("FILE");
  verb.add_option("--separator", table.separator, "of tables: between columns (default: , in csv, tab in tsv)")->type_name("C");
  verb.add_flag("--no-header", table.no_header, "of tables: the first line is a row, columns are {1}, {2}, ...");
}

// What CLI11 says, and what was probably meant.
int report_usage(const CLI::ParseError& error, const CLI::App& root, int count, char** words) {
  const auto used = root.get_subcommands();
  const CLI::App& app = used.empty() ? root : *used.front();
  const std::string verb = used.empty() && count > 1 ? did_you_mean(words[1], kVerbs) : std::string();
  if (verb.empty()) {
    fmt::print(stderr, "dossier: {}\n", error.what());
  } else {
    fmt::print(stderr, "dossier: there is no verb '{}'{}\n", words[1], verb);
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  const std::vector<std::string_view> flags(names.begin(), names.end());
  for (int i = 1; i < count; ++i) {
    const std::string word = std::string(words[i]).substr(0, std::string(words[i]).find('='));
    if (!word.starts_with("--") || std::find(names.begin(), names.end(), word) != names.end()) continue;
    const std::string meant = did_you_mean(word, flags);
    if (!meant.empty()) fmt::print(stderr, "dossier: there is no flag {}{}\n", word, meant);
  }
  fmt::print(stderr, "See dossier {}{}--help.\n", used.empty() ? "" : app.get_name(),
             used.empty() ? "" : " ");
  return kUsage;
}

int run_program(int count, char** words) {
  CLI::App root(kIntroduction, "dossier");
  root.footer(kExamples);
  root.set_version_flag("--version", "dossier " DOSSIER_VERSION);
  root.require_subcommand(0, 1);
  root.get_formatter()->column_width(34);
  std::function<int()> work;

  ShellArguments shell;
  root.add_option("DB", shell.store, "the store: a directory, or :memory:");
  CLI::Option* const text =
      root.add_option("-c,--command", shell.text, "run TEXT, statements and dot commands, and leave")
          ->type_name("TEXT");
  root.add_option("-f,--file", shell.file, "run the script FILE and leave; - is standard input")
      ->type_name("FILE");
  root.add_option("--memory", shell.memory, "most memory for a statement or a load (1G)")->type_name("SIZE");
  root.add_option("--threads", shell.threads, "0: as many as the machine has")->type_name("N");
  root.add_flag("--no-history", shell.no_history, "read and write no history");
  root.add_flag("--no-rc", shell.no_rc, "do not run the rc file");
  repeated(
      root.add_option("--param", shell.parameters, "the value of ?NAME, in Turtle syntax without prefixes"))
      ->type_name("NAME=TERM");
  work = [&] { return run_shell(shell, text->count() > 0); };

  LoadArguments load;
  CLI::App* const load_verb = root.add_subcommand("load", "load RDF files and tables into a store, all or nothing");
  load_verb->add_option("DB", load.store, "the store; made when it does not exist")->required();
  load_verb
      ->add_option("FILE", load.files,
                   "N-Triples, N-Quads, Turtle, TriG, RDF/XML, CSV, TSV; plain, .gz, .zst; - is standard input")
      ->required();
  load_verb->add_option("--graph", load.graph, "the graph for triples without one")->type_name("IRI");
  load_verb->add_option("--base", load.base, "base IRI (default: that of the file)")->type_name("IRI");
  load_verb->add_option("--format", load.format, "nt, nq, ttl, trig, rdfxml, csv, tsv (default: by extension)")->type_name("F");
  load_verb->add_option("--memory", load.memory, "most memory for the load (1G)")->type_name("SIZE");
  load_verb->add_option("--threads", load.threads, "0: as many as the machine has")->type_name("N");
  load_verb->add_flag("--skip-bad", load.skip_bad, "leave bad statements out (RDF/XML: bad elements; tables: rows), count them, exit with 1");
  add_table(*load_verb, load.table);
  load_verb->footer(
      "\nExamples:\n  dossier load facts hyesan.ttl claims.nq.gz\n"
      "  dossier load facts appointments.csv --map appointments.map\n"
      "  dossier load facts - --format nt --graph http://example.org/g < more.nt");
  load_verb->callback([&] { work = [&] { return run_load(load); }; });

  QueryArguments query;
  CLI::App* const query_verb = root.add_subcommand("query", "run a query and print its result");
  add_statement(*query_verb, query, "QUERY");
  query_verb
      ->add_option("--format", query.format,
                   "SELECT and ASK: table, line, markdown, json, xml, csv, tsv (default: table on a terminal, "
                   "else tsv); "
                   "CONSTRUCT and DESCRIBE: ttl (default), nt, nq, trig, rdfxml, table")
      ->type_name("F");
  query_verb->add_flag("--prefixes", query.prefixes, "the query may use, undeclared, the prefixes of the loaded files and well-known ones");
  add_files(*query_verb, query, "read for this query only");
  query_verb->footer(
      "\nOn a terminal tables fit the window; Ctrl-C stops the query and keeps the rows so far.\n"
      "\nExamples:\n  dossier query facts 'SELECT ?s { ?s a <http://example.org/Person> }' --format csv\n"
      "  dossier query facts -f who.rq --param who='<http://example.org/chen>' --timeout 10\n"
      "  dossier query :memory: --data hyesan.ttl 'SELECT * { ?s ?p ?o }'");
  query_verb->callback([&] {
    query.has_text = query_verb->get_option("QUERY")->count() > 0;
    work = [&] { return run_query(query); };
  });

  QueryArguments update;
  CLI::App* const update_verb = root.add_subcommand("update", "run an update as one commit");
  add_statement(*update_verb, update, "UPDATE");
  add_files(*update_verb, update, "committed with the update");
  update_verb->add_option("--dump", update.dump, "afterwards print the whole store as nq (or trig)")
      ->type_name("F");
  update_verb->footer(
      "\nAll operations of the update are one commit: all or nothing, also after Ctrl-C.\n"
      "\nExamples:\n  dossier update facts 'PREFIX : <http://example.org/> DELETE WHERE { :chen :heads ?post }'\n"
      "  dossier update facts -f mend.ru --timeout 60\n"
      "  dossier update :memory: -f mend.ru --data facts.ttl --dump nq > mended.nq");
  update_verb->callback([&] {
    update.has_text = update_verb->get_option("UPDATE")->count() > 0;
    work = [&] { return run_update(update); };
  });

  ConvertArguments convert;
  CLI::App* const convert_verb =
      root.add_subcommand("convert", "read RDF files and tables and write RDF; no store");
  convert_verb->add_option("FILE", convert.files, "- is standard input")->required();
  convert_verb->add_option("--from", convert.from, "nt, nq, ttl, trig, rdfxml, csv, tsv (default: by extension)")
      ->type_name("F");
  convert_verb->add_option("--to", convert.to, "nq (default), nt, ttl, trig, rdfxml")->type_name("F");
  convert_verb->add_option("--base", convert.base, "base IRI (default: that of the file)")->type_name("IRI");
  convert_verb->add_flag("--canonical", convert.canonical, "canonical N-Triples or N-Quads, lines sorted");
  add_table(*convert_verb, convert.table);
  convert_verb->footer(
      "\nExamples:\n  dossier convert dump.nq.gz --to ttl > dump.ttl\n"
      "  dossier convert a.ttl b.rdf --canonical | sha256sum\n"
      "  curl -s https://example.org/data.ttl | dossier convert - --from ttl --to nt");
  convert_verb->callback([&] { work = [&] { return run_convert(convert); }; });

  ParseArguments parse;
  CLI::App* const parse_verb =
      root.add_subcommand("parse", "check the syntax of a query; prints nothing when it is right");
  parse_verb->add_option("QUERY", parse.text, "the query (or -f)");
  parse_verb->add_option("-f,--file", parse.file, "read it from FILE; - is standard input")
      ->type_name("FILE");
  parse_verb->add_flag("--update", parse.update, "it is an update");
  parse_verb->add_option("--base", parse.base, "base IRI of the text")->type_name("IRI");
  parse_verb->footer(
      "\nAn error says line and column and what could stand there, and exits with 1.\n"
      "\nExamples:\n  dossier parse -f who.rq && echo right\n  dossier parse --update 'CLEAR ALL'");
  parse_verb->callback([&] {
    parse.has_text = parse_verb->get_option("QUERY")->count() > 0;
    work = [&] { return run_parse(parse); };
  });

  QueryArguments explain;
  CLI::App* const explain_verb = root.add_subcommand("explain", "show the plan of a query");
  add_statement(*explain_verb, explain, "QUERY");
  explain_verb->add_flag("--prefixes", explain.prefixes, "as of query");
  explain_verb->add_flag("--analyze", explain.analyze, "run it, and show what happened beside the estimates");
  explain_verb->footer(
      "\nA step a line, its inputs below it, with the rows that are expected.\n"
      "\nExamples:\n  dossier explain facts -f who.rq\n  dossier explain facts -f who.rq --analyze");
  explain_verb->callback([&] {
    explain.has_text = explain_verb->get_option("QUERY")->count() > 0;
    work = [&] { return run_explain(explain); };
  });

  DumpArguments dump;
  CLI::App* const dump_verb = root.add_subcommand("dump", "print every quad of a store");
  dump_verb->add_option("DB", dump.store, "the store")->required();
  dump_verb->add_option("--format", dump.format, "nq (default), nt, ttl, trig, rdfxml")->type_name("F");
  dump_verb->add_option("--graph", dump.graph, "this graph alone")->type_name("IRI");
  dump_verb->footer(
      "\nExamples:\n  dossier dump facts | gzip > facts.nq.gz\n"
      "  dossier dump facts --graph http://example.org/g --format ttl");
  dump_verb->callback([&] { work = [&] { return run_dump(dump); }; });

  std::string store;
  const auto add_plain = [&](const char* name, const char* what, int (*run)(const std::string&),
                             const char* footer) {
    CLI::App* const verb = root.add_subcommand(name, what);
    verb->footer(footer);
    verb->add_option("DB", store, "the store")->required();
    verb->callback([&work, &store, run] { work = [&store, run] { return run(store); }; });
  };
  add_plain("stats", "what a store holds, by predicate and graph", run_stats,
            "\nDistinct subjects and objects are estimates; all other counts are exact.\n"
            "\nExample:\n  dossier stats facts");
  bool mend = false;
  CLI::App* const check_verb =
      root.add_subcommand("check", "cross-check all of a store; findings are printed and exit with 3");
  check_verb->add_option("DB", store, "the store")->required();
  check_verb->add_flag("--repair", mend,
                       "build a damaged store anew beside it and put it in its place; the damaged one is kept; exits "
                       "with 3 when something is lost");
  check_verb->footer(
      "\nReads everything: permutations, dictionary, statistics, checksums. Works beside a writer.\n"
      "\nExamples:\n  dossier check facts && echo sound\n  dossier check facts --repair");
  check_verb->callback([&] { work = [&] { return run_check(store, mend); }; });
  add_plain("compact", "fold updates into the blocks and give space back", run_compact,
            "\nReaders go on meanwhile. Ctrl-C stops it; what was done until then stands.\n"
            "\nExample:\n  dossier compact facts");

  std::string directory;
  CLI::App* const backup_verb = root.add_subcommand(
      "backup", "copy a store, also one in use, into a new directory as its last commit left it");
  backup_verb->footer(
      "\nThe backup is a store of its own and its checksums were read when it gets its name; one that\n"
      "fails or is stopped leaves nothing.\n\nExample:\n  dossier backup facts /backups/monday");
  backup_verb->add_option("DB", store, "the store")->required();
  backup_verb->add_option("DIR", directory, "the backup; must not exist or be empty")->required();
  backup_verb->callback([&] { work = [&] { return run_backup(store, directory); }; });
  CLI::App* const restore_verb = root.add_subcommand("restore", "make a store from a backup, which is only read");
  restore_verb->footer("\nExample:\n  dossier restore /backups/monday facts");
  restore_verb->add_option("DIR", directory, "the backup")->required();
  restore_verb->add_option("DB", store, "the store; must not exist or be empty")->required();
  restore_verb->callback([&] { work = [&] { return run_restore(directory, store); }; });

  try {
    root.parse(count, words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return root.exit(error);
    return report_usage(error, root, count, words);
  }
  return run_guarded(work);
}

}  // namespace

int main(int count, char** words) {
  // A closed pipe is an error of `write`, see Output.
  ::signal(SIGPIPE, SIG_IGN);
  return run_program(count, words);
}
