// data/generate: the same bytes everywhere, and a graph of the shape that its head comment promises.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

// Runs the generator and hands on what it writes, piece by piece.
void generate(const std::string& arguments, const std::function<void(std::string_view)>& take) {
  const std::string command = std::string(DOSSIER_GENERATE) + " " + arguments;
  std::FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::vector<char> buffer(1 << 16);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    take({buffer.data(), got});
  ASSERT_EQ(pclose(pipe), 0) << command;
}

std::string sha256(const std::string& arguments) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  generate(arguments,
           [&](std::string_view piece) { EVP_DigestUpdate(context.get(), piece.data(), piece.size()); });
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(context.get(), digest, &length);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    static constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

struct Triple {
  std::string subject;
  std::string predicate;
  std::string object;
};

std::vector<Triple> triples(const std::string& arguments) {
  std::string text;
  generate(arguments, [&](std::string_view piece) { text += piece; });
  std::vector<Triple> result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find(" .\n", at);
    EXPECT_NE(end, std::string::npos);
    const std::size_t first = text.find(' ', at);
    const std::size_t second = text.find(' ', first + 1);
    result.push_back({text.substr(at, first - at), text.substr(first + 1, second - first - 1),
                      text.substr(second + 1, end - second - 1)});
    at = end + 3;
  }
  return result;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The exponent of a power law, from the values of at least `least` (Clauset, Shalizi and Newman 2009,
// equation 3.7).
double exponent(const std::vector<double>& values, double least) {
  double sum = 0;
  double count = 0;
  for (const double value : values)
    if (value >= least) {
      sum += std::log(value / (least - 0.5));
      ++count;
    }
  return 1 + count / sum;
}

TEST(Generate, WritesTheSameBytesEverywhere) {
  EXPECT_EQ(sha256("--size 1M --seed 1"), "6b2938e16d335e95689ac1d193d469a5aaae2d39921b9168a55354104f6ed345");
  EXPECT_EQ(sha256("--size 1M --seed 1 --reification statement"),
            "09af479c7510907e747ae2d1c06694cf20f58dbcadad79d230f0f386becbc293");
}

TEST(Generate, AnotherSeedGivesAnotherGraph) {
  EXPECT_NE(sha256("--size 10K --seed 1"), sha256("--size 10K --seed 2"));
  EXPECT_EQ(sha256("--size 10K --seed 2"), sha256("--size 10K --seed 2 --reification rdf12"));
}

TEST(Generate, TellsWrongArguments) {
  for (const char* wrong :
       {"--size", "--size x", "--size 0", "--size 99999999G", "--reification star", "--colour"}) {
    const std::string command = std::string(DOSSIER_GENERATE) + " " + wrong + " >/dev/null 2>&1";
    const int status = std::system(command.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 2) << wrong;
  }
}

TEST(Generate, HasAboutTheSizeAskedFor) {
  for (const auto& [argument, size] : {std::pair{"10K", 1e4}, std::pair{"200K", 2e5}})
    EXPECT_NEAR(static_cast<double>(triples(std::string("--size ") + argument).size()), size, size * 0.06);
}

class GenerateShape : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Reifications, GenerateShape, testing::Values("rdf12", "statement"));

TEST_P(GenerateShape, LooksLikeACollectedGraph) {
  const std::vector<Triple> graph = triples(std::string("--size 300K --seed 5 --reification ") + GetParam());
  std::unordered_map<std::string, int> reifiers;  // bit 0: reifies, 1: has a date, 2: has a source
  std::unordered_map<std::string, double> degree;
  std::unordered_set<std::string> terms;
  std::unordered_map<std::string, int> languages;
  std::vector<double> words;
  double iri_bytes = 0, iris = 0;
  for (const Triple& triple : graph) {
    for (const std::string* term : {&triple.subject, &triple.predicate, &triple.object}) {
      if (!term->starts_with("<<")) terms.insert(*term);  // triple terms are not counted: stricter
      if (!term->starts_with("<") || term->starts_with("<<")) continue;
      iri_bytes += static_cast<double>(term->size() - 2);
      ++iris;
    }
    if (ends_with(triple.predicate, "#reifies>") || ends_with(triple.object, "#Statement>"))
      reifiers[triple.subject] |= 1;
    if (ends_with(triple.predicate, "#appointedOn>")) reifiers[triple.subject] |= 2;
    if (ends_with(triple.predicate, "#accordingToSource>")) reifiers[triple.subject] |= 4;
    if (ends_with(triple.predicate, "#isAcquaintedWith>")) {
      ++degree[triple.subject];
      ++degree[triple.object];
    }
    if (ends_with(triple.predicate, "#textOfDocument>"))
      words.push_back(static_cast<double>(triple.object.size()));
    const std::size_t tag = triple.object.rfind("\"@");
    if (tag != std::string::npos) ++languages[triple.object.substr(tag + 2)];
  }
  const auto size = static_cast<double>(graph.size());

  EXPECT_GE(iri_bytes / iris, 45);
  EXPECT_GE(static_cast<double>(terms.size()) / size, 0.25);

  double about_reifiers = 0;
  for (const auto& [reifier, has] : reifiers) EXPECT_EQ(has, 7) << reifier;
  for (const Triple& triple : graph)
    if (reifiers.contains(triple.subject)) ++about_reifiers;
  EXPECT_GE(about_reifiers / size, 0.1);

  std::vector<double> degrees;
  for (const auto& [person, count] : degree) degrees.push_back(count);
  EXPECT_NEAR(exponent(degrees, 10), 2.1, 0.1);

  // Texts: half are short, a few are long (P(length > x) falls as 1 / x).
  std::sort(words.begin(), words.end());
  ASSERT_GT(words.size(), 1000u);
  EXPECT_GT(words[words.size() * 99 / 100], 15 * words[words.size() / 2]);

  for (const char* tag : {"en", "zh", "zh-Latn", "ko", "ko-Latn", "ru", "ru-Latn", "ar", "ar-Latn"})
    EXPECT_GT(languages[tag], 500) << tag;
}

TEST(Generate, BothReificationsTellTheSameFacts) {
  const auto plain = [](const std::vector<Triple>& graph) {
    std::unordered_set<std::string> lines;
    for (const Triple& triple : graph)
      if (!triple.object.starts_with("<<") &&
          !triple.predicate.starts_with("<http://www.w3.org/1999/02/22-rdf-syntax-ns#"))
        lines.insert(triple.subject + ' ' + triple.predicate + ' ' + triple.object);
    return lines;
  };
  const std::vector<Triple> reified = triples("--size 50K");
  const std::vector<Triple> stated = triples("--size 50K --reification statement");
  EXPECT_EQ(plain(reified), plain(stated));

  // What a reifier reifies is what the rdf:Statement of the same name says.
  std::unordered_map<std::string, std::string> claims;
  for (const Triple& triple : stated) {
    if (ends_with(triple.predicate, "ns#subject>")) claims[triple.subject] = "<<( " + triple.object;
    if (ends_with(triple.predicate, "ns#predicate>")) claims[triple.subject] += ' ' + triple.object;
    if (ends_with(triple.predicate, "ns#object>")) claims[triple.subject] += ' ' + triple.object + " )>>";
  }
  std::size_t reifies = 0;
  for (const Triple& triple : reified)
    if (ends_with(triple.predicate, "#reifies>")) {
      ++reifies;
      EXPECT_EQ(claims[triple.subject], triple.object);
    }
  EXPECT_EQ(reifies, claims.size());
}

}  // namespace
