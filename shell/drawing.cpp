#include "shell/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "shell/columns.h"
#include "shell/console.h"
#include "shell/explorer.h"
#include "shell/local_name.h"
#include "shell/notes.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kMostOfNode = 20000;  // statements of a node that are looked through
constexpr std::size_t kLongestNote = 60;     // places of a word of a claim

bool is_thing(const Term& term) {
  return term.is_iri() || term.is_blank();
}

class Builder {
 public:
  Builder(ShellContext& context, std::size_t most_nodes)
      : context_(context), explorer_(context), most_nodes_(most_nodes) {}

  Drawing build(const AnswerRows& rows) {
    if (rows.kind == Result::Kind::triples)
      add_triples(rows);
    else
      add_solutions(rows);
    if (!rows.whole) drawing_.whole = false;
    for (DrawnNode& node : drawing_.nodes)
      if (!node.term.is_blank() || context_.label_finder.label(node.term)) node.name = name(node.term);
    name_kinds();
    return std::move(drawing_);
  }

 private:
  using Key = std::string;

  // ---- nodes and links

  std::optional<std::size_t> node(const Term& term) {
    if (Interrupt::taken()) throw LimitError(LimitError::Reason::cancelled, "the drawing was cancelled");
    const auto [at, is_new] = numbers_.try_emplace(term.to_string(), drawing_.nodes.size());
    if (!is_new) return at->second;
    if (drawing_.nodes.size() >= most_nodes_) {
      numbers_.erase(at);
      drawing_.whole = false;
      return std::nullopt;
    }
    drawing_.nodes.push_back({term, {}, {}, {}});
    return at->second;
  }

  void add_value(const Term& subject, const Term& predicate, const Term& value) {
    if (LabelFinder::is_label_predicate(predicate)) return;
    if (const auto at = node(subject)) {
      auto& values = drawing_.nodes[*at].values;
      std::pair<std::string, std::string> pair{name(predicate), std::string(value.value())};
      if (std::find(values.begin(), values.end(), pair) == values.end()) values.push_back(std::move(pair));
    }
  }

  void add_statement(const Term& subject, const Term& predicate, const Term& object, bool asserted,
                     std::vector<std::string> notes) {
    if (!is_thing(subject)) return;
    if (!is_thing(object)) {
      if (object.is_literal()) add_value(subject, predicate, object);
      return;
    }
    if (predicate == rdf_type()) {
      node(subject);
      return;
    }
    if (!said_.insert(Term::triple(subject, predicate, object).to_string()).second) return;
    const auto from = node(subject);
    const auto to = node(object);
    if (!from || !to) return;
    const auto [at, is_new] = links_.try_emplace({*from, *to}, drawing_.links.size());
    if (is_new) drawing_.links.push_back({*from, *to, {}, walked_to_ && *walked_to_ == subject});
    drawing_.links[at->second].statements.push_back({name(predicate), std::move(notes), asserted});
  }

  // With what the store knows of it.
  void add_stored(const Term& subject, const Term& predicate, const Term& object) {
    add_statement(subject, predicate, object,
                  !is_thing(object) || explorer_.asserted(subject, predicate, object),
                  is_thing(object) ? claim_notes(subject, predicate, object) : std::vector<std::string>());
  }

  // ---- CONSTRUCT and DESCRIBE

  void add_triples(const AnswerRows& rows) {
    struct Reifier {
      Term term;
      std::vector<Term> statements;
      std::vector<std::pair<Term, Term>> said;
    };
    std::map<Key, Reifier> reifiers;
    std::set<Key> asserted;
    for (const auto& row : rows.rows) {
      const Term& subject = *row[0].term;
      if (*row[1].term == rdf_reifies() && row[2].term->is_triple()) {
        Reifier& reifier = reifiers[subject.to_string()];
        reifier.term = subject;
        reifier.statements.push_back(*row[2].term);
      } else {
        asserted.insert(Term::triple(subject, *row[1].term, *row[2].term).to_string());
      }
    }
    std::map<Key, std::vector<std::string>> notes;  // by statement
    for (const auto& row : rows.rows) {
      const auto found = reifiers.find(row[0].term->to_string());
      if (found != reifiers.end() && *row[1].term != rdf_reifies())
        found->second.said.emplace_back(*row[1].term, *row[2].term);
    }
    for (const auto& [key, reifier] : reifiers)
      for (const Term& statement : reifier.statements) {
        auto& of_statement = notes[statement.to_string()];
        std::string note = this->note(reifier.said);
        if (!note.empty() && std::find(of_statement.begin(), of_statement.end(), note) == of_statement.end())
          of_statement.push_back(std::move(note));
      }
    const auto all_notes = [&](const Term& statement) {
      const auto own = notes.find(statement.to_string());
      return own != notes.end()
                 ? own->second
                 : claim_notes(statement.subject(), statement.predicate(), statement.object());
    };
    for (const auto& row : rows.rows) {
      const Term& subject = *row[0].term;
      if (reifiers.contains(subject.to_string())) continue;
      const Term statement = Term::triple(subject, *row[1].term, *row[2].term);
      add_statement(subject, *row[1].term, *row[2].term, true,
                    is_thing(*row[2].term) ? all_notes(statement) : std::vector<std::string>());
    }
    for (const auto& [key, reifier] : reifiers)
      for (const Term& statement : reifier.statements)
        add_statement(statement.subject(), statement.predicate(), statement.object(),
                      asserted.contains(statement.to_string()), all_notes(statement));
  }

  // ---- SELECT

  void add_solutions(const AnswerRows& rows) {
    std::size_t columns = 0;  // that hold things
    for (const auto& row : rows.rows) {
      std::vector<Term> things;
      for (const auto& cell : row) {
        if (cell.path)
          add_path(*cell.path);
        else if (cell.term && cell.term->is_triple())
          add_stored(cell.term->subject(), cell.term->predicate(), cell.term->object());
        else if (cell.term && is_thing(*cell.term))
          things.push_back(*cell.term);
      }
      columns = std::max(columns, things.size());
      add_row(things);
    }
    if (columns == 1) connect_all();
  }

  void add_path(const Path& path) {
    for (std::size_t i = 0; i < path.edges.size() && i + 1 < path.nodes.size(); ++i) {
      const Path::Edge& edge = path.edges[i];
      walked_to_ = path.nodes[i + 1];
      const std::optional<Term> statement = statement_of(edge, path.nodes[i], path.nodes[i + 1]);
      std::vector<std::pair<Term, Term>> said;  // what a step binds besides
      for (const auto& [name, value] : edge.values)
        if (value.is_literal()) said.emplace_back(Term::iri(name), value);
      const std::string note = this->note(std::move(said));
      if (!statement)
        add_statement(path.nodes[i], Term::iri(""), path.nodes[i + 1], true,
                      note.empty() ? std::vector<std::string>() : std::vector{note});
      else if (note.empty())
        add_stored(statement->subject(), statement->predicate(), statement->object());
      else
        add_statement(statement->subject(), statement->predicate(), statement->object(),
                      explorer_.asserted(statement->subject(), statement->predicate(), statement->object()),
                      {note});
    }
    walked_to_.reset();
    for (const Term& term : path.nodes)
      if (is_thing(term)) node(term);
  }

  // The statement that a step of a path goes along: that of a property path; a triple term, a reifier or a
  // predicate that the pattern of the step binds, in either direction.
  std::optional<Term> statement_of(const Path::Edge& edge, const Term& from, const Term& to) {
    if (edge.triple) return edge.triple;
    const auto joins = [&](const Term& triple) {
      return (triple.subject() == from && triple.object() == to) ||
             (triple.subject() == to && triple.object() == from);
    };
    for (const auto& [name, value] : edge.values) {
      if (value.is_triple() && joins(value)) return value;
      if (!is_thing(value) || value == from || value == to) continue;
      for (const Term& statement : reified_by(value))
        if (joins(statement)) return statement;
    }
    for (const bool asserted : {true, false})
      for (const auto& [name, value] : edge.values) {
        if (!value.is_iri() || value == from || value == to) continue;
        for (const bool back : {false, true}) {
          const Term& subject = back ? to : from;
          const Term& object = back ? from : to;
          if (asserted ? explorer_.asserted(subject, value, object)
                       : !explorer_.claims(subject, value, object, 1).empty())
            return Term::triple(subject, value, object);
        }
      }
    return std::nullopt;
  }

  // The things of a row, and what the store says between them.
  void add_row(const std::vector<Term>& things) {
    std::vector<Term> nodes;
    for (const Term& thing : things) {
      if (const auto statements = reified_by(thing); !statements.empty()) {
        for (const Term& statement : statements)
          add_stored(statement.subject(), statement.predicate(), statement.object());
      } else if (node(thing)) {
        nodes.push_back(thing);
      }
    }
    for (const Term& from : nodes)
      for (const Term& to : nodes) {
        if (from == to || !pairs_.insert(from.to_string() + ' ' + to.to_string()).second) continue;
        for (const Term& predicate : predicates_between(from, to)) add_stored(from, predicate, to);
      }
  }

  // All that the store says between the nodes.
  void connect_all() {
    const std::size_t count = drawing_.nodes.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Term from = drawing_.nodes[i].term;
      for (const auto& [predicate, to] : statements_of(from, kMostOfNode))
        if (is_thing(to) && numbers_.contains(to.to_string())) add_stored(from, predicate, to);
    }
  }

  // ---- what the store says

  // What people call it, else its IRI made readable.
  std::string name(const Term& term) {
    if (term.is_literal()) return std::string(term.value());
    if (term.is_triple())
      return fmt::format("{} {} {}", name(term.subject()), name(term.predicate()), name(term.object()));
    if (auto label = context_.label_finder.label(term)) return *label;
    if (term.is_blank()) return {};
    std::string_view iri = term.value();
    while (iri.ends_with('/') || iri.ends_with('#')) iri.remove_suffix(1);
    std::string words = readable(local_name(iri));
    return words.empty() ? std::string(term.value()) : words;
  }

  std::string note(Said said) {
    return brief_note(std::move(said), [&](const Term& term) { return elided(name(term), kLongestNote); });
  }

  // A claim each, the first few, each text once.
  std::vector<std::string> claim_notes(const Term& subject, const Term& predicate, const Term& object) {
    std::vector<std::string> notes;
    for (const Claim& claim : explorer_.claims(subject, predicate, object))
      if (std::string text = note(claim.said); !text.empty()) notes.push_back(std::move(text));
    std::sort(notes.begin(), notes.end());
    notes.erase(std::unique(notes.begin(), notes.end()), notes.end());
    return notes;
  }

  QuadCursor match(const std::optional<Term>& subject, const std::optional<Term>& predicate,
                   const std::optional<Term>& object) {
    return context_.session.match({subject, predicate, object, {}, true});
  }

  // The statements that a term reifies.
  std::vector<Term> reified_by(const Term& term) {
    std::vector<Term> statements;
    for (QuadCursor cursor = match(term, rdf_reifies(), {}); cursor.next();)
      if (cursor.quad().object.is_triple()) statements.push_back(cursor.quad().object);
    return statements;
  }

  std::vector<Term> predicates_between(const Term& subject, const Term& object) {
    std::vector<Term> predicates;
    for (QuadCursor cursor = match(subject, {}, object); cursor.next();)
      if (std::find(predicates.begin(), predicates.end(), cursor.quad().predicate) == predicates.end())
        predicates.push_back(cursor.quad().predicate);
    return predicates;
  }

  // Predicate and object.
  std::vector<std::pair<Term, Term>> statements_of(const Term& subject, std::size_t limit) {
    std::vector<std::pair<Term, Term>> statements;
    for (QuadCursor cursor = match(subject, {}, {}); statements.size() < limit && cursor.next();)
      statements.emplace_back(cursor.quad().predicate, cursor.quad().object);
    return statements;
  }

  // ---- kinds

  // Of the types of a node the one that most nodes have: few kinds tell more than many.
  void name_kinds() {
    std::map<std::string, std::size_t> counts;
    std::vector<std::vector<std::string>> types;
    for (const DrawnNode& node : drawing_.nodes) {
      types.emplace_back();
      for (const Term& type : explorer_.classes(node.term)) types.back().push_back(name(type));
      for (const std::string& type : types.back()) ++counts[type];
    }
    for (std::size_t i = 0; i < types.size(); ++i) {
      std::size_t most = 0;
      for (const std::string& type : types[i])
        if (counts[type] > most) {
          most = counts[type];
          drawing_.nodes[i].kind = type;
        }
    }
  }

  ShellContext& context_;
  Explorer explorer_;
  std::size_t most_nodes_;
  Drawing drawing_;
  std::map<Key, std::size_t> numbers_;  // of nodes
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> links_;
  std::optional<Term> walked_to_;  // the end of the step of a path that is being drawn
  std::set<Key> said_;             // statements
  std::set<Key> pairs_;            // looked up
};

}  // namespace

Drawing draw_answer(ShellContext& context, const AnswerRows& rows, std::size_t most_nodes) {
  return Builder(context, most_nodes).build(rows);
}

}  // namespace dossier::shell
