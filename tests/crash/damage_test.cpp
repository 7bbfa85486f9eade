#include "tests/crash/damage_test.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/process.h"
#include "tests/crash/work.h"
#include "tests/differential/random.h"

namespace dossier::crash {
namespace {

namespace fs = std::filesystem;
using differential::Random;

constexpr std::uint64_t kMostMemory = std::uint64_t{3}
                                      << 30;  // of address space; threads and arenas reserve some
constexpr std::chrono::seconds kMostTime{30};

OpenOptions small_options(bool read_only) {
  OpenOptions options;
  options.create = false;
  options.read_only = read_only;
  options.cache_bytes = std::size_t{16} << 20;
  options.write_buffer_bytes = std::size_t{4} << 20;
  return options;
}

// ---- what is damaged

// What a store answers when nothing is wrong.
struct Answers {
  Fingerprint dump;
  std::vector<Fingerprint> matches;
};

// Patterns that go through every permutation, terms that are looked up by their hashes, and all of one graph.
std::vector<QuadPattern> patterns() {
  std::vector<QuadPattern> result;
  for (std::uint32_t number = 5; number < 12'000; number += 397) {
    const Quad quad = quad_of(number);
    for (unsigned bound = 1; bound < 8; ++bound) {
      QuadPattern pattern;
      if ((bound & 1) != 0) pattern.subject = quad.subject;
      if ((bound & 2) != 0) pattern.predicate = quad.predicate;
      if ((bound & 4) != 0) pattern.object = quad.object;
      pattern.any_graph = true;
      if (bound != 2 || number < 2'000) result.push_back(std::move(pattern));
    }
  }
  QuadPattern of_graph;
  of_graph.graph = quad_of(3).graph;
  result.push_back(std::move(of_graph));
  return result;
}

std::string line_of(const Quad& quad) {
  std::string line =
      quad.subject.to_string() + ' ' + quad.predicate.to_string() + ' ' + quad.object.to_string();
  if (quad.graph) line += ' ' + quad.graph->to_string();
  return line;
}

// Triple terms by their parts, and blank nodes.
constexpr const char* kQueries[] = {
    "SELECT * { ?r ?p <<( ?s ?q ?o )>> }",
    "SELECT * { ?r ?p <<( ?s <http://example.org/p3> ?o )>> }",
    "SELECT * { ?r ?p <<( ?s ?q 18 )>> }",
    "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { GRAPH ?g { ?s ?p ?o } FILTER (?p != <http://example.org/none>) } "
    "GROUP BY ?p",
};

std::vector<Fingerprint> matches_of(Store& store) {
  std::vector<Fingerprint> result;
  Session session = store.session();
  for (const QuadPattern& pattern : patterns()) {
    Fingerprint found;
    QuadCursor cursor = session.match(pattern);
    while (cursor.next()) found.add(line_of(cursor.quad()));
    result.push_back(found);
  }
  for (const char* query : kQueries) {
    Fingerprint found;
    Result rows = session.query(query);
    while (rows.next()) {
      std::string line;
      for (std::size_t i = 0; i < rows.variables().size(); ++i)
        line += rows.get(i) ? rows.get(i)->to_string() + ' ' : "- ";
      found.add(line);
    }
    result.push_back(found);
  }
  return result;
}

Change inserting(std::uint32_t first, std::uint32_t count) {
  Change change;
  for (std::uint32_t i = 0; i < count; ++i) change.numbers.push_back(first + i);
  return change;
}

constexpr const char* kTurtle = R"(PREFIX : <http://example.org/>
:a :knows [ :name "nobody" ; :knows _:x ] . _:x :name "x"@en {| :saidBy :b |} .
<< :a :knows _:x >> :since "2024-02-30"^^:nodate .
)";

// The stores that are damaged: one that was closed, and one as a kill leaves it.
struct Victims {
  std::vector<fs::path> paths;
  std::vector<Fingerprint> history;  // the states after each commit
  Answers answers;
};

Victims make_victims(const fs::path& folder) {
  Victims victims;
  const fs::path root = folder / "victim";
  fs::create_directories(root);
  std::optional<Store> store = Store::open((root / "store").string(), {});
  std::uint64_t number = 0;
  const auto perform_one = [&](Operation::Kind kind, std::vector<Change> changes) {
    Operation operation;
    operation.kind = kind;
    operation.changes = std::move(changes);
    perform(operation, ++number, root, store);
    victims.history.push_back(fingerprint_of(*store));
  };
  victims.history.push_back({});
  store->load_text(kTurtle, Format::ttl);
  victims.history.push_back(fingerprint_of(*store));
  perform_one(Operation::Kind::change, {inserting(0, 500)});
  perform_one(Operation::Kind::load_large, {inserting(200, 9'000)});
  perform_one(Operation::Kind::change, {inserting(9'000, 700)});
  perform_one(Operation::Kind::compact, {});  // folds
  perform_one(Operation::Kind::load_large, {inserting(9'500, 2'500)});
  store.reset();
  store = Store::open((root / "store").string(), {});
  Change erase = inserting(300, 200);
  erase.kind = Change::Kind::erase;
  perform_one(Operation::Kind::change, {erase});
  for (std::uint32_t i = 0; i < 30; ++i)
    perform_one(Operation::Kind::change, {inserting(13'000 + 40 * i, 35)});
  const fs::path killed = folder / "killed";
  fs::copy(root / "store", killed, fs::copy_options::recursive);
  victims.answers = {fingerprint_of(*store), matches_of(*store)};
  store.reset();
  victims.paths = {root / "store", killed};
  return victims;
}

// ---- the damage

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string sort_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (path.extension() == ".sst" || path.extension() == ".log") return path.extension().string();
  return name.substr(0, name.find('-'));
}

struct Damage {
  std::string text;       // what was done
  std::string sort;       // of file
  bool shortens = false;  // leaves less of it than there was, which only the seal of a closed store can tell
};

// Damages one file of the store at `path`.
Damage damage(const fs::path& path, Random& random) {
  std::map<std::string, std::vector<fs::path>> sorts;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name != "LOCK" && name != "WRITER")
      sorts[sort_of(entry.path())].push_back(entry.path());
  }
  for (auto& [sort, files] : sorts) std::sort(files.begin(), files.end());
  std::vector<std::string> names;
  for (const auto& [sort, files] : sorts) names.push_back(sort);
  Damage result;
  // Half of it in tables, which are most of a store.
  result.sort = random.chance(45) && sorts.contains(".sst") ? ".sst" : random.of(names);
  const std::vector<fs::path>& files = sorts.at(result.sort);
  const fs::path file = random.of(files);
  const fs::path other = random.of(files);
  std::string bytes = read_file(file);
  const std::size_t size = bytes.size();
  const std::size_t at = size == 0 ? 0 : random.below(size);
  const std::size_t run =
      size == 0 ? 0 : std::min(size - at, random.between(1, random.chance(50) ? 16 : 4096));
  const auto say = [&](const std::string& what) {
    result.text = file.filename().string() + " (" + std::to_string(size) + " bytes): " + what;
  };
  const std::string place = std::to_string(run) + " bytes from " + std::to_string(at);
  switch (size == 0 ? 6 : random.below(10)) {
    case 0:
    case 1:
    case 2: {
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
      say("a bit flipped in byte " + std::to_string(at));
      break;
    }
    case 3:
      for (std::size_t i = 0; i < run; ++i) bytes[at + i] = static_cast<char>(random.next());
      say(place + " overwritten with noise");
      break;
    case 4:
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), run, '\0');
      result.shortens = at + run == size;  // a loss of power leaves as much
      say(place + " overwritten with zeros");
      break;
    case 5:
      bytes.resize(random.chance(50) ? at : size - std::min(size, random.between(1, 40)));
      result.shortens = true;
      say("cut to " + std::to_string(bytes.size()) + " bytes");
      break;
    case 6:
      for (std::size_t i = random.between(1, 5000); i > 0; --i)
        bytes.push_back(static_cast<char>(random.next()));
      say("made longer by noise to " + std::to_string(bytes.size()) + " bytes");
      break;
    case 7:
      fs::remove(file);
      say("removed");
      return result;
    case 8:
      result.shortens = true;
      say("exchanged with " + other.filename().string());
      fs::rename(file, path / "exchange");
      if (other != file) fs::rename(other, file);
      fs::rename(path / "exchange", other);
      return result;
    default:
      bytes = read_file(other);
      result.shortens = true;
      say("overwritten by " + other.filename().string());
      break;
  }
  write_file(file, bytes);
  return result;
}

// ---- what comes of it

// What a child found: lines that begin with one of these words.
constexpr std::string_view kWrong = "WRONG ";
constexpr std::string_view kError = "error ";

class Inspection {
 public:
  Inspection(const fs::path& path, const Victims& victims, const Damage& damage, int out)
      : path_(path), victims_(victims), damage_(damage), out_(out) {}

  void run(bool read_only) {
    const std::string how = read_only ? "read-only: " : "writing: ";
    std::optional<Store> store;
    guarded(how + "open", [&] { store = Store::open(path_.string(), small_options(read_only)); });
    if (!store) return;
    bool sound = false;
    bool last = false;
    Fingerprint found;
    const bool dumped = guarded(how + "dump", [&] {
      found = fingerprint_of(*store);
      last = found == victims_.answers.dump;
      const bool earlier =
          std::find(victims_.history.begin(), victims_.history.end(), found) != victims_.history.end();
      if (!last && !(earlier && may_go_back()))
        wrong(how + "dump gives " + std::to_string(found.quads) + " quads" +
              (earlier ? ", an earlier state" : ""));
    });
    guarded(how + "queries", [&] {
      const auto matches = matches_of(*store);
      if (dumped && !last) return;
      for (std::size_t i = 0; i < matches.size(); ++i) {
        if (matches[i] == victims_.answers.matches[i]) continue;
        return wrong(how + "the answer to pattern " + std::to_string(i) + " has " +
                     std::to_string(matches[i].quads) + " rows instead of " +
                     std::to_string(victims_.answers.matches[i].quads));
      }
    });
    guarded(how + "check", [&] {
      const auto findings = store->check();
      sound = findings.empty();
      if (!sound) write_all(out_, std::string(kError) + how + "check: " + findings.front() + '\n');
    });
    guarded(how + "statistics", [&] { store->statistics(); });
    if (read_only) return;
    guarded(how + "a commit", [&] {
      Operation operation;
      operation.changes.push_back(inserting(60'000, 5));
      Session session = store->session();
      std::vector<Quad> quads;
      for (const std::uint32_t number : operation.changes.front().numbers) quads.push_back(quad_of(number));
      if (session.insert(quads) != quads.size()) wrong(how + "a commit of new quads finds them there");
      if (!dumped) return;
      for (const std::uint32_t number : operation.changes.front().numbers) found.add(crash::line_of(number));
      if (!(fingerprint_of(*store) == found)) wrong(how + "dump after a commit");
    });
    guarded(how + "compact", [&] {
      store->compact();
      if (dumped && sound && !(fingerprint_of(*store) == found)) wrong(how + "dump after compacting");
    });
  }

 private:
  // A log without its end is what a crash leaves, and so is a manifest; but not of a store that was closed.
  bool may_go_back() const {
    return damage_.shortens && path_.filename() == "killed-copy" &&
           (damage_.sort == ".log" || damage_.sort == "MANIFEST");
  }

  void wrong(const std::string& what) { write_all(out_, std::string(kWrong) + what + '\n'); }

  bool guarded(const std::string& what, const std::function<void()>& part) {
    std::string message;
    try {
      part();
      return true;
    } catch (const StorageError& error) {
      message = error.what();
    } catch (const CorruptionError& error) {
      message = error.what();
    } catch (const std::exception& error) {
      wrong(what + " ended with an error of another kind: " + error.what());
      return false;
    }
    write_all(out_, std::string(kError) + what + ": " + message + '\n');
    return false;
  }

  fs::path path_;
  const Victims& victims_;
  const Damage& damage_;
  int out_;
};

}  // namespace

bool run_damage_test(std::uint64_t times, std::uint64_t seed, const fs::path& folder, std::uint64_t only) {
  const auto start = std::chrono::steady_clock::now();
  Victims victims;
  {
    // In a process of its own, so that this one has no threads when it forks.
    const fs::path kept = folder / "fingerprints";
    const Ending ending = run_forked({0, 0, kMostTime}, [&](int) {
      const Victims made = make_victims(folder);
      std::ofstream out(kept);
      out << made.paths[0].string() << '\n' << made.paths[1].string() << '\n' << made.history.size() << '\n';
      for (const Fingerprint& print : made.history) out << print.quads << ' ' << print.sum << '\n';
      out << made.answers.dump.quads << ' ' << made.answers.dump.sum << '\n'
          << made.answers.matches.size() << '\n';
      for (const Fingerprint& print : made.answers.matches) out << print.quads << ' ' << print.sum << '\n';
      return 0;
    });
    if (!ending.clean() || ending.code != 0) {
      std::cerr << "the stores to be damaged: " << ending.describe() << ' ' << ending.text << '\n';
      return false;
    }
    std::ifstream in(kept);
    std::string path;
    for (int i = 0; i < 2; ++i) {
      std::getline(in, path);
      victims.paths.emplace_back(path);
    }
    const auto read_all = [&](std::vector<Fingerprint>& prints) {
      std::size_t count = 0;
      in >> count;
      prints.resize(count);
      for (Fingerprint& print : prints) in >> print.quads >> print.sum;
    };
    read_all(victims.history);
    in >> victims.answers.dump.quads >> victims.answers.dump.sum;
    read_all(victims.answers.matches);
  }
  std::uint64_t bad = 0;
  std::uint64_t reported = 0;
  for (std::uint64_t number = 1; number <= times; ++number) {
    if (only != 0 && number != only) continue;
    Random random(seed * 1'000'003 + number);
    const bool killed = random.chance(50);
    const fs::path copy = folder / (killed ? "killed-copy" : "closed-copy");
    fs::remove_all(copy);
    fs::copy(victims.paths[killed ? 1 : 0], copy, fs::copy_options::recursive);
    const Damage done = damage(copy, random);
    bool broken = false;
    std::string text;
    for (const bool read_only : {true, false}) {
      Bounds bounds{kMostMemory, 0, kMostTime};
      const Ending ending = run_forked(bounds, [&](int out) {
        Inspection(copy, victims, done, out).run(read_only);
        return 0;
      });
      text += ending.text;
      if (!ending.clean() || ending.code != 0) {
        broken = true;
        text += (read_only ? "read-only: " : "writing: ") + ending.describe() + '\n';
      }
    }
    broken = broken || text.find(kWrong) != std::string::npos;
    bad += broken;
    reported += text.find(kError) != std::string::npos;
    if (broken || only != 0)
      std::cerr << "damage " << number << " of seed " << seed << ", a " << (killed ? "killed" : "closed")
                << " store, " << done.text << "\n"
                << text << '\n';
  }
  fs::remove_all(folder);
  std::cout << "damage test: " << times << " damages, " << reported << " reported, " << times - reported - bad
            << " without effect, " << bad << " broke a promise, "
            << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << " s\n";
  return bad == 0;
}

}  // namespace dossier::crash
