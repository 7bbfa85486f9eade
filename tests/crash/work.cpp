#include "tests/crash/work.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <ostream>
#include <streambuf>

#include "tests/differential/random.h"
#include "tests/quad_text.h"

namespace dossier::crash {
namespace {

using differential::Random;

constexpr std::string_view kPrefix = "http://example.org/";

Term iri(std::string_view kind, std::uint32_t number) {
  return Term::iri(std::string(kPrefix) + std::string(kind) + std::to_string(number));
}

// Every kind of term that has a place of its own in a store; the number is in its text, so that no two are
// the same.
Term object_of(std::uint32_t triple) {
  const std::string text = std::to_string(triple);
  switch (triple % 11) {
    case 0:
    case 1:
    case 2:
      return iri("o", triple);
    case 3:
      return Term::integer(triple);
    case 4:
      return Term::literal("t" + text);
    case 5:
      return Term::tagged("a text in English, number " + text, "en");
    case 6:
      return Term::typed("2025-06-13T10:00:00." + text + "Z", "http://www.w3.org/2001/XMLSchema#dateTime");
    case 7:
      return Term::triple(iri("s", triple % 997), iri("p", triple % kPredicates), Term::integer(triple));
    case 8:
      return Term::typed(text + ".25", "http://www.w3.org/2001/XMLSchema#decimal");
    case 9:
      return Term::literal(std::string(200, 'x') + text);
    default:
      return iri("s", triple % 997);
  }
}

// A line of output at a time to a function.
class LineBuffer : public std::streambuf {
 public:
  explicit LineBuffer(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

 protected:
  int_type overflow(int_type c) override {
    if (c == traits_type::eof()) return 0;
    if (c == '\n') {
      take_(line_);
      line_.clear();
    } else {
      line_.push_back(static_cast<char>(c));
    }
    return c;
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    std::string_view rest(bytes, static_cast<std::size_t>(count));
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      line_.append(rest.substr(0, end));
      take_(line_);
      line_.clear();
      rest.remove_prefix(end + 1);
    }
    line_.append(rest);
    return count;
  }

 private:
  std::function<void(std::string_view)> take_;
  std::string line_;
};

void each_line(Store& store, std::function<void(std::string_view)> take) {
  LineBuffer buffer(std::move(take));
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);
  store.dump(out, Format::nq);
}

std::uint64_t hash_of(std::string_view line) {
  return std::hash<std::string_view>()(line) * 0x9E3779B97F4A7C15ULL;
}

std::vector<std::uint32_t> some_numbers(Random& random, std::size_t count) {
  std::vector<std::uint32_t> numbers;
  if (random.chance(50)) {  // neighbours, mostly of one graph
    const auto graph = static_cast<std::uint32_t>(random.below(kGraphs));
    const auto first = static_cast<std::uint32_t>(random.below(kTriples));
    for (std::uint32_t i = 0; i < count; ++i) numbers.push_back((first + i) % kTriples * kGraphs + graph);
  } else {
    for (std::size_t i = 0; i < count; ++i)
      numbers.push_back(static_cast<std::uint32_t>(random.below(kQuads)));
  }
  return numbers;
}

Change random_change(Random& random, bool small) {
  Change change;
  change.as_text = random.chance(30);
  switch (random.weighted({50, 30, 12, small ? 0U : 8U})) {
    case 0:
      change.kind = Change::Kind::insert;
      change.numbers = some_numbers(random, random.between(1, small ? 20 : 800));
      break;
    case 1:
      change.kind = Change::Kind::erase;
      change.numbers = some_numbers(random, random.between(1, small ? 40 : 3000));
      break;
    case 2:
      change.kind = Change::Kind::move;
      change.predicate = static_cast<std::uint32_t>(random.below(kPredicates));
      change.from = static_cast<std::uint32_t>(random.between(1, kGraphs - 1));
      change.to = static_cast<std::uint32_t>(random.below(kGraphs));
      break;
    default:
      change.kind = Change::Kind::clear;
      change.from = static_cast<std::uint32_t>(random.between(1, kGraphs - 1));
      break;
  }
  return change;
}

std::string update_text(const Change& change) {
  switch (change.kind) {
    case Change::Kind::insert:
    case Change::Kind::erase: {
      std::string text = change.kind == Change::Kind::insert ? "INSERT DATA {\n" : "DELETE DATA {\n";
      for (const std::uint32_t number : change.numbers) {
        const Quad quad = quad_of(number);
        const std::string triple =
            quad.subject.to_string() + ' ' + quad.predicate.to_string() + ' ' + quad.object.to_string();
        text += quad.graph ? "GRAPH " + quad.graph->to_string() + " { " + triple + " }\n" : triple + " .\n";
      }
      return text + "}";
    }
    case Change::Kind::move: {
      const std::string triple = "?s " + predicate_text(change.predicate) + " ?o";
      const std::string from = "{ GRAPH " + graph_text(change.from) + " { " + triple + " } }";
      const std::string to = change.to == 0 ? "{ " + triple + " }"
                                            : "{ GRAPH " + graph_text(change.to) + " { " + triple + " } }";
      return "DELETE " + from + " INSERT " + to + " WHERE " + from;
    }
    case Change::Kind::clear:
      return "CLEAR SILENT GRAPH " + graph_text(change.from);
  }
  return {};
}

void perform_change(const Change& change, Session& session) {
  const bool by_calls =
      !change.as_text && (change.kind == Change::Kind::insert || change.kind == Change::Kind::erase);
  if (!by_calls) {
    session.update(update_text(change));
    return;
  }
  const bool alone = !session.in_transaction();
  if (change.kind == Change::Kind::insert) {
    std::vector<Quad> quads;
    for (const std::uint32_t number : change.numbers) quads.push_back(quad_of(number));
    session.insert(quads);
    return;
  }
  if (alone) session.begin();
  for (const std::uint32_t number : change.numbers) session.erase(quad_of(number));
  if (alone) session.commit();
}

}  // namespace

std::string predicate_text(std::uint32_t predicate) {
  return iri("p", predicate).to_string();
}
std::string graph_text(std::uint32_t graph) {
  return iri("g", graph).to_string();
}

Quad quad_of(std::uint32_t number) {
  const std::uint32_t triple = number / kGraphs;
  const std::uint32_t graph = number % kGraphs;
  Quad quad{iri("s", triple % 997), iri("p", triple % kPredicates), object_of(triple), {}};
  if (graph != 0) quad.graph = iri("g", graph);
  return quad;
}

std::string line_of(std::uint32_t number) {
  return test::nquads_line(quad_of(number));
}

void Fingerprint::add(std::string_view line) {
  ++quads;
  sum += hash_of(line);
}

Fingerprint fingerprint_of(Store& store) {
  Fingerprint result;
  each_line(store, [&](std::string_view line) { result.add(line); });
  return result;
}

void Model::set(std::uint32_t number, bool present) {
  if (present_[number] == present) return;
  present_[number] = present;
  static std::vector<std::uint64_t> hashes(kQuads);  // 0: not made yet
  if (hashes[number] == 0) hashes[number] = hash_of(line_of(number));
  fingerprint_.quads += present ? 1 : -1;
  fingerprint_.sum += present ? hashes[number] : -hashes[number];
}

std::string Model::difference(Store& store) const {
  std::vector<std::string> expected;
  for (std::uint32_t number = 0; number < kQuads; ++number)
    if (present_[number]) expected.push_back(line_of(number));
  std::vector<std::string> found;
  each_line(store, [&](std::string_view line) { found.emplace_back(line); });
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  std::string text;
  const auto show = [&](const char* what, const std::vector<std::string>& a,
                        const std::vector<std::string>& b) {
    std::vector<std::string> only;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
    text += std::to_string(only.size()) + ' ' + what + '\n';
    for (std::size_t i = 0; i < std::min<std::size_t>(3, only.size()); ++i) text += "  " + only[i] + '\n';
  };
  show("lines that are missing", expected, found);
  show("lines too many", found, expected);
  return text;
}

void Operation::apply(Model& model) const {
  if (kind == Kind::rollback) return;
  for (const Change& change : changes) {
    switch (change.kind) {
      case Change::Kind::insert:
      case Change::Kind::erase:
        for (const std::uint32_t number : change.numbers)
          model.set(number, change.kind == Change::Kind::insert);
        break;
      case Change::Kind::move:
        if (change.from == change.to) break;
        for (std::uint32_t triple = change.predicate; triple < kTriples; triple += kPredicates) {
          const std::uint32_t number = triple * kGraphs + change.from;
          if (!model.has(number)) continue;
          model.set(number, false);
          model.set(triple * kGraphs + change.to, true);
        }
        break;
      case Change::Kind::clear:
        for (std::uint32_t number = change.from; number < kQuads; number += kGraphs) model.set(number, false);
        break;
    }
  }
}

std::string_view name_of(Operation::Kind kind) {
  switch (kind) {
    case Operation::Kind::change:
      return "change";
    case Operation::Kind::transaction:
      return "transaction";
    case Operation::Kind::rollback:
      return "rollback";
    case Operation::Kind::load_small:
      return "small load";
    case Operation::Kind::load_large:
      return "load";
    case Operation::Kind::compact:
      return "compact";
    case Operation::Kind::backup:
      return "backup";
    case Operation::Kind::reopen:
      return "reopen";
  }
  return "";
}

OpenOptions options_of(std::uint64_t seed, std::uint64_t number, bool sync_only) {
  Random random(seed * 31 + number * 0x2545F4914F6CDD1DULL);
  OpenOptions options;
  options.cache_bytes = std::size_t{32} << 20;
  // The least of them: tables and logs change every few thousand rows.
  options.write_buffer_bytes = random.chance(50) ? std::size_t{1} << 20 : std::size_t{64} << 20;
  options.durability = random.chance(50)                ? Durability::sync
                       : sync_only || random.chance(40) ? Durability::group
                                                        : Durability::none;
  return options;
}

Operation operation_of(std::uint64_t seed, std::uint64_t number, bool sync_only) {
  Random random(seed + number * 0x9E3779B97F4A7C15ULL);
  Operation operation;
  const auto insert = [&](std::size_t count) {
    Change change;
    change.numbers = some_numbers(random, count);
    operation.changes.push_back(std::move(change));
  };
  switch (random.weighted({40, 12, 12, 5, 6, 8, 5, 5, 4, 3})) {
    case 0:
      operation.changes.push_back(random_change(random, true));
      break;
    case 1:
      operation.changes.push_back(random_change(random, false));
      break;
    case 2:
      operation.kind = Operation::Kind::transaction;
      for (std::size_t i = random.between(2, 6); i > 0; --i)
        operation.changes.push_back(random_change(random, random.chance(80)));
      break;
    case 3:
      operation.kind = Operation::Kind::rollback;
      for (std::size_t i = random.between(1, 3); i > 0; --i)
        operation.changes.push_back(random_change(random, true));
      break;
    case 4:  // large: some of these pass the bound of the overlay, and the commit folds
      insert(random.between(5'000, 25'000));
      break;
    case 5:
      operation.kind = Operation::Kind::load_small;
      insert(random.between(1, 1'500));
      break;
    case 6:
      operation.kind = Operation::Kind::load_large;
      insert(random.between(2'500, 12'000));
      break;
    case 7:
      operation.kind = Operation::Kind::compact;
      break;
    case 8:
      operation.kind = Operation::Kind::backup;
      break;
    default:
      operation.kind = Operation::Kind::reopen;
      operation.options = options_of(seed, number, sync_only);
      break;
  }
  return operation;
}

void write_quads(const std::filesystem::path& path, const std::vector<std::uint32_t>& numbers) {
  // A limit is meant for the store, not for what it is to read.
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit none{RLIM_INFINITY, limit.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &none);
  {
    std::ofstream out(path);
    for (const std::uint32_t number : numbers) out << line_of(number) << '\n';
  }
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

std::filesystem::path backup_path(const std::filesystem::path& folder, std::uint64_t number) {
  return folder / ("backup-" + std::to_string(number));
}

void perform(const Operation& operation, std::uint64_t number, const std::filesystem::path& folder,
             std::optional<Store>& store) {
  switch (operation.kind) {
    case Operation::Kind::change: {
      Session session = store->session();
      perform_change(operation.changes.front(), session);
      break;
    }
    case Operation::Kind::transaction:
    case Operation::Kind::rollback: {
      Session session = store->session();
      session.begin();
      for (const Change& change : operation.changes) perform_change(change, session);
      if (operation.kind == Operation::Kind::transaction) {
        session.commit();
      } else {
        session.rollback();
      }
      break;
    }
    case Operation::Kind::load_small:
    case Operation::Kind::load_large: {
      const auto path = folder.parent_path() / "load.nq";
      write_quads(path, operation.changes.front().numbers);
      LoadOptions options;
      options.memory_bytes = std::size_t{256} << 20;
      store->load({path.string()}, options);
      break;
    }
    case Operation::Kind::compact:
      store->compact();
      break;
    case Operation::Kind::backup:
      store->backup(backup_path(folder, number).string());
      break;
    case Operation::Kind::reopen:
      store.reset();
      store.emplace(Store::open((folder / "store").string(), operation.options));
      break;
  }
}

}  // namespace dossier::crash
