// data/hyesan.ttl and data/questions: every question is answered in full through the public API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/dossier.h"

namespace {

using dossier::Result;
using dossier::Session;
using dossier::Store;
using dossier::Term;
using testing::ElementsAre;
using testing::SizeIs;

using Rows = std::vector<std::vector<std::string>>;

std::filesystem::path data_folder() {
  return std::filesystem::path(DOSSIER_SOURCE_DIR) / "data";
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

// A term as the questions would write it; "" when unbound.
std::string shortened(const std::optional<Term>& term) {
  if (!term) return "";
  std::string text = term->to_string();
  static const std::pair<std::string, std::string> kNamespaces[] = {
      {"https://dossier.example/hyesan/", ":"},
      {"https://dossier.example/vocabulary#", "v:"},
      {"http://www.w3.org/2001/XMLSchema#", "xsd:"}};
  for (const auto& [iri, prefix] : kNamespaces) {
    const std::size_t at = text.find('<' + iri);
    if (at == std::string::npos) continue;
    text.erase(text.find('>', at), 1);
    text.replace(at, iri.size() + 1, prefix);
  }
  return text;
}

Rows rows(Result result) {
  Rows all;
  while (result.next()) {
    std::vector<std::string>& row = all.emplace_back();
    for (std::size_t i = 0; i < result.variables().size(); ++i) row.push_back(shortened(result.get(i)));
  }
  return all;
}

class Sample : public testing::Test {
 protected:
  Rows ask(const std::string& question) {
    return rows(session_.query(read_file(data_folder() / "questions" / question)));
  }
  // The table without its head.
  std::string drawn(const std::string& question) {
    std::ostringstream out;
    session_.query(read_file(data_folder() / "questions" / question)).write(out, dossier::Format::table);
    std::string text = out.str();
    for (int line = 0; line < 2; ++line) text.erase(0, text.find('\n') + 1);
    return text;
  }

  Store store_ = [] {
    Store store = Store::open(":memory:");
    store.load({(data_folder() / "hyesan.ttl").string()});
    return store;
  }();
  Session session_ = store_.session();
};

TEST_F(Sample, Appointments) {
  EXPECT_THAT(ask("1-appointments.rq"),
              ElementsAre(ElementsAre(":chen-yuhuang", ":head-of-jilin-police", "\"--06-13\"^^xsd:gMonthDay",
                                      ":standing-committee", ":daily-nk", ":report"),
                          ElementsAre(":chen-yuhuang", ":head-of-jilin-police", "\"2025-06-13\"^^xsd:date",
                                      ":standing-committee", ":editor", ":report")));
}

TEST_F(Sample, HeadOnADate) {
  EXPECT_THAT(ask("2-head-on-a-date.rq"),
              ElementsAre(ElementsAre(":chen-yuhuang", "\"2025-06-13\"^^xsd:date", ":editor",
                                      "\"--06-13\"^^xsd:gMonthDay", ":daily-nk")));
}

TEST_F(Sample, NobodyIsKnownToHeadThePoliceBefore) {
  std::string question = read_file(data_folder() / "questions/2-head-on-a-date.rq");
  question.replace(question.find("\"2025-07-01\""), 12, "\"2025-06-12\"");
  EXPECT_THAT(rows(session_.query(question)), SizeIs(0));
}

TEST_F(Sample, Connection) {
  EXPECT_EQ(drawn("3-connection.rq"),
            ":chen-yuhuang ←v:orderedBy─ :crackdown  [date --05, saidBy :source-in-china, source :report]\n"
            ":crackdown ←v:consequenceOf─ :suspension  [date more than a month@en, saidBy :daily-nk, source "
            ":report]\n"
            ":suspension ─v:suspends→ :smuggling-at-hyesan  [date more than a month@en, saidBy :daily-nk, "
            "source :report]\n");
}

TEST_F(Sample, AShorterConnectionIsPreferred) {
  session_.update(
      R"(PREFIX : <https://dossier.example/hyesan/> PREFIX v: <https://dossier.example/vocabulary#>
    INSERT DATA { << :chen-yuhuang v:banned :smuggling-at-hyesan >> v:saidBy :editor ; v:source :report ; v:on '2025-07' })");
  EXPECT_EQ(
      drawn("3-connection.rq"),
      ":chen-yuhuang ─v:banned→ :smuggling-at-hyesan  [date 2025-07, saidBy :editor, source :report]\n");
}

TEST_F(Sample, UnnamedSources) {
  EXPECT_THAT(
      ask("4-unnamed-sources.rq"),
      ElementsAre(
          ElementsAre(":smugglers-in-china", ":resumption", "v:ends", ":suspension"),
          ElementsAre(":source-in-china", ":crackdown", "v:orderedBy", ":chen-yuhuang"),
          ElementsAre(":source-in-china", ":jilin-border", "v:state",
                      "\"control had become relaxed before\"@en"),
          ElementsAre(":source-in-china", ":leadership-change", "v:intensified", ":crackdown"),
          ElementsAre(":source-in-china", ":reinforcement", "v:orderedBy", ":chen-yuhuang"),
          ElementsAre(":source-in-ryanggang", ":price-disorder", "v:at", ":ryanggang"),
          ElementsAre(":source-in-ryanggang", ":price-disorder", "v:consequenceOf", ":suspension"),
          ElementsAre(":source-in-ryanggang", ":state-smuggling", "v:state",
                      "\"preparations for receiving and sending goods are finished\"@en"),
          ElementsAre(":source-in-ryanggang", ":state-smuggling-restart", "v:restarts", ":state-smuggling")));
}

TEST_F(Sample, InsideJilin) {
  EXPECT_THAT(ask("5-inside-jilin.rq"),
              ElementsAre(ElementsAre(":changbai", ":crackdown", ":daily-nk", ""),
                          ElementsAre(":hyesan-changbai-border", "", "", ""),
                          ElementsAre(":jilin-border", ":crackdown", ":daily-nk", "\"--05\"^^xsd:gMonth"),
                          ElementsAre(":jilin-border", ":reinforcement", ":daily-nk", "")));
}

TEST_F(Sample, WhatFollowed) {
  EXPECT_THAT(
      ask("6-what-followed.rq"),
      ElementsAre(ElementsAre(":suspension", ":crackdown", "\"reported\"", ":daily-nk"),
                  ElementsAre(":price-disorder", ":suspension", "\"claimed\"", ":source-in-ryanggang")));
}

// Claims that are only recorded are not facts of the graph.
TEST_F(Sample, ClaimsAreNotAsserted) {
  const char* kPrefixes =
      "PREFIX : <https://dossier.example/hyesan/> PREFIX v: <https://dossier.example/vocabulary#> ";
  EXPECT_FALSE(
      session_.query(std::string(kPrefixes) + "ASK { :crackdown v:orderedBy :chen-yuhuang }").boolean());
  EXPECT_TRUE(
      session_
          .query(std::string(kPrefixes) + "ASK { << :crackdown v:orderedBy :chen-yuhuang >> v:saidBy ?who }")
          .boolean());
  EXPECT_TRUE(
      session_.query(std::string(kPrefixes) + "ASK { :suspension v:consequenceOf :crackdown }").boolean());
}

TEST_F(Sample, EveryReifiedFactHasSomebodyWhoSaysItAndASource) {
  EXPECT_THAT(rows(session_.query(R"(PREFIX v: <https://dossier.example/vocabulary#>
    PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
    SELECT ?fact { ?claim rdf:reifies ?fact
      FILTER (NOT EXISTS { ?claim v:saidBy ?who } || NOT EXISTS { ?claim v:source ?source }) })")),
              SizeIs(0));
}

// The report gives no spelling of the name in Chinese characters, so the graph gives none.
TEST_F(Sample, NamesAreAsReported) {
  EXPECT_THAT(rows(session_.query(R"(PREFIX : <https://dossier.example/hyesan/>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?name { :chen-yuhuang rdfs:label ?name })")),
              ElementsAre(ElementsAre("\"Chen Yuhuang\"@en")));
}

// The same answers from the graph written and read again.
TEST_F(Sample, SurvivesDumpAndLoad) {
  std::ostringstream dumped;
  store_.dump(dumped, dossier::Format::ttl);
  Store again = Store::open(":memory:");
  again.load_text(dumped.str(), dossier::Format::ttl);
  Session session = again.session();
  for (const auto& file : std::filesystem::directory_iterator(data_folder() / "questions")) {
    const std::string question = read_file(file.path());
    EXPECT_EQ(rows(session.query(question)), rows(session_.query(question))) << file.path();
  }
}

}  // namespace
