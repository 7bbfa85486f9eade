// Tables for people to read.
//
// Purpose: the writer of Format::table: columns aligned for any script, numbers to the right, IRIs shortened
// by prefixes, control characters made visible (a literal cannot drive the terminal), paths drawn a link a line.
// The first rows are held
// back to learn the widths; memory is bounded by kHeldRows and kHeldBytes. Thread-safety: none; a writer
// belongs to the thread of its query.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/path_drawing.h"
#include "engine/io/result_writer.h"

namespace dossier {

inline constexpr std::size_t kHeldRows = 10000;
inline constexpr std::size_t kHeldBytes = std::size_t{8} << 20;

std::unique_ptr<SolutionWriter> make_table_writer(std::ostream& out,
                                                  const std::vector<std::string>& variables,
                                                  LocalTerms& terms, const Prefixes& prefixes,
                                                  const PathColumns& paths);

}  // namespace dossier
