#include "shell/table_arguments.h"

#include <fmt/format.h>

#include "shell/arguments.h"

namespace dossier::shell {

TableOptions table_options(const TableArguments& arguments,
                           std::vector<std::pair<std::string, std::string>> prefixes) {
  TableOptions options;
  if (!arguments.map.empty()) {
    options.map = read_text(arguments.map);
    options.map_name = arguments.map;
  }
  const std::string& separator = arguments.separator;
  if (separator == "tab" || separator == "\\t") {
    options.separator = '\t';
  } else if (!separator.empty()) {
    if (separator.size() != 1 || separator == "\"" || separator == "\n" || separator == "\r")
      throw UsageError(fmt::format(
          "'{}' separates no columns; it is one character, as ; or |, or the word tab", separator));
    options.separator = separator.front();
  }
  options.header = !arguments.no_header;
  options.prefixes = std::move(prefixes);
  return options;
}

}  // namespace dossier::shell
