// result_bench: results written out, beside a loop that writes the same bytes from an array of terms in
// memory.
//
//   result_bench [--size 2M] [--rows 1M] [--rounds 7] [--cache 256M] [--db DIR] [--directory DIR]
//
// Purpose: of queries of three columns, what it takes to answer and write them as TSV and as JSON; what the
// plain loop takes, which has the rows as numbers into an array of the very texts to write; and what a cell
// costs that is handed out by the API. The two write the same bytes, which is checked. Times are medians of
// alternating rounds. Without --db a graph of data/generate is loaded into DIR (default: results.tmp), which
// is removed afterwards.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <streambuf>

#include "engine/dossier.h"
#include "engine/io/result_writer.h"
#include "engine/query/context.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "grammar/parse.h"
#include "tests/bench/measure.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

constexpr std::string_view kPrefixes =
    "PREFIX t: <https://office-holders.example/terms#> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> ";

struct Question {
  std::string name;
  std::string text;
};

const std::vector<Question> kQuestions = {
    {"everything", "SELECT ?s ?p ?o { ?s ?p ?o }"},
    {"who is mentioned where", "SELECT ?d ?on ?p { ?d t:mentionsPerson ?p ; t:publishedOn ?on }"},
    {"names of acquaintances", "SELECT ?a ?b ?l { ?a t:isAcquaintedWith ?b . ?b rdfs:label ?l }"},
};

// Where the bytes go: nowhere, but counted and summed up.
class Sink final : public std::streambuf {
 public:
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  bool summing = false;

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    bytes += static_cast<std::uint64_t>(size);
    if (summing)
      for (std::streamsize i = 0; i < size; ++i) sum = sum * 31 + static_cast<unsigned char>(text[i]);
    return size;
  }
  int_type overflow(int_type c) override {
    const char text = static_cast<char>(c);
    xsputn(&text, 1);
    return c;
  }
};

struct Written {
  double seconds = 0;
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
};

Written written_by(const std::function<void(std::ostream&)>& write, bool summing = false) {
  Sink sink;
  sink.summing = summing;
  std::ostream out(&sink);
  const Timer timer;
  write(out);
  return {timer.seconds(), sink.bytes, sink.sum};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The rows of a query as numbers of texts, and the texts as the format writes a cell.
struct Plain {
  std::size_t width = 0;
  std::vector<std::uint32_t> cells;  // row by row
  std::vector<std::string> texts;
  std::string head;
  std::string between_rows;
  std::string after_row;
  std::string tail;
  std::vector<std::string> before_cell;

  void write(std::ostream& out) const {
    std::string buffer = head;
    const std::size_t rows = cells.size() / width;
    for (std::size_t row = 0; row < rows; ++row) {
      if (row > 0) buffer += between_rows;
      for (std::size_t column = 0; column < width; ++column) {
        buffer += before_cell[column];
        buffer += texts[cells[row * width + column]];
      }
      buffer += after_row;
      if (buffer.size() < (std::size_t{64} << 10)) continue;
      out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      buffer.clear();
    }
    buffer += tail;
    out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  }
};

Plain plain_of(const Database& database, const std::string& query, Format format) {
  QueryContext context(database.snapshot(), QueryLimits{}, nullptr);
  const auto execution = execute(grammar::parse_query(query), context);
  std::vector<Id> ids;
  Plain plain;
  plain.width = execution->variables().size();
  for (Batch batch; execution->next(batch);)
    for (std::size_t row = 0; row < batch.rows; ++row)
      for (std::size_t column = 0; column < plain.width; ++column) ids.push_back(batch.columns[column][row]);
  std::vector<Id> distinct = ids;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (const Id id : ids)
    plain.cells.push_back(static_cast<std::uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), id) -
                                                     distinct.begin()));
  // A result of one column and one row is a head, the text of the cell, and a tail.
  const auto text_of = [&](Id id) {
    std::ostringstream out;
    const auto writer = make_solution_writer(out, format, {"x"}, context.terms());
    const Id* const column = &id;
    writer->write(std::span<const Id* const>(&column, 1), 1);
    writer->finish();
    const std::string text = out.str();
    const std::string before = format == Format::tsv ? "?x\n" : "\"x\":";
    const std::string after = format == Format::tsv ? "\n" : "}\n]}}\n";
    const std::size_t begin =
        text.rfind(before, format == Format::tsv ? 0 : std::string::npos) + before.size();
    return text.substr(begin, text.size() - after.size() - begin);
  };
  for (const Id id : distinct) plain.texts.push_back(text_of(id));
  const std::vector<std::string>& names = execution->variables();
  for (std::size_t column = 0; column < names.size(); ++column) {
    const bool first = column == 0;
    if (format == Format::tsv) {
      plain.head += (first ? "?" : "\t?") + names[column];
      plain.before_cell.push_back(first ? "" : "\t");
    } else {
      plain.head += (first ? "{\"head\":{\"vars\":[\"" : ",\"") + names[column] + '"';
      plain.before_cell.push_back((first ? "{\"" : ",\"") + names[column] + "\":");
    }
  }
  if (format == Format::tsv) {
    plain.head += '\n';
    plain.after_row = '\n';
  } else {
    plain.head += "]},\"results\":{\"bindings\":[\n";
    plain.between_rows = ",\n";
    plain.after_row = '}';
    plain.tail = "\n]}}\n";
  }
  return plain;
}

std::string milliseconds(double seconds) {
  return fmt::format("{:.1f} ms", seconds * 1e3);
}

// Alternating rounds of some ways to do the same; the median of each.
std::vector<double> rounds_of(int rounds, const std::vector<std::function<double()>>& ways) {
  std::vector<std::vector<double>> times(ways.size());
  for (int round = 0; round <= rounds; ++round)
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const double seconds = ways[i]();
      if (round > 0) times[i].push_back(seconds);  // the first one warms up
    }
  std::vector<double> medians;
  for (auto& of_way : times) medians.push_back(median(std::move(of_way)));
  return medians;
}

std::uint64_t look_at(const Term& term) {
  return term.value().size() + term.datatype().size();
}

void measure(Store& store, const Database& database, const Question& question, std::uint64_t rows,
             int rounds) {
  const std::string text = std::string(kPrefixes) + question.text + fmt::format(" LIMIT {}", rows);
  auto session = store.session();
  std::uint64_t found = 0;
  const auto ids_alone = [&] {
    const Timer timer;
    QueryContext context(database.snapshot(), QueryLimits{}, nullptr);
    const auto execution = execute(grammar::parse_query(text), context);
    found = 0;
    for (Batch batch; execution->next(batch);) found += batch.rows;
    return timer.seconds();
  };
  for (const Format format : {Format::tsv, Format::json}) {
    const Plain plain = plain_of(database, text, format);
    const auto ours = [&](std::ostream& out) { session.query(text).write(out, format); };
    const auto theirs = [&](std::ostream& out) { plain.write(out); };
    const Written a = written_by(ours, true);
    const Written b = written_by(theirs, true);
    if (a.bytes != b.bytes || a.sum != b.sum)
      throw std::runtime_error(question.name + ": the two texts differ");
    const auto times = rounds_of(rounds, {[&] { return written_by(ours).seconds; },
                                          [&] { return written_by(theirs).seconds; }, ids_alone});
    const double cells = static_cast<double>(plain.cells.size());
    fmt::print(
        "| {}, {} | {} rows, {:.0f} MB: {} ({} of them for the ids) | {} | {:.2f} | {:.0f} ns, {:.0f} ns a "
        "cell |\n",
        question.name, format_name(format), found, static_cast<double>(a.bytes) / 1e6, milliseconds(times[0]),
        milliseconds(times[2]), milliseconds(times[1]), times[0] / times[1], times[0] / cells * 1e9,
        times[1] / cells * 1e9);
    std::fflush(stdout);
  }
  std::uint64_t seen = 0;
  const auto by_batch = [&] {
    const Timer timer;
    Result result = session.query(text);
    for (auto piece = result.batch(2048); !piece.empty(); piece = result.batch(2048))
      for (const auto& row : piece)
        for (const auto& cell : row)
          if (cell) seen += look_at(*cell);
    return timer.seconds();
  };
  const auto by_row = [&] {
    const Timer timer;
    Result result = session.query(text);
    const std::size_t width = result.variables().size();
    while (result.next())
      for (std::size_t column = 0; column < width; ++column)
        if (const auto cell = result.get(column)) seen += look_at(*cell);
    return timer.seconds();
  };
  const auto by_view = [&] {
    const Timer timer;
    Result result = session.query(text);
    const std::size_t width = result.variables().size();
    while (result.next())
      for (std::size_t column = 0; column < width; ++column)
        if (const auto cell = result.view(column)) seen += cell->value.size() + cell->datatype.size();
    return timer.seconds();
  };
  const auto times = rounds_of(rounds, {by_batch, by_row, by_view});
  const auto each = [&](double seconds) { return seconds / static_cast<double>(found * 3) * 1e9; };
  fmt::print(
      "| {}, by the API | batch: {:.0f} ns a cell; next and get: {:.0f} ns; next and view: {:.0f} ns | | | "
      "|\n",
      question.name, each(times[0]), each(times[1]), each(times[2]));
  std::fflush(stdout);
  if (seen == 1) fmt::print(stderr, " ");  // the sum is used
}

std::uint64_t number_of(std::string_view text) {
  const std::uint64_t number = std::strtoull(text.data(), nullptr, 10);
  if (text.ends_with('K')) return number * 1000;
  if (text.ends_with('M')) return number * 1'000'000;
  return number;
}

std::size_t bytes_of(std::string_view text) {
  const std::size_t number = std::strtoull(text.data(), nullptr, 10);
  return text.ends_with('G') ? number << 30 : text.ends_with('M') ? number << 20 : number;
}

}  // namespace

int main(int argc, char** argv) {
  std::string size = "2M";
  std::string database;
  std::filesystem::path directory = "results.tmp";
  std::uint64_t rows = 1'000'000;
  int rounds = 7;
  OpenOptions options;
  options.read_only = true;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--size") size = argv[i + 1];
    if (option == "--db") database = argv[i + 1];
    if (option == "--directory") directory = argv[i + 1];
    if (option == "--rows") rows = number_of(argv[i + 1]);
    if (option == "--cache") options.cache_bytes = bytes_of(argv[i + 1]);
    if (option == "--rounds") rounds = std::atoi(argv[i + 1]);
  }
  if (argc % 2 == 0) {
    fmt::print(stderr,
               "usage: result_bench [--size 2M] [--rows 1M] [--rounds 7] [--cache 256M] [--db DIR] "
               "[--directory DIR]\n");
    return 2;
  }
  const bool made = database.empty();
  int code = 0;
  try {
    if (made) {
      std::filesystem::create_directories(directory);
      const std::string file = (directory / "graph.nt").string();
      run({DOSSIER_GENERATE, "--size", size, "--reification", "statement"}, file);
      database = (directory / "store").string();
      std::filesystem::remove_all(database);
      Store::open(database).load({file});
      std::filesystem::remove(file);
    }
    Store store = Store::open(database, options);
    const auto ids = Database::open(database, options);
    fmt::print("| query | answered and written | plain loop | ratio | each |\n|---|---|---|---|---|\n");
    for (const Question& question : kQuestions) measure(store, *ids, question, rows, rounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "result_bench: {}\n", error.what());
    code = 1;
  }
  std::error_code ignored;
  if (made) std::filesystem::remove_all(directory, ignored);
  return code;
}
