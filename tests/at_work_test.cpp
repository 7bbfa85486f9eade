// A query that is past its time says what it was at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/dossier.h"

namespace dossier {
namespace {

std::string report(Session& session, const std::string& query, bool boolean = false) {
  QueryOptions options;
  options.timeout = std::chrono::milliseconds(50);
  try {
    Result result = session.query(query, options);
    if (boolean) {
      result.boolean();
    } else {
      while (result.next()) {
      }
    }
  } catch (const LimitError& error) {
    EXPECT_EQ(error.reason(), LimitError::Reason::timeout);
    return error.what();
  }
  return {};
}

TEST(AtWork, IsTheInnermostOperatorThatWasStopped) {
  Store store = Store::open(":memory:");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "<http://e/s> <http://e/p> " + std::to_string(i) + " .\n";
  store.load_text(text, Format::ttl);
  Session session = store.session();
  const std::string product = "{ ?s ?p ?a . ?t ?q ?b . ?u ?r ?c . ?v ?w ?d FILTER(?a + ?b + ?c + ?d < 0) }";
  using ::testing::AllOf;
  using ::testing::HasSubstr;
  EXPECT_THAT(report(session, "SELECT * " + product),
              AllOf(HasSubstr("\nat work: "), HasSubstr(" rows so far")));
  EXPECT_THAT(report(session, "ASK " + product, true), HasSubstr("\nat work: "));
  EXPECT_THAT(report(session, "SELECT (COUNT(*) AS ?n) " + product),
              ::testing::Not(HasSubstr("at work: project")))
      << "not the outermost";
}

}  // namespace
}  // namespace dossier
