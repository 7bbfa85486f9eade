#include "tests/bench/compare_engine.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>

#include "engine/dossier.h"
#include "tests/bench/measure.h"
#include "tests/bench/row_sum.h"
#include "tests/pipe_program.h"

namespace dossier::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{75};  // with a peer that does not keep to the time limit
constexpr std::chrono::seconds kLoadPatience{3600};

// ---- Dossier

class InProcess final : public Engine {
 public:
  InProcess(const fs::path& directory, std::vector<JoinError>& errors)
      : directory_(directory), errors_(errors) {}

  Answer load(const fs::path& file) override {
    store_.reset();
    return load_with({DOSSIER_PROGRAM, "load", directory_.string(), file.string(), "--memory", "2G"});
  }
  Answer load_named(const fs::path& file, const std::string& graph) override {
    store_.reset();
    return load_with({DOSSIER_PROGRAM, "load", directory_.string(), file.string(), "--graph", graph});
  }
  Answer ask(const std::string& query, Look look) override {
    return timed([&](Answer& answer) {
      Result result = session().query(query, options());
      RowSum sum;
      if (result.kind() == Result::Kind::boolean) {
        sum.number(result.boolean() ? 1 : 0);
        sum.end_row();
      } else {
        const std::size_t width = result.variables().size();
        while (result.next()) {
          for (std::size_t column = 0; column < width; ++column) {
            const std::optional<TermView> term = result.view(column);
            if (look == Look::sum)
              cell(sum, term);
            else if (term)
              passed_ += term->value.size();
          }
          sum.end_row();
        }
      }
      answer.rows = sum.rows();
      answer.sum = sum.sum();
      if (look == Look::pass) return;
      if (const auto plan = result.plan())
        collect_errors(*plan, query.substr(query.find('\n') + 1, 40), errors_);
    });
  }
  Answer write(const std::string& query, const std::string& format) override {
    return timed([&](Answer& answer) {
      std::ofstream nowhere("/dev/null");
      answer.rows = session().query(query, options()).write(nowhere, *format_from_name(format));
    });
  }
  std::uint64_t peak_bytes() override { return peak_; }

 private:
  template <typename Work>
  static Answer timed(Work&& work) {
    Answer answer;
    const Timer timer;
    try {
      work(answer);
    } catch (const std::exception& error) {
      answer.failure = error.what();
    }
    answer.seconds = timer.seconds();
    return answer;
  }
  Answer load_with(const std::vector<std::string>& command) {
    return timed([&](Answer&) { peak_ = std::max<std::uint64_t>(peak_, run(command).peak_bytes); });
  }
  static QueryOptions options() {
    QueryOptions options;
    options.timeout = kQueryTimeout;
    options.memory_bytes = kQueryMemory;
    return options;
  }
  Session& session() {
    if (!store_) {
      OpenOptions options;
      options.cache_bytes = kQueryMemory / 2;
      options.adjacency_bytes = kQueryMemory / 4;
      store_.emplace(Store::open(directory_.string(), options));
      session_.emplace(store_->session());
    }
    return *session_;
  }
  static void cell(RowSum& sum, const std::optional<TermView>& term) {
    if (!term)
      sum.cell("");
    else if (term->kind == TermKind::blank)
      sum.cell("_");
    else if (term->kind == TermKind::literal)
      sum.literal(std::string(term->value));
    else
      sum.cell(term->value);
  }

  fs::path directory_;
  std::vector<JoinError>& errors_;
  std::optional<Store> store_;
  std::optional<Session> session_;
  std::uint64_t peak_ = 0;
  std::uint64_t passed_ = 0;  // so that what is passed is read
};

// ---- peers

class Peer final : public Engine {
 public:
  Peer(std::string name, std::vector<std::string> command, const fs::path& directory)
      : name_(std::move(name)), command_(std::move(command)), file_(directory / "query.txt") {
    command_.push_back(directory.string());
    start();
  }
  Answer load(const fs::path& file) override {
    return say("LOAD " + fs::absolute(file).string(), kLoadPatience);
  }
  Answer load_named(const fs::path& file, const std::string& graph) override {
    return say("NAMED " + graph + " " + fs::absolute(file).string(), kLoadPatience);
  }
  Answer ask(const std::string& query, Look look) override {
    return with_text(look == Look::sum ? "QUERY " : "TIME ", query);
  }
  Answer write(const std::string& query, const std::string& format) override {
    return with_text("WRITE " + format + " ", query);
  }
  double overhead() override {
    std::array<double, 21> seconds;
    for (double& each : seconds) each = say("EMPTY", kPatience).seconds;
    const auto middle = seconds.begin() + seconds.size() / 2;
    std::nth_element(seconds.begin(), middle, seconds.end());
    return *middle;
  }
  std::uint64_t peak_bytes() override { return say("MEMORY", kPatience).sum; }

 private:
  void start() { program_.emplace(command_); }
  Answer with_text(const std::string& verb, const std::string& text) {
    std::ofstream(file_) << text;
    return say(verb + fs::absolute(file_).string(), kPatience);
  }
  Answer say(const std::string& line, std::chrono::seconds patience) {
    Answer answer;
    std::string word;
    std::istringstream reply;
    try {
      program_->write(line + "\n");
      if (!program_->answers_within(patience)) {
        program_->kill();
        throw std::runtime_error(fmt::format("no answer in {} s", patience.count()));
      }
      reply.str(program_->read_line());
    } catch (const std::exception& error) {
      answer.failure = name_ + ": " + error.what();
      start();
      return answer;
    }
    reply >> word;
    if (word == "ok")
      reply >> answer.seconds >> answer.rows >> answer.sum;
    else
      std::getline(reply >> std::ws, answer.failure);
    return answer;
  }

  std::string name_;
  std::vector<std::string> command_;
  std::optional<test::PipeProgram> program_;
  fs::path file_;
};

}  // namespace

std::unique_ptr<Engine> make_dossier(const fs::path& directory, std::vector<JoinError>& errors) {
  return std::make_unique<InProcess>(directory, errors);
}

std::unique_ptr<Engine> make_peer(const std::string& name, std::vector<std::string> command,
                                  const fs::path& directory) {
  return std::make_unique<Peer>(name, std::move(command), directory);
}

}  // namespace dossier::bench
