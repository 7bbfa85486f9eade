// How a table is read, from the words of a command line: a map, a separator, no header.
//
// Purpose: what `dossier load`, `dossier convert` and `.import` share. Errors: UsageError, InputError.
// Thread-safety: free functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"

namespace dossier::shell {

struct TableArguments {
  std::string map;        // a file
  std::string separator;  // a character, or "tab"
  bool no_header = false;
};

// `prefixes` need no declaration in map and header.
TableOptions table_options(const TableArguments& arguments,
                           std::vector<std::pair<std::string, std::string>> prefixes = {});

}  // namespace dossier::shell
