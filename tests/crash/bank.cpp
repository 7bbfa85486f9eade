#include "tests/crash/bank.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

namespace dossier::test {
namespace {

constexpr std::string_view kBank = "http://bank.example/";

std::string account(int number) {
  return fmt::format("account-{}", number);
}
// An account's balance stands in the graph of its branch; branch 0 is the default graph.
int branch(int number) {
  return number % 4;
}
std::string in_branch(int number, const std::string& pattern) {
  return branch(number) == 0 ? pattern : fmt::format("GRAPH :branch-{} {{ {} }}", branch(number), pattern);
}
std::optional<Term> branch_graph(int number) {
  if (branch(number) == 0) return std::nullopt;
  return bank_term(fmt::format("branch-{}", branch(number)));
}

struct Transfer {
  int from;
  int to;
  int amount;
};
Transfer random_transfer(Random& random) {
  const int from = static_cast<int>(random() % kAccounts);
  const int to = (from + 1 + static_cast<int>(random() % (kAccounts - 1))) % kAccounts;
  return {from, to, 1 + static_cast<int>(random() % 50)};
}

std::int64_t only_integer(Session& session, const std::string& query) {
  Result result = session.query(with_prefixes(query));
  if (!result.next()) throw std::runtime_error("no answer to " + query);
  const std::int64_t value = result.get(0).value().as_integer().value();
  if (result.next()) throw std::runtime_error("several answers to " + query);
  return value;
}

// The quads of a transfer but for the balances.
std::vector<Quad> records(const Transfer& transfer, std::int64_t number) {
  const Term record = bank_term(fmt::format("transfer-{}", number));
  const Term note = bank_term(fmt::format("note-{}", number));
  const Term amount = Term::integer(transfer.amount);
  const Term from = bank_term(account(transfer.from));
  const Term to = bank_term(account(transfer.to));
  return {{record, bank_term("amount"), amount, {}},
          {record, bank_term("from"), from, {}},
          {record, bank_term("to"), to, {}},
          {record, bank_term("booked"), amount, bank_term("ledger-a")},
          {record, bank_term("booked"), amount, bank_term("ledger-b")},
          {note, bank_term("about"), record, {}},
          {note,
           Term::iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies"),
           Term::triple(from, bank_term("paid"), to),
           {}}};
}

template <std::size_t size>
std::string one_of(Random& random, const std::array<const char*, size>& texts) {
  return texts[random() % size];
}

}  // namespace

Term bank_term(const std::string& name) {
  return Term::iri(std::string(kBank) + name);
}

std::string with_prefixes(const std::string& text) {
  return fmt::format(
      "PREFIX : <{}> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
      "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> {}",
      kBank, text);
}

void open_accounts(Session& session) {
  std::vector<Quad> quads;
  for (int i = 0; i < kAccounts; ++i)
    quads.push_back({bank_term(account(i)), bank_term("balance"), Term::integer(kBalance), branch_graph(i)});
  quads.push_back({bank_term("bank"), bank_term("counter"), Term::integer(0), {}});
  quads.push_back({bank_term("bank"), bank_term("archived"), Term::integer(0), {}});
  session.insert(quads);
}

// ---- audits

std::string audit_query(Random& random) {
  const auto balances = one_of<4>(
      random, {"{ ?account :balance ?balance } UNION { GRAPH ?branch { ?account :balance ?balance } }",
               "{ ?account :balance ?balance FILTER (?balance > -1000000) } UNION "
               "{ GRAPH ?branch { ?account :balance ?balance FILTER (?balance > -1000000) } }",
               "{ ?account ?is ?balance FILTER (?is = :balance) } UNION "
               "{ GRAPH ?branch { ?account ?is ?balance FILTER (sameTerm(?is, :balance)) } }",
               "{ ?account :balance ?balance } UNION { VALUES ?branch { :branch-1 :branch-2 :branch-3 } "
               "GRAPH ?branch { ?account :balance ?balance } }"});
  const auto transfers =
      one_of<4>(random, {"?transfer :amount ?amount", "?transfer :from ?from ; :to ?to ; :amount ?amount",
                         "?transfer :amount ?amount FILTER (?amount >= 1 && ?amount <= 50)",
                         "?transfer ?is ?amount FILTER (?is = :amount)"});
  const auto notes =
      one_of<3>(random, {"?note rdf:reifies <<( ?from :paid ?to )>>",
                         "?note rdf:reifies ?triple ; :about ?transfer", "?note :about ?transfer"});
  const auto ledger =
      one_of<3>(random, {"GRAPH :ledger-a { ?transfer :booked ?amount }",
                         "GRAPH ?ledger { ?transfer :booked ?amount } FILTER (?ledger = :ledger-a)",
                         "GRAPH :ledger-a { ?transfer ?is ?amount }"});
  const auto other_ledger =
      one_of<2>(random, {"GRAPH :ledger-b { ?transfer :booked ?amount }",
                         "?transfer :from ?from GRAPH :ledger-b { ?transfer :booked ?amount }"});
  const auto arrived = one_of<2>(random, {"?item :arrived ?place", "?item :batch ?batch ; :arrived ?place"});
  const auto counted = [](const char* name, const std::string& pattern) {
    return fmt::format("{{ SELECT (COUNT(*) AS ?{}) {{ {} }} }}\n", name, pattern);
  };
  return with_prefixes(
      "SELECT * {\n"
      "{ SELECT (COUNT(*) AS ?accounts) (SUM(?balance) AS ?sum) { " +
      balances +
      " } }\n"
      "{ SELECT (COUNT(*) AS ?counters) (SUM(?n) AS ?counter) { :bank :counter ?n } }\n"
      "{ SELECT (SUM(?n) AS ?archived) { :bank :archived ?n } }\n" +
      counted("transfers", transfers) + counted("notes", notes) + counted("ledger_a", ledger) +
      counted("ledger_b", other_ledger) + counted("arrived", arrived) +
      counted("arrived_a", "GRAPH :incoming-a { ?item :arrived ?place }") +
      counted("arrived_b", "GRAPH :incoming-b { ?item ?is ?place }") +
      counted("ghosts", "{ :ghost ?p ?o } UNION { GRAPH ?g { :ghost ?p ?o } }") + "}");
}

Audit read_audit(Result& result) {
  Audit audit;
  if (!result.next()) return audit;
  for (std::size_t i = 0; i < result.variables().size(); ++i)
    audit[result.variables()[i]] = result.get(i).value().as_integer().value();
  if (result.next()) audit.clear();
  return audit;
}

std::string complaint(const Audit& audit) {
  if (audit.empty()) return "the audit has not one row";
  std::string numbers;
  for (const auto& [name, value] : audit) numbers += fmt::format(" {}={}", name, value);
  const auto wrong = [&](const std::string& what) { return what + ":" + numbers; };
  if (audit.at("accounts") != kAccounts || audit.at("sum") != kAccounts * kBalance)
    return wrong("money was made or lost");
  if (audit.at("counters") != 1) return wrong("there is not one counter");
  for (const char* name : {"transfers", "notes", "ledger_a", "ledger_b"})
    if (audit.at(name) + audit.at("archived") != audit.at("counter"))
      return wrong(std::string(name) + " and archived are not counter");
  if (audit.at("arrived") != audit.at("arrived_a") || audit.at("arrived") != audit.at("arrived_b"))
    return wrong("half of a load");
  if (audit.at("ghosts") != 0) return wrong("a ghost");
  return "";
}

// ---- work

void transfer_by_quads(Session& session, Random& random) {
  const Transfer transfer = random_transfer(random);
  session.begin();
  const std::int64_t counter = only_integer(session, "SELECT ?n { :bank :counter ?n }");
  const auto move = [&](int number, int change) {
    QuadPattern pattern;
    pattern.subject = bank_term(account(number));
    pattern.predicate = bank_term("balance");
    pattern.any_graph = true;
    QuadCursor cursor = session.match(pattern);
    if (!cursor.next()) throw std::runtime_error("an account has no balance");
    Quad quad = cursor.quad();
    if (cursor.next()) throw std::runtime_error("an account has two balances");
    if (!session.erase(quad)) throw std::runtime_error("a balance that was read is not there");
    quad.object = Term::integer(quad.object.as_integer().value() + change);
    if (!session.insert(quad)) throw std::runtime_error("a balance is there already");
  };
  move(transfer.from, -transfer.amount);
  move(transfer.to, transfer.amount);
  session.erase({bank_term("bank"), bank_term("counter"), Term::integer(counter), {}});
  session.insert({bank_term("bank"), bank_term("counter"), Term::integer(counter + 1), {}});
  const auto quads = records(transfer, counter + 1);
  if (session.insert(quads) != quads.size()) throw std::runtime_error("a transfer is there already");
}

std::string transfer_update(Random& random) {
  const Transfer transfer = random_transfer(random);
  const auto move = [](int number, int change) {
    const std::string balance = ":" + account(number) + " :balance ";
    return fmt::format("DELETE {{ {} }} INSERT {{ {} }} WHERE {{ {} BIND (?b + {} AS ?c) }} ;\n",
                       in_branch(number, balance + "?b"), in_branch(number, balance + "?c"),
                       in_branch(number, balance + "?b"), change);
  };
  return with_prefixes(
      move(transfer.from, -transfer.amount) + move(transfer.to, transfer.amount) +
      fmt::format("DELETE {{ :bank :counter ?n }} INSERT {{ :bank :counter ?next . "
                  "?t :amount {0} ; :from :account-{1} ; :to :account-{2} . "
                  "GRAPH :ledger-a {{ ?t :booked {0} }} GRAPH :ledger-b {{ ?t :booked {0} }} "
                  "?note :about ?t ; rdf:reifies <<( :account-{1} :paid :account-{2} )>> }} "
                  "WHERE {{ :bank :counter ?n BIND (?n + 1 AS ?next) "
                  "BIND (IRI(CONCAT('{3}transfer-', STR(?next))) AS ?t) "
                  "BIND (IRI(CONCAT('{3}note-', STR(?next))) AS ?note) }}",
                  transfer.amount, transfer.from, transfer.to, kBank));
}

void archive(Session& session, int most) {
  std::string values;
  std::int64_t archived = 0;
  {
    Result result =
        session.query(with_prefixes(fmt::format("SELECT ?t {{ ?t :amount ?amount }} LIMIT {}", most)));
    for (; result.next(); ++archived) values += result.get(0)->to_string() + " ";
  }
  session.update(
      with_prefixes(fmt::format("DELETE {{ ?t ?p ?x . ?note ?q ?y . GRAPH ?g {{ ?t :booked ?z }} }} "
                                "WHERE {{ VALUES ?t {{ {0} }} ?t ?p ?x . ?note :about ?t ; ?q ?y . "
                                "GRAPH ?g {{ ?t :booked ?z }} }} ;\n"
                                "DELETE {{ :bank :archived ?n }} INSERT {{ :bank :archived ?m }} "
                                "WHERE {{ :bank :archived ?n BIND (?n + {1} AS ?m) }}",
                                values, archived)));
}

std::string arrivals(std::uint64_t batch, int items, bool blank) {
  std::string text;
  for (int i = 0; i < items; ++i) {
    const std::string item = blank ? fmt::format("_:i{}", i) : fmt::format("<{}item-{}-{}>", kBank, batch, i);
    const std::string arrived = fmt::format("{} <{}arrived> \"place {}\"", item, kBank, i % 100);
    text += fmt::format("{0} .\n{0} <{1}incoming-a> .\n{0} <{1}incoming-b> .\n{2} <{1}batch> \"{3}\" .\n",
                        arrived, kBank, item, batch);
  }
  return text;
}

std::string removal_update(std::uint64_t batch) {
  return with_prefixes(
      fmt::format("DELETE {{ ?item :batch \"{0}\" ; :arrived ?x . GRAPH ?g {{ ?item :arrived ?x }} }} "
                  "WHERE {{ ?item :batch \"{0}\" ; :arrived ?x . GRAPH ?g {{ ?item :arrived ?x }} }}",
                  batch));
}

}  // namespace dossier::test
