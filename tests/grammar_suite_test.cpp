// The syntax tests of the W3C suites, and every query and update of their evaluation tests, through the
// grammar alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/parse.h"

namespace {

namespace fs = std::filesystem;
using namespace dossier::grammar;

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Tokens of a manifest: IRIs with their brackets, strings, names, and one-character punctuation. All that a
// scan for the type and the file of each entry needs.
std::vector<std::string> manifest_tokens(std::string_view text) {
  std::vector<std::string> tokens;
  std::size_t i = 0;
  const auto take = [&](std::size_t end) {
    tokens.emplace_back(text.substr(i, end - i));
    i = end;
  };
  while (i < text.size()) {
    const char c = text[i];
    if (std::string_view(" \t\r\n").find(c) != std::string_view::npos) {
      ++i;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '<') {
      take(text.find('>', i) + 1);
    } else if (text.substr(i, 3) == "\"\"\"") {
      take(text.find("\"\"\"", i + 3) + 3);
    } else if (c == '"') {
      std::size_t end = i + 1;
      while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      take(end + 1);
    } else if (std::string_view("()[];,.").find(c) != std::string_view::npos) {
      take(i + 1);
    } else {
      std::size_t end = std::min(text.find_first_of(" \t\r\n<\"()[];,#", i), text.size());
      if (text[end - 1] == '.') --end;
      take(end);
    }
  }
  return tokens;
}

struct Entry {
  std::string type;  // without mf:
  fs::path file;
};

// The entries that the manifest lists, with the query or update file of each.
std::map<std::string, Entry> manifest_entries(const fs::path& manifest) {
  const std::vector<std::string> tokens = manifest_tokens(read_text(manifest));
  std::set<std::string> listed;
  std::map<std::string, Entry> entries;
  std::string subject;
  int depth = 0;
  bool in_entries = false;
  bool in_action = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token == "(" || token == "[") ++depth;
    if (token == ")" || token == "]") --depth;
    if (token == "." && depth == 0) {
      subject.clear();
      in_entries = in_action = false;
      continue;
    }
    if (subject.empty()) {
      subject = token;
      continue;
    }
    if (token == ";" && depth == 0) in_entries = in_action = false;
    if (token == "mf:entries") in_entries = true;
    if (token == "mf:action") in_action = true;
    if (in_entries && depth > 0 && token != "(") listed.insert(token);
    if (token.rfind("mf:", 0) == 0 && token.find("Test") != std::string::npos)
      entries[subject].type = token.substr(3);
    const std::string& before = tokens[i - 1];
    if (in_action && token.front() == '<' &&
        (before == "mf:action" || before == "qt:query" || before == "ut:request")) {
      entries[subject].file = manifest.parent_path() / token.substr(1, token.size() - 2);
    }
  }
  std::erase_if(entries, [&](const auto& entry) {
    return listed.count(entry.first) == 0 || entry.second.type.empty() || entry.second.file.empty();
  });
  return entries;
}

// Tests that this grammar decides otherwise on purpose: path under sparql/ -> the reason.
const std::map<std::string, std::string> kExceptions = {};

class GrammarSuite : public testing::TestWithParam<const char*> {};

TEST_P(GrammarSuite, DecidesEveryText) {
  const char* shared = std::getenv("DOSSIER_SHARED");
  const char* required = std::getenv("DOSSIER_REQUIRE_SUITES");
  const fs::path root = fs::path(shared != nullptr ? shared : "../shared") / "rdf-tests" / "sparql";
  if (!fs::exists(root)) {
    if (required != nullptr && std::string_view(required) == "1")
      FAIL() << "the W3C suites are missing: " << root;
    GTEST_SKIP() << "the W3C suites are not there: set DOSSIER_SHARED to a folder that holds rdf-tests";
  }
  std::vector<fs::path> manifests;
  for (const auto& file : fs::recursive_directory_iterator(root / GetParam())) {
    if (file.path().filename() == "manifest.ttl") manifests.push_back(file.path());
  }
  std::sort(manifests.begin(), manifests.end());
  std::size_t decided = 0;
  for (const fs::path& manifest : manifests) {
    for (const auto& [name, entry] : manifest_entries(manifest)) {
      const std::string extension = entry.file.extension();
      if (extension != ".rq" && extension != ".ru" && extension != ".sparql") continue;
      const std::string relative = fs::relative(entry.file, root).generic_string();
      const bool negative = entry.type.find("Negative") != std::string::npos;
      const bool update = entry.type.find("Update") != std::string::npos || extension == ".ru";
      ParseOptions options;
      options.base = "http://example.org/" + relative;
      const std::string text = read_text(entry.file);
      std::string error;
      try {
        if (update) {
          parse_update(text, options);
        } else {
          parse_query(text, options);
        }
      } catch (const SyntaxError& problem) {
        error = problem.what();
      }
      ++decided;
      const bool excepted = kExceptions.count(relative) != 0;
      if (negative != excepted) {
        EXPECT_FALSE(error.empty()) << relative << " " << name << " should be refused:\n" << text;
      } else {
        EXPECT_TRUE(error.empty()) << relative << " " << name << " should be read: " << error << "\n" << text;
      }
    }
  }
  RecordProperty("decided", static_cast<int>(decided));
  const std::map<std::string_view, std::size_t> kDecided = {
      {"sparql10", 482}, {"sparql11", 575}, {"sparql12", 269}};
  EXPECT_EQ(decided, kDecided.at(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(W3c, GrammarSuite, testing::Values("sparql10", "sparql11", "sparql12"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
