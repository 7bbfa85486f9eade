#include "tests/crash/quad_model.h"

#include <array>
#include <iterator>

namespace dossier::test {
namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

const Quad& any_of(Random& random, const QuadModel& model) {
  auto some = model.begin();
  std::advance(some, random() % model.size());
  return some->second;
}

bool is_blank(const Term& term) {
  if (term.is_triple()) return is_blank(term.subject()) || is_blank(term.object());
  return term.is_blank();
}

}  // namespace

std::string key_of(const Term& term) {
  if (term.is_triple())
    return "<<( " + key_of(term.subject()) + " " + key_of(term.predicate()) + " " + key_of(term.object()) +
           " )>>";
  if (!term.is_literal() || term.language().empty()) return term.to_string();
  return Term::tagged(term.value(), lower(std::string(term.language())), term.direction()).to_string();
}

std::string key_of(const Quad& quad) {
  std::string key = key_of(quad.subject) + " " + key_of(quad.predicate) + " " + key_of(quad.object);
  if (quad.graph) key += " " + key_of(*quad.graph);
  return key;
}

bool has_blank(const Quad& quad) {
  return is_blank(quad.subject) || is_blank(quad.object) || (quad.graph && is_blank(*quad.graph));
}

Term e(const std::string& name) {
  return Term::iri("http://e/" + name);
}
Term graph(int number) {
  return e("g" + std::to_string(number));
}
Term random_iri(Random& random) {
  return e("s" + std::to_string(random() % 12));
}

Term random_literal(Random& random) {
  const auto number = static_cast<std::int64_t>(random() % 6);
  const std::string digits = std::to_string(number);
  const auto xsd = [](const std::string& lexical, const char* type) {
    return Term::typed(lexical, std::string("http://www.w3.org/2001/XMLSchema#") + type);
  };
  switch (random() % 16) {
    case 0:
      return Term::integer(number - 2);
    case 1:
      return xsd("0" + digits, "integer");
    case 2:
      return xsd(digits + ".50", "decimal");
    case 3:
      return Term::real(static_cast<double>(number) / 3);
    case 4:
      return xsd("1.5E" + digits, "double");
    case 5:
      return xsd("123456789012345678901234567890" + digits, "integer");
    case 6:
      return xsd("202" + digits + "-06-13", "date");
    case 7:
      return xsd("202" + digits + "-06-13T12:00:00" + (number % 2 == 0 ? "Z" : "+08:00"), "dateTime");
    case 8:
      return xsd(number % 2 == 0 ? "true" : "1", "boolean");
    case 9:
      return xsd("ill-formed " + digits, "date");
    case 10:
      return Term::tagged("word " + digits, number % 2 == 0 ? "en" : "EN");
    case 11:
      return Term::tagged("word " + digits, "zh-Hans", number % 2 == 0 ? Direction::ltr : Direction::rtl);
    case 12:
      return Term::typed("[1, " + digits + "]", "http://w3id.org/awslabs/neptune/SPARQL-CDTs/List");
    case 13:
      return Term::literal(std::string(100 * static_cast<std::size_t>(number), 'x') + "\n\"\\ \xE6\x96\x87");
    case 14:
      return Term::literal(digits);
    default:
      return Term::typed(digits, "http://e/type");
  }
}

Term random_object(Random& random, int depth) {
  switch (random() % 5) {
    case 0:
    case 1:
      return random_iri(random);
    case 2:
      if (depth < 2) {
        const Term subject = random_iri(random);
        const Term predicate = e("p" + std::to_string(random() % 2));
        return Term::triple(subject, predicate, random_object(random, depth + 1));
      }
      return random_literal(random);
    default:
      return random_literal(random);
  }
}

Quad random_quad(Random& random, const QuadModel& model) {
  Quad quad{random_iri(random), e("p" + std::to_string(random() % 4)), random_object(random), {}};
  if (random() % 2 == 0) quad.graph = graph(static_cast<int>(random() % kGraphs));
  if (model.empty()) return quad;
  const Quad& other = any_of(random, model);
  switch (random() % 6) {
    case 0:
      return other;
    case 1:
      quad.subject = other.subject;
      break;
    case 2:
      quad.object = other.object;
      break;
    case 3:
      quad.subject = other.subject;
      quad.predicate = other.predicate;
      if (!other.object.is_triple()) quad.object = Term::triple(quad.subject, quad.predicate, other.object);
      break;
    default:
      break;
  }
  return quad;
}

Quad random_ground_quad(Random& random, const QuadModel& model) {
  for (int i = 0; i < 4; ++i)
    if (Quad quad = random_quad(random, model); !has_blank(quad)) return quad;
  return random_quad(random, {});
}

bool matches(const Quad& quad, const Quad& like, unsigned bound) {
  return ((bound & 1) == 0 || key_of(quad.subject) == key_of(like.subject)) &&
         ((bound & 2) == 0 || key_of(quad.predicate) == key_of(like.predicate)) &&
         ((bound & 4) == 0 || key_of(quad.object) == key_of(like.object)) &&
         ((bound & 8) == 0 ||
          (quad.graph ? key_of(*quad.graph) : "") == (like.graph ? key_of(*like.graph) : ""));
}

void remove_where(QuadModel& model, const std::function<bool(const Quad&)>& which) {
  std::erase_if(model, [&](const auto& entry) { return which(entry.second); });
}

}  // namespace dossier::test
