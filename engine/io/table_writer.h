// Tables for people to read.
//
// Purpose: the writer of Format::table: the terms of a result as texts (TermDisplay), paths drawn a link a
// line, laid out by TableLayout for a line of any length. Thread-safety: none; a writer belongs to the thread
// of its query.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/result_writer.h"

namespace dossier {

std::unique_ptr<SolutionWriter> make_table_writer(std::ostream& out,
                                                  const std::vector<std::string>& variables,
                                                  LocalTerms& terms, const Prefixes& prefixes,
                                                  const PathColumns& paths);

}  // namespace dossier
