// The W3C suites and that of SPARQL-CDTs: every test that a manifest below DOSSIER_SHARED/rdf-tests or
// DOSSIER_SHARED/sparql-cdts-tests lists is a GoogleTest test of its own name, `FOLDER.NAME` with `-` as `_`;
// at the end stands a table, a line a folder (--table=FILE writes it there too). What is not run or may fail
// stands in w3c/exceptions.txt, how many tests a folder lists in w3c/folders.txt.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/w3c/exceptions.h"
#include "tests/w3c/manifest.h"
#include "tests/w3c/runner.h"

namespace dossier::w3c {
namespace {

struct KnownSuite {
  Suite suite;
  std::string name;
  std::string source;                 // how to get it
  std::vector<std::string> prefixes;  // what its folders begin with
};

std::vector<KnownSuite> known_suites() {
  const char* shared = std::getenv("DOSSIER_SHARED");
  const fs::path folder(shared != nullptr && *shared != '\0' ? shared : DOSSIER_SOURCE_DIR "/../shared");
  const std::string cdts = "https://awslabs.github.io/SPARQL-CDTs/tests/";
  return {{Suite(folder / "rdf-tests"),
           "W3C",
           "clone https://github.com/w3c/rdf-tests into FOLDER/rdf-tests",
           {"rdf/", "sparql/"}},
          {Suite(folder / "sparql-cdts-tests", cdts, "sparql-cdts/"),
           "SPARQL-CDTs",
           "copy the folder tests of https://github.com/awslabs/SPARQL-CDTs to FOLDER/sparql-cdts-tests",
           {"sparql-cdts/"}}};
}

bool must_be_there() {
  const char* required = std::getenv("DOSSIER_REQUIRE_SUITES");
  return required != nullptr && std::string(required) == "1";
}

class SuiteTest : public testing::Test {
 public:
  SuiteTest(const W3cTest& test, const Exception* exception) : test_(test), exception_(exception) {}

  void TestBody() override {
    // What its makers took back or never agreed on is not run, or at least said so.
    static const std::set<std::string> kNoStandard = {"Withdrawn",  "Rejected",      "Obsolete",
                                                      "Deprecated", "NotClassified", "NotApproved"};
    if (kNoStandard.count(test_.approval) != 0) {
      ASSERT_NE(exception_, nullptr) << "the manifest marks it " << test_.approval
                                     << "; say so in exceptions.txt";
    }
    if (exception_ != nullptr && exception_->kind == Exception::Kind::not_run)
      GTEST_SKIP() << "not run: " << exception_->reason;
    const std::string problem = run(test_);
    if (exception_ == nullptr) {
      EXPECT_TRUE(problem.empty()) << test_.id() << " (" << test_.title << ")\n" << problem;
    } else if (problem.empty()) {
      ADD_FAILURE() << test_.id() << " passes now; take it out of exceptions.txt";
    } else {
      GTEST_SKIP() << "open: " << exception_->reason;
    }
  }

 private:
  const W3cTest& test_;
  const Exception* exception_;
};

class FoldersTest : public testing::Test {
 public:
  // `prefixes`: of the folders of the suites that are there.
  FoldersTest(std::map<std::string, std::size_t> found, std::set<std::string> unused,
              std::vector<std::string> prefixes)
      : found_(std::move(found)), unused_(std::move(unused)), prefixes_(std::move(prefixes)) {}

  void TestBody() override {
    auto expected = read_folders(read_file(DOSSIER_SOURCE_DIR "/tests/w3c/folders.txt"));
    std::erase_if(expected, [this](const auto& folder) { return is_missing(folder.first); });
    std::erase_if(unused_, [this](const std::string& id) { return is_missing(id); });
    EXPECT_EQ(found_, expected) << "the manifests list other tests than folders.txt says";
    EXPECT_EQ(unused_, std::set<std::string>()) << "exceptions.txt names tests that are not there";
  }

 private:
  bool is_missing(const std::string& folder) const {
    return std::none_of(prefixes_.begin(), prefixes_.end(),
                        [&](const std::string& prefix) { return folder.starts_with(prefix); });
  }

  std::map<std::string, std::size_t> found_;
  std::set<std::string> unused_;
  std::vector<std::string> prefixes_;
};

class MissingTest : public testing::Test {
 public:
  explicit MissingTest(KnownSuite missing) : missing_(std::move(missing)) {}
  void TestBody() override {
    const std::string how = "the " + missing_.name + " suite is not in " + missing_.suite.root.string() +
                            ": " + missing_.source + " and set DOSSIER_SHARED=FOLDER";
    if (must_be_there()) FAIL() << how;
    GTEST_SKIP() << how;
  }

 private:
  KnownSuite missing_;
};

template <typename Make>
void register_test(const std::string& suite, const std::string& name, Make make) {
  testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__, std::move(make));
}

// `-` would begin the negative part of a --gtest_filter, `.` parts folder and name.
std::string plain(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '.' || c == ':'; }, '_');
  return name;
}

void register_suites(const std::vector<W3cTest>& tests, const Exceptions& exceptions,
                     const std::vector<std::string>& prefixes) {
  std::map<std::string, std::size_t> folders;
  for (const W3cTest& test : tests) {
    ++folders[test.folder];
    const Exception* exception = exceptions.find(test.id());
    register_test(plain(test.folder), plain(test.name),
                  [&test, exception]() -> testing::Test* { return new SuiteTest(test, exception); });
  }
  register_test("Suites", "FoldersAndExceptions",
                [folders, unused = exceptions.unused(), prefixes]() -> testing::Test* {
                  return new FoldersTest(folders, unused, prefixes);
                });
}

// A line a folder of those that ran.
std::string table(const std::vector<W3cTest>& tests, const Exceptions& exceptions) {
  struct Line {
    int total = 0, passed = 0, skipped = 0, failed = 0;
  };
  std::map<std::string, Line> lines;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    if (suite.test_to_run_count() == 0) continue;
    lines[suite.name()] = {suite.test_to_run_count(), suite.successful_test_count(),
                           suite.skipped_test_count(), suite.failed_test_count()};
  }
  std::map<std::string, std::map<std::string, int>> reasons;
  std::map<std::string, std::string> folders;
  for (const W3cTest& test : tests) {
    folders[plain(test.folder)] = test.folder;
    if (const Exception* exception = exceptions.find(test.id())) ++reasons[test.folder][exception->reason];
  }
  std::ostringstream out;
  out << "  tests    run passed failed skipped  folder\n";
  Line sum;
  const auto add = [&out](const Line& line, const std::string& name) {
    char text[64];
    std::snprintf(text, sizeof text, "%7d %6d %6d %6d %7d  ", line.total, line.total - line.skipped,
                  line.passed, line.failed, line.skipped);
    out << text << name << "\n";
  };
  for (const auto& [suite, folder] : folders) {
    const auto at = lines.find(suite);
    if (at == lines.end()) continue;
    const Line& line = at->second;
    sum = {sum.total + line.total, sum.passed + line.passed, sum.skipped + line.skipped,
           sum.failed + line.failed};
    add(line, folder);
    if (line.skipped > 0)
      for (const auto& [reason, count] : reasons[folder])
        out << "                                        " << count << ": " << reason << "\n";
  }
  add(sum, "all");
  return out.str();
}

}  // namespace
}  // namespace dossier::w3c

int main(int argc, char** argv) {
  using namespace dossier::w3c;
  testing::InitGoogleTest(&argc, argv);
  std::vector<W3cTest> tests;
  const Exceptions exceptions(read_file(DOSSIER_SOURCE_DIR "/tests/w3c/exceptions.txt"));
  std::vector<std::string> prefixes;
  for (const KnownSuite& known : known_suites()) {
    if (fs::exists(known.suite.root)) {
      for (W3cTest& test : read_suite(known.suite)) tests.push_back(std::move(test));
      for (const std::string& prefix : known.prefixes) prefixes.push_back(prefix);
    } else {
      register_test("Suites", plain(known.name) + "IsThere",
                    [known]() -> testing::Test* { return new MissingTest(known); });
    }
  }
  if (!tests.empty()) register_suites(tests, exceptions, prefixes);
  const int status = RUN_ALL_TESTS();
  const std::string text = tests.empty() ? "" : table(tests, exceptions);
  std::cout << text;
  for (int i = 1; i < argc; ++i)
    if (const std::string argument = argv[i]; argument.starts_with("--table="))
      std::ofstream(argument.substr(8)) << text;
  return status;
}
