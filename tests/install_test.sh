#!/bin/sh
# Installs into a scratch prefix and builds against it as a stranger would: with find_package(dossier), with pkg-config,
# and the example of the head comment of engine/dossier.h. Arguments: source folder, build folder, compiler, its flags.
set -eu
source=$1 build=$2 compiler=$3 flags=${4:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
cmake --install "$build" --prefix "$prefix" >"$scratch/install.log" || { cat "$scratch/install.log"; exit 1; }
fail() { echo "install_test: $1" >&2; exit 1; }
expect() { [ "$2" = "$3" ] || fail "$1 printed '$2' and not '$3'"; }

[ "$(find "$prefix" -name '*.h' | sed 's|.*/||')" = dossier.h ] || fail "more headers than dossier.h are installed"
for file in man/man1/dossier.1 bash-completion/completions/dossier zsh/site-functions/_dossier; do
  [ -s "$prefix/share/$file" ] || fail "share/$file is not installed"
done
library=$(find "$prefix" -name libdossier.so)
[ -n "$library" ] || fail "no libdossier.so is installed"
if readelf -d "$library" | grep -q readline; then fail "the library links Readline"; fi
# Names that are visible: those of the API, and weak ones of the standard library that its inline functions brought along.
strangers=$(nm -D --defined-only -C "$library" | awk '$2 == "T"' | cut -c20- | grep -v '^dossier::\|^_init$\|^_fini$' || true)
[ -z "$strangers" ] || fail "visible names that are not the API's: $strangers"

# ---- a program of ten lines, by CMake
mkdir "$scratch/stranger"
cat >"$scratch/stranger/stranger.cpp" <<'PROGRAM'
#include <dossier.h>
#include <iostream>
int main() {
  auto store = dossier::Store::open(":memory:");
  store.load_text("<http://a.example/a> <http://a.example/b> 1 , 2 , 40 .", dossier::Format::ttl);
  auto result = store.session().query("SELECT (SUM(?o) AS ?sum) { ?s ?p ?o }");
  if (!result.next()) return 1;
  std::cout << result.get("sum")->as_integer().value() << '\n';
  try { store.session().query("SELECT"); } catch (const dossier::ParseError& error) { std::cout << "line " << error.line() << '\n'; }
}
PROGRAM
cat >"$scratch/stranger/CMakeLists.txt" <<'PROJECT'
cmake_minimum_required(VERSION 3.25)
project(stranger CXX)
find_package(dossier 0.1 REQUIRED)
add_executable(stranger stranger.cpp)
target_link_libraries(stranger PRIVATE dossier::dossier)
PROJECT
if ! { cmake -G Ninja -S "$scratch/stranger" -B "$scratch/stranger/build" -DCMAKE_PREFIX_PATH="$prefix" \
         -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" && cmake --build "$scratch/stranger/build"; } \
     >"$scratch/cmake.log" 2>&1; then
  cat "$scratch/cmake.log"
  fail "the stranger's project does not build"
fi
expect "the stranger's program" "$("$scratch/stranger/build/stranger")" "43
line 1"

# ---- the example of the head comment, by pkg-config
awk '/^\/\/   #include <dossier.h>/ { on = 1 } on { if ($0 !~ /^\/\/(   |$)/) exit; print substr($0, 6); if ($0 == "//   }") exit }' \
  "$source/engine/dossier.h" >"$scratch/example.cpp"
grep -q 'int main' "$scratch/example.cpp" || fail "engine/dossier.h has no example in its head comment"
pc=$(dirname "$(find "$prefix" -name dossier.pc)")
# shellcheck disable=SC2046,SC2086 # the flags are words
"$compiler" -std=c++20 $flags "$scratch/example.cpp" -o "$scratch/example" \
  $(PKG_CONFIG_PATH="$pc" pkg-config --cflags --libs dossier) || fail "the example does not build by pkg-config"
expect "the example" "$(LD_LIBRARY_PATH=$(dirname "$library") "$scratch/example")" "http://example.org/chen 2025-06-13"

# ---- the installed program stands by itself
expect "the installed program" "$("$prefix/bin/dossier" query :memory: 'SELECT (40 + 2 AS ?n) {}' --format csv | tr -d '\r' | tail -n 1)" 42
