// Help, the man page and the completion scripts say the same: every verb and flag that --help has.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/program.h"

namespace dossier::testing {
namespace {

std::string source(const std::string& name) {
  std::ifstream in(std::string(DOSSIER_SOURCE_DIR) + "/shell/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

// Of `dossier --help`: the lines of its list of verbs.
std::set<std::string> verbs() {
  const std::string help = run_program({"--help"}).out;
  std::set<std::string> found;
  std::istringstream lines(help.substr(help.find("Subcommands:")));
  std::string line;
  std::getline(lines, line);
  const std::regex verb("  ([a-z]+) .*");
  for (std::smatch match; std::getline(lines, line) && !line.empty();)
    if (std::regex_match(line, match, verb)) found.insert(match[1]);
  return found;
}

std::set<std::string> long_flags(const std::string& verb) {
  const std::string help = run_program(verb.empty() ? std::vector<std::string>{"--help"}
                                                    : std::vector<std::string>{verb, "--help"}).out;
  std::set<std::string> found;
  std::istringstream lines(help.substr(help.find("Options:")));
  const std::regex flag("  (?:-[a-z],)?(--[a-z-]+).*");
  std::string line;
  for (std::smatch match; std::getline(lines, line);)
    if (std::regex_match(line, match, flag)) found.insert(match[1]);
  return found;
}

std::string one_line(const std::set<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += word + " ";
  return line;
}

// What the script of bash offers behind these words.
std::set<std::string> bash_offers(const std::string& words) {
  TemporaryFolder folder;
  const std::string script = folder.file("try.bash", "cd " + folder.path().string() + "\nsource " + DOSSIER_SOURCE_DIR +
                                                         "/shell/dossier.bash\nCOMP_WORDS=(dossier " + words +
                                                         ")\nCOMP_CWORD=$((${#COMP_WORDS[@]}-1))\n_dossier\n"
                                                         "printf '%s\\n' \"${COMPREPLY[@]}\" > offers\n");
  EXPECT_EQ(std::system(("bash " + script + " 2> " + folder / "errors").c_str()), 0);
  std::ifstream offers(folder / "offers");
  std::set<std::string> found;
  for (std::string line; std::getline(offers, line);)
    if (!line.empty()) found.insert(line);
  return found;
}

TEST(HelpTest, VerbsAreKnown) {
  const std::set<std::string> all = verbs();
  EXPECT_GE(all.size(), 12u) << one_line(all);
  const std::string man = source("dossier.1");
  const std::string zsh = source("_dossier");
  for (const auto& verb : all) {
    EXPECT_NE(man.find("Ic " + verb + " "), std::string::npos) << verb;
    EXPECT_NE(zsh.find("'" + verb + ":"), std::string::npos) << verb;
  }
  const std::set<std::string> offered = bash_offers("''");
  for (const auto& verb : all) EXPECT_TRUE(offered.contains(verb)) << verb;
}

TEST(HelpTest, FlagsAreKnown) {
  const std::string man = source("dossier.1");
  const std::string zsh = source("_dossier");
  std::set<std::string> with_shell = verbs();
  with_shell.insert("");
  for (const auto& verb : with_shell) {
    const std::set<std::string> flags = long_flags(verb);
    EXPECT_TRUE(flags.contains("--help")) << verb;
    const std::set<std::string> offered = bash_offers(verb + " --");
    for (const auto& flag : flags) {
      EXPECT_TRUE(offered.contains(flag)) << verb << " " << flag << ": " << one_line(offered);
      EXPECT_TRUE(std::regex_search(man, std::regex("Fl -" + flag.substr(2) + "\\b"))) << flag;
      EXPECT_TRUE(std::regex_search(zsh, std::regex(flag + "\\b"))) << flag;
    }
  }
}

TEST(HelpTest, EveryVerbHasAnExample) {
  for (const auto& verb : verbs()) {
    const std::string help = run_program({verb, "--help"}).out;
    const std::size_t examples = help.find("\nExample");
    EXPECT_TRUE(examples != std::string::npos &&
                help.find("dossier " + verb + " ", examples) != std::string::npos)
        << help;
  }
}

TEST(HelpTest, BashOffersFormatsAndFiles) {
  EXPECT_TRUE(bash_offers("query db --format m").contains("markdown"));
  EXPECT_FALSE(bash_offers("dump db --format m").contains("markdown"));
  EXPECT_TRUE(bash_offers("load db tr").contains("try.bash")) << one_line(bash_offers("load db tr"));
  EXPECT_TRUE(bash_offers("lo").contains("load"));
}

// One screen, and each command explains itself with its name and an example.
TEST(HelpTest, CommandsOfTheShell) {
  const std::string help = run_program({"-c", ".help"}).out;
  EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 24) << help;
  std::istringstream lines(help);
  std::string script;
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80u) << line;
    std::istringstream words(line.starts_with("A query") ? "" : line);
    for (std::string word; words >> word;)
      if (word.size() > 1 && word[0] == '.' && std::isalpha(static_cast<unsigned char>(word[1]))) names.insert(word);
  }
  EXPECT_GE(names.size(), 20u) << help;
  for (const auto& name : names) {
    const Outcome outcome = run_program({"-c", ".help " + name});
    EXPECT_TRUE(outcome.code == 0 && outcome.out.starts_with(name)) << name << ": " << outcome.out;
    EXPECT_TRUE(std::regex_search(outcome.out, std::regex("\n  \\" + name + "( .*)?\n")))
        << name << " has no example:\n"
        << outcome.out;
    std::istringstream text(outcome.out);
    for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 110u) << name << ": " << line;
  }
}

}  // namespace
}  // namespace dossier::testing
