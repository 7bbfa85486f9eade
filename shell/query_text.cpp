#include "shell/query_text.h"

#include <fmt/format.h>

#include <cctype>

namespace dossier::shell {
namespace {

std::string variable_text(const std::string& name, const Values& values) {
  const auto found = values.find(name);
  // A blank node of the store cannot be named in a query: it stays a variable, which the caller binds.
  return found == values.end() || found->second.is_blank() ? "?" + name : found->second.to_string();
}

struct TermText {
  const Values& values;

  std::string operator()(const grammar::Var& var) const { return variable_text(var.name, values); }
  std::string operator()(const grammar::Iri& iri) const { return Term::iri(iri.value).to_string(); }
  std::string operator()(const grammar::Literal& literal) const {
    if (literal.language.empty()) return Term::typed(literal.lexical, literal.datatype).to_string();
    return Term::tagged(literal.lexical, literal.language, static_cast<Direction>(literal.direction)).to_string();
  }
  std::string operator()(const grammar::BlankNode& blank) const {
    std::string name = "?b_";
    for (const char c : blank.label) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return name;
  }
  std::string operator()(const grammar::Box<grammar::TripleTerm>& triple) const {
    return fmt::format("<<( {} {} {} )>>", std::visit(*this, triple->subject), std::visit(*this, triple->predicate),
                       std::visit(*this, triple->object));
  }
};

std::string joined(const std::vector<grammar::Path>& parts, char by) {
  std::string text = "(";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += by;
    text += text_of(parts[i]);
  }
  return text + ")";
}

}  // namespace

std::string text_of(const grammar::Term& term, const Values& values) {
  return std::visit(TermText{values}, term);
}

std::string text_of(const grammar::Path& path) {
  using Kind = grammar::Path::Kind;
  switch (path.kind) {
    case Kind::link:
      return Term::iri(path.iri.value).to_string();
    case Kind::inverse:
      return "^(" + text_of(path.parts[0]) + ")";
    case Kind::sequence:
      return joined(path.parts, '/');
    case Kind::alternative:
      return joined(path.parts, '|');
    case Kind::repeat: {
      const std::string part = "(" + text_of(path.parts[0]) + ")";
      if (path.max == grammar::Path::kUnbounded) {
        if (path.min == 0) return part + "*";
        if (path.min == 1) return part + "+";
        return fmt::format("{}{{{},}}", part, path.min);
      }
      if (path.min == 0 && path.max == 1) return part + "?";
      return fmt::format("{}{{{},{}}}", part, path.min, path.max);
    }
    case Kind::negated: {
      std::string text = "!(";
      for (std::size_t i = 0; i < path.excluded.size(); ++i)
        text += fmt::format("{}{}{}", i > 0 ? "|" : "", path.excluded[i].inverse ? "^" : "",
                            Term::iri(path.excluded[i].iri.value).to_string());
      return text + ")";
    }
  }
  return {};
}

std::string text_of(const grammar::Verb& verb, const Values& values) {
  if (const auto* var = std::get_if<grammar::Var>(&verb)) return variable_text(var->name, values);
  if (const auto* iri = std::get_if<grammar::Iri>(&verb)) return Term::iri(iri->value).to_string();
  return text_of(*std::get<grammar::Box<grammar::Path>>(verb));
}

}  // namespace dossier::shell
