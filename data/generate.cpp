// generate: writes an office-holder graph of any size as N-Triples, for measurements and tests.
//
//   generate [--size 1M] [--seed 1] [--reification rdf12|statement] > FILE
//
// Purpose: persons, the posts they held, organisations, a hierarchy of places, documents that mention
// people, and who knows whom. Each appointment is a dated, sourced fact. With `rdf12` a reifier carries date
// and source (`r rdf:reifies <<( person holds post )>>`); with `statement` the same facts, with the same
// names, are plain RDF 1.1 (an rdf:Statement with subject, predicate and object), for tools that cannot read
// RDF 1.2. SIZE is about the number of triples with `rdf12`; `statement` writes some 17 % more.
// Invariants: the same arguments give the same bytes on every machine (no <random> distributions, no libm).
// Memory does not grow with SIZE: every entity is a function of seed, kind and number, so that one may speak
// of another before or after it is written.
// Shape: IRIs of 50 bytes, 0.25 to 0.35 distinct terms a triple, one triple in five about a reifier, lengths
// of texts and degrees of acquaintance by power laws (degree exponent 2.1).
// Thread-safety: one thread.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "names.h"

namespace {

using dossier::generator::Culture;
using dossier::generator::kCultures;
using dossier::generator::Name;
using dossier::generator::Random;

enum class Reification : std::uint8_t { rdf12, statement };

struct Options {
  std::uint64_t size = 1'000'000;
  std::uint64_t seed = 1;
  Reification reification = Reification::rdf12;
};

// ---- terms

enum class Kind : std::uint8_t { person, post, organisation, place, document, appointment };
constexpr std::array<std::string_view, 6> kPrefix = {"<https://office-holders.example/item/person/",
                                                     "<https://office-holders.example/item/post/",
                                                     "<https://office-holders.example/item/organisation/",
                                                     "<https://office-holders.example/item/place/",
                                                     "<https://office-holders.example/item/document/",
                                                     "<https://office-holders.example/item/appointment/"};

// Predicates and classes: the verb with the blanks around it.
#define VOCABULARY(name) " <https://office-holders.example/terms#" name "> "
constexpr std::string_view kType = " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ";
constexpr std::string_view kLabel = " <http://www.w3.org/2000/01/rdf-schema#label> ";
constexpr std::string_view kReifies = " <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> ";
constexpr std::string_view kSubject = " <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> ";
constexpr std::string_view kPredicate = " <http://www.w3.org/1999/02/22-rdf-syntax-ns#predicate> ";
constexpr std::string_view kObject = " <http://www.w3.org/1999/02/22-rdf-syntax-ns#object> ";
constexpr std::string_view kStatement = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#Statement>";
constexpr std::string_view kHolds = VOCABULARY("holdsPost");
constexpr std::string_view kKnows = VOCABULARY("isAcquaintedWith");
constexpr std::string_view kAppointedOn = VOCABULARY("appointedOn");
constexpr std::string_view kLeftOn = VOCABULARY("leftOfficeOn");
constexpr std::string_view kAppointedBy = VOCABULARY("appointedBy");
constexpr std::string_view kSource = VOCABULARY("accordingToSource");
constexpr std::string_view kBornOn = VOCABULARY("dateOfBirth");
constexpr std::string_view kBornIn = VOCABULARY("placeOfBirth");
constexpr std::string_view kMember = VOCABULARY("memberOfOrganisation");
constexpr std::string_view kIdentifier = VOCABULARY("registerNumber");
constexpr std::string_view kNote = VOCABULARY("biographicalNote");
constexpr std::string_view kPostOf = VOCABULARY("postOfOrganisation");
constexpr std::string_view kSeat = VOCABULARY("seatedInPlace");
constexpr std::string_view kPartOf = VOCABULARY("partOfOrganisation");
constexpr std::string_view kStaff = VOCABULARY("numberOfStaff");
constexpr std::string_view kWithin = VOCABULARY("liesWithinPlace");
constexpr std::string_view kPopulation = VOCABULARY("numberOfInhabitants");
constexpr std::string_view kPublished = VOCABULARY("publishedOn");
constexpr std::string_view kPublisher = VOCABULARY("publishedByOrganisation");
constexpr std::string_view kMentions = VOCABULARY("mentionsPerson");
constexpr std::string_view kText = VOCABULARY("textOfDocument");
constexpr std::string_view kPages = VOCABULARY("numberOfPages");

std::string_view trimmed(std::string_view predicate) {
  return predicate.substr(1, predicate.size() - 2);
}

struct Date {
  unsigned year;
  unsigned month;
  unsigned day;
};

Date random_date(Random& random, unsigned first_year, unsigned last_year) {
  const auto year = first_year + static_cast<unsigned>(random.below(last_year - first_year + 1));
  const auto month = 1 + static_cast<unsigned>(random.below(12));
  return {year, month, 1 + static_cast<unsigned>(random.below(28))};
}

// ---- output: one buffer, statements appended piece by piece

class Output {
 public:
  Output() { buffer_.reserve(kFlush + (1 << 20)); }

  Output& text(std::string_view piece) {
    buffer_.append(piece);
    return *this;
  }
  Output& number(std::uint64_t value) {
    const fmt::format_int digits(value);
    buffer_.append(digits.data(), digits.size());
    return *this;
  }
  Output& entity(Kind kind, std::uint64_t index) {
    return text(kPrefix[static_cast<std::size_t>(kind)]).number(index).text(">");
  }
  Output& reifier(std::uint64_t person, std::uint64_t index) {
    return text(kPrefix[static_cast<std::size_t>(Kind::appointment)])
        .number(person)
        .text("-")
        .number(index)
        .text(">");
  }
  Output& tagged(std::string_view lexical, std::string_view language) {
    return text("\"").text(lexical).text("\"@").text(language);
  }
  Output& integer(std::uint64_t value) {
    return text("\"").number(value).text("\"^^<http://www.w3.org/2001/XMLSchema#integer>");
  }
  // How much of a date a source knows: mostly the day, else the month or the year alone.
  Output& date(const Date& date, unsigned precision = 3) {
    text("\"").number(date.year);
    if (precision >= 2) text(date.month < 10 ? "-0" : "-").number(date.month);
    if (precision >= 3) text(date.day < 10 ? "-0" : "-").number(date.day);
    static constexpr std::string_view kTypes[] = {"gYear", "gYearMonth", "date"};
    return text("\"^^<http://www.w3.org/2001/XMLSchema#").text(kTypes[precision - 1]).text(">");
  }
  void end() {
    buffer_.append(" .\n");
    if (buffer_.size() >= kFlush) flush();
  }
  void flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), stdout) != buffer_.size() ||
        std::fflush(stdout) != 0) {
      std::perror("generate: cannot write");
      std::exit(1);
    }
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kFlush = 1 << 20;
  std::string buffer_;
};

// ---- the power law of acquaintance

// x to the power 1/11, for x in (0, 1], by Newton's method: plain arithmetic is alike on every machine, pow
// is not.
double eleventh_root(double x) {
  double y = 1;
  for (int i = 0; i < 64; ++i) {
    const double y2 = y * y;
    const double y5 = y2 * y2 * y;
    const double y10 = y5 * y5;
    const double step = (y10 * y - x) / (11 * y10);
    y -= step;
    if (step < 1e-15) break;
  }
  return y;
}

double eleventh_power(double x) {
  const double x2 = x * x;
  const double x5 = x2 * x2 * x;
  return x5 * x5 * x;
}

// The persons by rank: the number of acquaintances of rank r falls as r^(-10/11), so the degrees follow a
// power law with exponent 1 + 11/10 = 2.1. Ranks are spread over the persons by an affine permutation, so
// that hubs stand anywhere.
class Acquaintance {
 public:
  Acquaintance(std::uint64_t persons, std::uint64_t seed) : persons_(persons) {
    Random random(seed, 100, 0);
    do {
      factor_ = 1 + random.below(persons);
    } while (std::gcd(factor_, persons) != 1);
    shift_ = random.below(persons);
    inverse_ = inverse(factor_, persons);
    lowest_ = eleventh_root(kOffset / top());
  }

  // Triples of acquaintance a person has on the average.
  static double mean_degree(double persons) {
    return 11 * (1 - eleventh_root(kOffset / (persons + kOffset))) - 0.42;
  }
  // How many people the person names as acquaintances.
  std::uint64_t degree(std::uint64_t person) const {
    const std::uint64_t rank = (person + persons_ - shift_) % persons_ * inverse_ % persons_;
    const double share = (static_cast<double>(rank) + 0.5 + kOffset) / top();
    const auto degree = static_cast<std::uint64_t>(eleventh_root(share) / share);
    return std::min({degree, kMost, persons_ / 4});
  }
  // A person, drawn in proportion to the degrees.
  std::uint64_t draw(Random& random) const {
    const double rank = eleventh_power(lowest_ + (1 - lowest_) * random.unit()) * top() - kOffset;
    const auto whole = std::min(static_cast<std::uint64_t>(std::max(rank, 0.0)), persons_ - 1);
    return (whole * factor_ + shift_) % persons_;
  }

 private:
  static constexpr double kOffset = 8;  // flattens the first ranks: else the first would know half of all
  static constexpr std::uint64_t kMost = 50'000;

  double top() const { return static_cast<double>(persons_) + kOffset; }
  static std::uint64_t inverse(std::uint64_t value, std::uint64_t modulus) {
    std::int64_t t = 0, next_t = 1;
    auto r = static_cast<std::int64_t>(modulus), next_r = static_cast<std::int64_t>(value);
    while (next_r != 0) {
      const std::int64_t quotient = r / next_r;
      t = std::exchange(next_t, t - quotient * next_t);
      r = std::exchange(next_r, r - quotient * next_r);
    }
    return static_cast<std::uint64_t>(t < 0 ? t + static_cast<std::int64_t>(modulus) : t) % modulus;
  }

  std::uint64_t persons_;
  std::uint64_t factor_ = 1;
  std::uint64_t inverse_ = 1;
  std::uint64_t shift_ = 0;
  double lowest_ = 0;
};

// ---- the world

class World {
 public:
  explicit World(const Options& options)
      : options_(options),
        persons_(persons_for(options.size)),
        documents_(documents_before(persons_)),
        posts_(persons_ / 4 + 1),
        organisations_(persons_ / 20 + 1),
        countries_(std::clamp<std::uint64_t>(persons_ / 200, 5, 200)),
        provinces_(countries_ + std::max<std::uint64_t>(persons_ / 500, 10)),
        cities_(provinces_ + std::max<std::uint64_t>(persons_ / 150, 20)),
        places_(cities_ + std::max<std::uint64_t>(persons_ / 80, 30)),
        acquaintance_(persons_, options.seed) {}

  void write() {
    for (std::uint64_t i = 0; i < places_; ++i) place(i);
    for (std::uint64_t i = 0; i < organisations_; ++i) organisation(i);
    for (std::uint64_t i = 0; i < posts_; ++i) post(i);
    for (std::uint64_t i = 0; i < persons_; ++i) {
      person(i);
      if (documents_before(i) != documents_before(i + 1)) document(documents_before(i), i);
    }
    out_.flush();
  }

 private:
  // So many persons cause about so many triples: a fixed number each (measured), and their acquaintances.
  static std::uint64_t persons_for(std::uint64_t size) {
    double persons = static_cast<double>(size) / 28;
    for (int i = 0; i < 8; ++i)
      persons = static_cast<double>(size) / (kTriplesOfPerson + Acquaintance::mean_degree(persons));
    return std::max<std::uint64_t>(8, static_cast<std::uint64_t>(persons));
  }
  static constexpr double kTriplesOfPerson = 21.44;

  // Four persons of five have a document about them; the first of every five always.
  static std::uint64_t documents_before(std::uint64_t person) { return (person * 4 + 4) / 5; }

  Random random(Kind kind, std::uint64_t index) const {
    return Random(options_.seed, static_cast<std::uint64_t>(kind), index);
  }
  // First draws of an entity come from streams of their own, so that others can ask without describing it.
  Random trait(Kind kind, std::uint64_t index) const {
    return Random(options_.seed, 16 + static_cast<std::uint64_t>(kind), index);
  }

  // ---- places: countries, provinces, cities, towns; each lies in one of the level above
  unsigned level(std::uint64_t place) const {
    return place < countries_ ? 0 : place < provinces_ ? 1 : place < cities_ ? 2 : 3;
  }
  std::uint64_t parent(std::uint64_t place) const {
    Random traits = trait(Kind::place, place);
    switch (level(place)) {
      case 1:
        return traits.below(countries_);
      case 2:
        return countries_ + traits.below(provinces_ - countries_);
      default:
        return provinces_ + traits.below(cities_ - provinces_);
    }
  }
  std::uint64_t country(std::uint64_t place) const {
    while (place >= countries_) place = parent(place);
    return place;
  }
  Culture culture_of_place(std::uint64_t anywhere) const {
    const std::uint64_t place = country(anywhere);
    // The first five countries show every script, whatever the size.
    if (place < kCultures) return static_cast<Culture>(place);
    const std::uint64_t percent = trait(Kind::place, place).below(100);
    return percent < 40   ? Culture::latin
           : percent < 60 ? Culture::chinese
           : percent < 72 ? Culture::korean
           : percent < 87 ? Culture::cyrillic
                          : Culture::arabic;
  }
  void name_place(std::uint64_t place, Culture culture, Name& name) const {
    Random names = Random(options_.seed, 32, place);
    place_name(culture, names, level(place), name);
  }

  std::uint64_t seat(std::uint64_t organisation) const {
    return trait(Kind::organisation, organisation).below(places_);
  }
  std::uint64_t birthplace(std::uint64_t person) const { return trait(Kind::person, person).below(places_); }
  Culture culture_of_person(std::uint64_t person) const { return culture_of_place(birthplace(person)); }
  std::uint64_t organisation_of(std::uint64_t post) const {
    return trait(Kind::post, post).below(organisations_);
  }
  void name_organisation(std::uint64_t organisation, Culture culture, Name& name) const {
    Name place;
    const std::uint64_t where = seat(organisation);
    name_place(where, culture, place);
    Random names(options_.seed, 33, organisation);
    organisation_name(culture, names, place, name);
  }

  // `subject predicate "native"@tag`, and the Latin spelling where there is one.
  void labels(Kind kind, std::uint64_t index, Culture culture, Random& random) {
    out_.entity(kind, index).text(kLabel).tagged(name_.native, language(culture, random)).end();
    if (culture != Culture::latin)
      out_.entity(kind, index).text(kLabel).tagged(name_.latin, latin_tag(culture)).end();
  }
  void type(Kind kind, std::uint64_t index, std::string_view type_iri) {
    out_.entity(kind, index).text(kType).text(trimmed(type_iri)).end();
  }
  // Words of a text: at least `least`, more than x times that with probability 1 / x.
  static std::size_t length(Random& random, double least, double most) {
    return static_cast<std::size_t>(std::min(least / random.unit(), most));
  }

  void place(std::uint64_t i) {
    Random draws = random(Kind::place, i);
    const Culture culture = culture_of_place(i);
    static constexpr std::string_view kTypes[] = {VOCABULARY("Country"), VOCABULARY("Province"),
                                                  VOCABULARY("City"), VOCABULARY("Town")};
    type(Kind::place, i, kTypes[level(i)]);
    name_place(i, culture, name_);
    labels(Kind::place, i, culture, draws);
    if (level(i) != 0) out_.entity(Kind::place, i).text(kWithin).entity(Kind::place, parent(i)).end();
    out_.entity(Kind::place, i).text(kPopulation).integer(1 + (draws.next() >> (40 + 4 * level(i)))).end();
  }

  void organisation(std::uint64_t i) {
    Random draws = random(Kind::organisation, i);
    const Culture culture = culture_of_place(seat(i));
    type(Kind::organisation, i, VOCABULARY("Organisation"));
    name_organisation(i, culture, name_);
    labels(Kind::organisation, i, culture, draws);
    out_.entity(Kind::organisation, i).text(kSeat).entity(Kind::place, seat(i)).end();
    if (i != 0)
      out_.entity(Kind::organisation, i).text(kPartOf).entity(Kind::organisation, draws.below(i)).end();
    out_.entity(Kind::organisation, i).text(kStaff).integer(3 + length(draws, 5, 2e6)).end();
  }

  void post(std::uint64_t i) {
    Random draws = random(Kind::post, i);
    const std::uint64_t organisation = organisation_of(i);
    const Culture culture = culture_of_place(seat(organisation));
    Name of;
    name_organisation(organisation, culture, of);
    type(Kind::post, i, VOCABULARY("Post"));
    post_name(culture, draws, of, name_);
    labels(Kind::post, i, culture, draws);
    out_.entity(Kind::post, i).text(kPostOf).entity(Kind::organisation, organisation).end();
  }

  void person(std::uint64_t i) {
    Random draws = random(Kind::person, i);
    const Culture culture = culture_of_person(i);
    type(Kind::person, i, VOCABULARY("Person"));
    person_name(culture, draws, name_);
    labels(Kind::person, i, culture, draws);
    out_.entity(Kind::person, i).text(kBornOn).date(random_date(draws, 1925, 1999)).end();
    out_.entity(Kind::person, i).text(kBornIn).entity(Kind::place, birthplace(i)).end();
    out_.entity(Kind::person, i).text(kMember).entity(Kind::organisation, draws.below(organisations_)).end();
    out_.entity(Kind::person, i).text(kIdentifier).text("\"OH-");
    out_.number(100 + draws.below(900)).text("-").number(i).text("\"").end();
    if (draws.chance(80)) {
      text_.clear();
      text(culture, draws, length(draws, 2, 400), text_);
      out_.entity(Kind::person, i).text(kNote).tagged(text_, language(culture, draws)).end();
    }
    acquaintances(i, draws);
    const std::uint64_t appointments = 1 + (draws.chance(25) ? 1 : 0) + (draws.chance(5) ? 2 : 0);
    std::uint64_t reifier = 0;
    for (std::uint64_t k = 0; k < appointments; ++k) appointment(i, reifier, draws);
  }

  void acquaintances(std::uint64_t i, Random& draws) {
    const std::uint64_t wanted = acquaintance_.degree(i);
    known_.clear();
    // A hub is drawn again and again; four rounds are enough to make up for it.
    for (int round = 0; round < 4 && known_.size() < wanted; ++round) {
      for (std::uint64_t k = known_.size(); k < wanted; ++k) {
        const std::uint64_t other = acquaintance_.draw(draws);
        if (other != i) known_.push_back(other);
      }
      std::sort(known_.begin(), known_.end());
      known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
    }
    for (const std::uint64_t other : known_)
      out_.entity(Kind::person, i).text(kKnows).entity(Kind::person, other).end();
  }

  // One fact, mostly asserted (a tenth of all is only claimed), with one claim about it, sometimes two that
  // differ.
  void appointment(std::uint64_t person, std::uint64_t& reifier, Random& draws) {
    const std::uint64_t post = draws.below(posts_);
    if (!draws.chance(10)) out_.entity(Kind::person, person).text(kHolds).entity(Kind::post, post).end();
    const std::uint64_t claims = draws.chance(15) ? 2 : 1;
    const Date date = random_date(draws, 1960, 2025);
    for (std::uint64_t k = 0; k < claims; ++k, ++reifier) {
      claim(person, post, reifier);
      const unsigned precision = draws.chance(90) ? 3 : draws.chance(60) ? 2 : 1;
      const Date said = k == 0 ? date : random_date(draws, date.year, date.year);
      out_.reifier(person, reifier).text(kAppointedOn).date(said, precision).end();
      out_.reifier(person, reifier).text(kSource).entity(Kind::document, draws.below(documents_)).end();
      if (draws.chance(30))
        out_.reifier(person, reifier)
            .text(kLeftOn)
            .date(random_date(draws, date.year + 1, date.year + 12))
            .end();
      if (draws.chance(20))
        out_.reifier(person, reifier)
            .text(kAppointedBy)
            .entity(Kind::organisation, draws.below(organisations_))
            .end();
    }
  }

  void claim(std::uint64_t person, std::uint64_t post, std::uint64_t reifier) {
    if (options_.reification == Reification::rdf12) {
      out_.reifier(person, reifier).text(kReifies).text("<<( ").entity(Kind::person, person).text(kHolds);
      out_.entity(Kind::post, post).text(" )>>").end();
      return;
    }
    out_.reifier(person, reifier).text(kType).text(kStatement).end();
    out_.reifier(person, reifier).text(kSubject).entity(Kind::person, person).end();
    out_.reifier(person, reifier).text(kPredicate).text(trimmed(kHolds)).end();
    out_.reifier(person, reifier).text(kObject).entity(Kind::post, post).end();
  }

  void document(std::uint64_t i, std::uint64_t about) {
    Random draws = random(Kind::document, i);
    const Culture culture = culture_of_person(about);
    type(Kind::document, i, VOCABULARY("Document"));
    text_.clear();
    text(culture, draws, 2 + length(draws, 2, 30), text_);
    out_.entity(Kind::document, i).text(kLabel).tagged(text_, language(culture, draws)).end();
    out_.entity(Kind::document, i).text(kPublished).date(random_date(draws, 1960, 2025)).end();
    out_.entity(Kind::document, i)
        .text(kPublisher)
        .entity(Kind::organisation, draws.below(organisations_))
        .end();
    if (draws.chance(40)) out_.entity(Kind::document, i).text(kPages).integer(length(draws, 1, 900)).end();
    if (draws.chance(75)) {
      text_.clear();
      text(culture, draws, length(draws, 3, 600), text_);
      out_.entity(Kind::document, i).text(kText).tagged(text_, language(culture, draws)).end();
    }
    // The person it is about, and others: those whom many know are mentioned often.
    out_.entity(Kind::document, i).text(kMentions).entity(Kind::person, about).end();
    for (std::uint64_t k = draws.below(4); k > 0; --k) {
      const std::uint64_t other = acquaintance_.draw(draws);
      if (other != about) out_.entity(Kind::document, i).text(kMentions).entity(Kind::person, other).end();
    }
  }

  Options options_;
  std::uint64_t persons_;
  std::uint64_t documents_;
  std::uint64_t posts_;
  std::uint64_t organisations_;
  std::uint64_t countries_;  // places below this number are countries, then provinces, cities, towns
  std::uint64_t provinces_;
  std::uint64_t cities_;
  std::uint64_t places_;
  Acquaintance acquaintance_;
  Output out_;
  Name name_;
  std::string text_;
  std::vector<std::uint64_t> known_;
};

// ---- arguments

constexpr std::string_view kUsage =
    "usage: generate [--size N[K|M|G]] [--seed N] [--reification rdf12|statement] > FILE\n"
    "Writes an office-holder graph of about N triples (default 1M) as N-Triples to standard output.\n";

[[noreturn]] void usage_error(const std::string& what) {
  fmt::print(stderr, "generate: {}\n{}", what, kUsage);
  std::exit(2);
}

std::uint64_t parse_count(std::string_view name, std::string_view text) {
  std::uint64_t scale = 1;
  std::string_view digits = text;
  if (!digits.empty()) {
    switch (digits.back()) {
      case 'K':
      case 'k':
        scale = 1'000;
        break;
      case 'M':
      case 'm':
        scale = 1'000'000;
        break;
      case 'G':
      case 'g':
        scale = 1'000'000'000;
        break;
      default:
        break;
    }
    if (scale != 1) digits.remove_suffix(1);
  }
  if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string_view::npos)
    usage_error(fmt::format("{} takes a number such as 500K or 20M, not '{}'", name, text));
  return std::strtoull(std::string(digits).c_str(), nullptr, 10) * scale;
}

Options parse_arguments(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help" || name == "-h") {
      fmt::print("{}", kUsage);
      std::exit(0);
    }
    if (name != "--size" && name != "--seed" && name != "--reification")
      usage_error(fmt::format("no argument is called '{}'", name));
    if (++i == argc) usage_error(fmt::format("{} needs a value", name));
    const std::string_view value = argv[i];
    if (name == "--reification") {
      if (value != "rdf12" && value != "statement")
        usage_error(fmt::format("--reification is rdf12 or statement, not '{}'", value));
      options.reification = value == "rdf12" ? Reification::rdf12 : Reification::statement;
    } else {
      (name == "--size" ? options.size : options.seed) = parse_count(name, value);
    }
  }
  // The acquaintance multiplies two numbers of persons in 64 bits.
  if (options.size == 0 || options.size > 50'000'000'000) usage_error("--size is from 1 to 50G");
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  World(parse_arguments(argc, argv)).write();
  return 0;
}
