#include "engine/query/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/query/describe.h"
#include "engine/query/optimize.h"
#include "engine/query/plan.h"
#include "engine/query/prepare.h"
#include "engine/query/template.h"

namespace dossier {

DatasetSpec make_dataset(const grammar::Dataset& dataset, Translator& translator,
                         const ExecuteOptions& options) {
  DatasetSpec spec;
  spec.union_default = options.union_default_graph;
  if (dataset.default_graphs.empty() && dataset.named_graphs.empty()) return spec;
  const auto ids = [&](const std::vector<grammar::Iri>& iris) {
    std::vector<Id> result;
    for (const auto& value : iris) result.push_back(translator.iri(value.value));
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  };
  spec.explicit_default = spec.explicit_named = true;
  spec.union_default = false;
  spec.default_graphs = ids(dataset.default_graphs);
  spec.named_graphs = ids(dataset.named_graphs);
  return spec;
}

Bindings make_bindings(const ExecuteOptions& options, Translator& translator, Scope& scope,
                       QueryContext& context) {
  Bindings bindings;
  for (const auto& [name, term] : options.parameters)
    bindings[translator.parameter(name, scope)] = context.terms().intern(term);
  return bindings;
}

namespace {

// The variables that path searches bind to their paths; `columns` are those of the result.
void find_paths(const Algebra& node, const std::vector<Variable>& columns,
                std::map<Variable, PathStep>& found) {
  if (node.kind == Algebra::Kind::path_search) {
    PathStep step;
    if (const auto& via = node.search->via) {
      step.from = via->from.name;
      step.to = via->to.name;
    }
    if (!node.subject.is_variable) {
      step.start = node.subject.id;
    } else if (const auto at = std::find(columns.begin(), columns.end(), node.subject.variable);
               at != columns.end()) {
      step.start_column = static_cast<std::size_t>(at - columns.begin());
    }
    found[node.variables.front()] = std::move(step);
    return;
  }
  for (const AlgebraPtr& input : node.inputs) find_paths(*input, columns, found);
}

class QueryExecution final : public Execution {
 public:
  QueryExecution(const grammar::Query& query, QueryContext& context, const ExecuteOptions& options)
      : query_(query), context_(context), scope_(std::make_shared<Scope>()) {
    Translator translator(context_, table_);
    planner_ = std::make_unique<Planner>(context_, table_, make_dataset(query_.dataset, translator, options));
    bindings_ = make_bindings(options, planner_->translator(), *scope_, context_);
    std::visit([&](const auto& form) { prepare(form); }, query_.form);
    planned_terms_ = context_.terms().made();
    planned_algebras_ = planner_->owned();
  }

  Kind kind() const override { return kind_; }
  const std::vector<std::string>& variables() const override { return names_; }
  const PathColumns& paths() const override { return paths_; }

  bool next(Batch& batch) override {
    if (kind_ == Kind::boolean) throw QueryError("an ASK query has no rows: ask for its boolean");
    return kind_ == Kind::solutions ? next_solutions(batch) : next_triples(batch);
  }

  bool boolean() override {
    if (kind_ != Kind::boolean) throw QueryError("only an ASK query has a boolean");
    if (!answered_) {
      answer_ = plan_->next(input_);
      answered_ = true;
    }
    return answer_;
  }

  bool rewind() override {
    const bool as_planned = context_.terms().made() == planned_terms_ && !context_.told_time() &&
                            planner_->owned() == planned_algebras_ && !planner_->has_exists();
    if (!as_planned || describer_ != nullptr || plan_ == nullptr || !plan_->rewind()) return false;
    if (kind_ == Kind::triples) prepare_triples();
    pending_position_ = 0;
    answered_ = false;
    context_.rewind();
    return true;
  }

  std::string explain(bool analyze) override {
    std::string text;
    if (analyze) {
      Batch batch;
      if (kind_ == Kind::boolean)
        boolean();
      else
        while (next(batch)) {
        }
    }
    for (const std::string& name : rewrites_) text += "rewrite: " + name + "\n";
    if (plan_ != nullptr) text += explain_plan(*plan_, table_, analyze);
    if (analyze)
      text += fmt::format("peak memory {:.1f} MB of {:.0f} MB\n",
                          static_cast<double>(context_.budget().peak()) / 1e6,
                          static_cast<double>(context_.budget().limit()) / 1e6);
    return text;
  }

  std::optional<PlanStep> plan() const override {
    if (plan_ == nullptr) return std::nullopt;
    return plan_steps(*plan_, table_);
  }

  std::string at_work() const override {
    if (plan_ == nullptr) return {};
    const Operator& step = plan_->at_work();
    std::string text = step.name();
    if (const std::string details = step.details(table_); !details.empty()) text += " " + details;
    return fmt::format("{}, {} rows so far", text, step.rows());
  }

 private:
  void make_plan(AlgebraPtr root, const VariableSet& required) {
    rewrites_ = optimize(root, planner_->translator());
    plan_ = planner_->plan(planner_->own_root(std::move(root)), required, bindings_);
  }

  void prepare(const grammar::SelectQuery& form) {
    kind_ = Kind::solutions;
    Translated translated = planner_->translator().select(form, scope_, {});
    names_ = translated.names;
    std::map<Variable, PathStep> found;
    find_paths(*translated.root, translated.variables, found);
    if (!found.empty())
      for (Variable variable : translated.variables) {
        const auto path = found.find(variable);
        paths_.push_back(path == found.end() ? std::nullopt : std::optional(path->second));
      }
    make_plan(std::move(translated.root), {translated.variables.begin(), translated.variables.end()});
    for (Variable variable : translated.variables) {
      const auto bound = bindings_.find(variable);
      outputs_.push_back({plan_->column(variable), bound == bindings_.end() ? kUnbound : bound->second});
    }
  }

  void prepare(const grammar::AskQuery& form) {
    kind_ = Kind::boolean;
    make_plan(planner_->translator().pattern(form.where, form.modifier, form.values, scope_), {});
  }

  void prepare(const grammar::ConstructQuery& form) {
    kind_ = Kind::triples;
    AlgebraPtr root = planner_->translator().pattern(form.where, form.modifier, form.values, scope_);
    const VariableSet all = possible_variables(*root);
    make_plan(std::move(root), template_variables(form.construct, all));
    template_ = std::make_unique<QuadTemplate>(context_, planner_->translator(), *scope_, plan_->schema(),
                                               bindings_, kDefaultGraph);
    template_->add(form.construct);
    prepare_triples();
  }

  void prepare(const grammar::DescribeQuery& form) {
    kind_ = Kind::triples;
    prepare_triples();
    describer_ = std::make_unique<Describer>(*planner_);
    for (const auto& resource : form.resources)
      if (const auto* iri = std::get_if<grammar::Iri>(&resource))
        describer_->add(planner_->translator().iri(iri->value));
    if (!form.where) return;
    AlgebraPtr root = planner_->translator().pattern(*form.where, form.modifier, form.values, scope_);
    VariableSet wanted;
    if (form.star)
      for (Variable variable : possible_variables(*root))
        if (table_.name(variable)[0] != '.') wanted.insert(variable);
    for (const auto& resource : form.resources)
      if (const auto* var = std::get_if<grammar::Var>(&resource))
        wanted.insert(planner_->translator().variable(var->name, *scope_));
    make_plan(std::move(root), wanted);
    for (Variable variable : wanted) {
      const auto bound = bindings_.find(variable);
      outputs_.push_back({plan_->column(variable), bound == bindings_.end() ? kUnbound : bound->second});
    }
  }

  void prepare_triples() {
    names_ = {"subject", "predicate", "object"};
    pending_ = std::make_unique<RowTable>(context_, 3, "result triples");
    seen_ = std::make_unique<TupleSet>(context_, 3, "result triples");
  }

  // Variables of the template; it is small, so the planner may prune the rest.
  VariableSet template_variables(const std::vector<grammar::TriplePattern>& triples,
                                 const VariableSet& all) const {
    VariableSet wanted;
    const std::function<void(const grammar::Term&)> visit = [&](const grammar::Term& term) {
      if (const auto* var = std::get_if<grammar::Var>(&term))
        if (const auto found = scope_->find(var->name);
            found != scope_->end() && all.count(found->second) != 0)
          wanted.insert(found->second);
      if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
        visit((*triple)->subject);
        visit((*triple)->predicate);
        visit((*triple)->object);
      }
    };
    for (const auto& triple : triples) {
      visit(triple.subject);
      visit(triple.object);
      if (const auto* var = std::get_if<grammar::Var>(&triple.verb)) visit(grammar::Term(*var));
    }
    return wanted;
  }

  bool next_solutions(Batch& batch) {
    if (!plan_->next(input_)) return false;
    batch.reset(outputs_.size());
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs_[i].column >= 0)
        std::copy_n(input_.columns[static_cast<std::size_t>(outputs_[i].column)].begin(), input_.rows,
                    batch.columns[i].begin());
      else
        std::fill_n(batch.columns[i].begin(), input_.rows, outputs_[i].constant);
    }
    batch.rows = input_.rows;
    return true;
  }

  bool next_triples(Batch& batch) {
    batch.reset(3);
    while (batch.rows == 0) {
      while (pending_position_ < pending_->rows() && batch.rows < kBatchRows) {
        const std::array<Id, 3> triple{pending_->at(0, pending_position_), pending_->at(1, pending_position_),
                                       pending_->at(2, pending_position_)};
        ++pending_position_;
        bool added = false;
        seen_->insert(triple.data(), added);
        if (!added) continue;
        for (std::size_t i = 0; i < 3; ++i) batch.columns[i][batch.rows] = triple[i];
        ++batch.rows;
      }
      if (pending_position_ < pending_->rows()) continue;
      pending_->clear();
      pending_position_ = 0;
      if (batch.rows == 0 && !more_triples()) return false;
    }
    return true;
  }

  bool more_triples() {
    context_.check();
    if (template_ != nullptr) {
      if (!plan_->next(input_)) return false;
      for (std::size_t row = 0; row < input_.rows; ++row)
        template_->fill(input_, row, [&](const Row& quad) { pending_->append_ids(quad.data()); });
      return true;
    }
    if (plan_ != nullptr && !resources_read_) {
      while (plan_->next(input_))
        for (const auto& output : outputs_)
          for (std::size_t row = 0; row < input_.rows; ++row)
            describer_->add(output.column >= 0 ? input_.columns[static_cast<std::size_t>(output.column)][row]
                                               : output.constant);
      resources_read_ = true;
    }
    return describer_->next(*pending_);
  }

  struct Output {
    int column = -1;
    Id constant;
  };

  grammar::Query query_;
  QueryContext& context_;
  VariableTable table_;
  std::shared_ptr<Scope> scope_;
  std::unique_ptr<Planner> planner_;
  Bindings bindings_;
  Kind kind_ = Kind::solutions;
  std::vector<std::string> names_;
  PathColumns paths_;
  std::vector<std::string> rewrites_;
  std::vector<Output> outputs_;
  OperatorPtr plan_;
  std::size_t planned_terms_ = 0;     // made by then
  std::size_t planned_algebras_ = 0;  // of the planner, by then
  Batch input_;
  bool answered_ = false;
  bool answer_ = false;
  std::unique_ptr<QuadTemplate> template_;
  std::unique_ptr<Describer> describer_;
  bool resources_read_ = false;
  std::unique_ptr<RowTable> pending_;
  std::size_t pending_position_ = 0;
  std::unique_ptr<TupleSet> seen_;
};

}  // namespace

std::unique_ptr<Execution> execute(const grammar::Query& query, QueryContext& context,
                                   const ExecuteOptions& options) {
  return std::make_unique<QueryExecution>(query, context, options);
}

}  // namespace dossier
