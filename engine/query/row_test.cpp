#include "engine/query/row_test.h"

namespace dossier {

RowTest make_test(const ResolvedPattern& pattern, const AccessPath& path, ColumnMask& mask) {
  RowTest test;
  const auto column = columns_of_positions(path.permutation);
  const auto need = [&](int c) { mask |= 1U << c; };
  for (int i = 0; i < (pattern.on_terms ? 4 : 3); ++i) {
    const Slot& slot = pattern.positions[i];
    if (!slot.is_variable && column[i] >= path.prefix_length) {
      test.equal.push_back({column[i], slot.id});
      need(column[i]);
    }
  }
  for (int i = 0; i < 4; ++i)
    for (int j = i + 1; j < 4; ++j) {
      const Slot& a = pattern.positions[i];
      const Slot& b = pattern.positions[j];
      if (!a.is_variable || !b.is_variable || a.variable != b.variable) continue;
      test.same.push_back({column[i], column[j]});
      need(column[i]);
      need(column[j]);
      break;
    }
  if (!pattern.on_terms) {
    const auto kind = pattern.graph.kind;
    const bool in_prefix = kind == GraphFilter::Kind::exact && column[3] < path.prefix_length;
    const bool only_named = kind == GraphFilter::Kind::named && path.permutation == Permutation::gspo;
    if (kind != GraphFilter::Kind::any && !in_prefix && !only_named) {
      const bool no_check = kind == GraphFilter::Kind::merged && pattern.graph.all;
      if (!no_check) {
        test.graph = &pattern.graph;
        test.graph_column = column[3];
        need(column[3]);
      }
    }
    if (kind == GraphFilter::Kind::merged) {
      test.drop_repeats = true;
      for (int i = 0; i < 3; ++i) {
        test.triple_columns[i] = column[i];
        need(column[i]);
      }
    }
  }
  return test;
}

std::array<int, 4> columns_of_positions(Permutation permutation) {
  const auto order = permutation_order(permutation);
  std::array<int, 4> columns{};
  for (int i = 0; i < 4; ++i) columns[order[i]] = i;
  return columns;
}

int position_of(const ResolvedPattern& pattern, Variable variable) {
  for (int i = 0; i < 4; ++i)
    if (pattern.positions[i].is_variable && pattern.positions[i].variable == variable) return i;
  return -1;
}

const char* permutation_name(Permutation permutation) {
  switch (permutation) {
    case Permutation::spog:
      return "spog";
    case Permutation::posg:
      return "posg";
    case Permutation::ospg:
      return "ospg";
    case Permutation::psog:
      return "psog";
    case Permutation::gspo:
      return "gspo";
    case Permutation::ispo:
      return "ispo";
    case Permutation::spoi:
      return "spoi";
    case Permutation::posi:
      return "posi";
    case Permutation::ospi:
      return "ospi";
  }
  return "";
}

std::string pattern_text(const ResolvedPattern& pattern, const VariableTable& names, QueryContext& context) {
  const auto slot = [&](const Slot& s) {
    if (s.is_variable) return "?" + names.name(s.variable);
    if (s.id == kDefaultGraph) return std::string("default");
    std::string text = context.terms().term(s.id).to_string();
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
  };
  std::string text = pattern.on_terms ? slot(pattern.positions[3]) + " = <<( " : "";
  text += slot(pattern.positions[0]) + " " + slot(pattern.positions[1]) + " " + slot(pattern.positions[2]);
  if (pattern.on_terms) text += " )>>";
  if (!pattern.on_terms &&
      (pattern.positions[3].is_variable ||
       (pattern.graph.kind == GraphFilter::Kind::exact && pattern.graph.graphs[0] != kDefaultGraph)))
    text += " in " + slot(pattern.positions[3]);
  return text;
}

}  // namespace dossier
