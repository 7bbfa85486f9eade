// The state of one parse: scanner of the tokens, stacks of half-built tree, static checks.
//
// Purpose: the X3 rules say what may follow what; they have no attributes. Each token and each semantic
// action is a member function here, compiled once. A rule pushes what it read on a stack, the action behind
// it folds the top of the stack. Invariants:
//  - Tokens skip white space and comments before them, choose the longest match, and note what they had
//  expected where
//    they failed; the furthest such place is what the user is told.
//  - The grammar is LL(1): no token is taken back once an action has seen it, so no stack is ever unwound.
//  - `depth` bounds the recursion of the rules, `heights` the height of the trees that loops build
//  (1+1+1...).
// Thread-safety: none; one Builder is one call of parse_query or parse_update.
// Source: SPARQL 1.2 Query Language section 19.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "grammar/ast.h"
#include "grammar/parse.h"

namespace dossier::grammar {

using Iterator = char const*;
using VariableSet = std::unordered_set<std::string>;

inline constexpr char kRdf[] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
inline constexpr char kXsd[] = "http://www.w3.org/2001/XMLSchema#";

struct BuiltIn;
struct Place;

class Builder {
 public:
  Builder(std::string_view text, const ParseOptions& options);

  // ---- tokens: true when the token stands at `first`, which then is moved behind it
  bool punct(Iterator& first, char const* token);
  bool keyword(Iterator& first, char const* word);
  bool letter_a(Iterator& first);
  bool path_question(Iterator& first);  // ? and + behind a path, unless a variable or a number starts there
  bool path_plus_sign(Iterator& first);
  bool path_count(Iterator& first);   // of repetitions
  bool path_end(Iterator& first);     // the parenthesis behind a path
  bool search_word(Iterator& first);  // takes nothing: a word with which a path search begins
  bool search_end(Iterator& first);   // takes nothing: no second object, no annotation
  bool end_of_text(Iterator& first);
  bool variable(Iterator& first);  // pushes a Var on `terms_`, as the next ones push theirs
  bool iri(Iterator& first);
  bool number(Iterator& first);
  bool boolean(Iterator& first);
  bool blank_label(Iterator& first);
  bool anon(Iterator& first);
  bool nil(Iterator& first);
  bool string(Iterator& first);
  bool short_string(Iterator& first);  // the version specifier: not the long forms
  bool language(Iterator& first);
  bool iri_reference(Iterator& first);  // <...> only
  bool prefix_label(Iterator& first);
  bool integer(Iterator& first);  // unsigned
  bool function_name(Iterator& first);
  bool bound_name(Iterator& first);
  bool aggregate_name(Iterator& first);
  bool count_name(Iterator& first);
  bool group_concat_name(Iterator& first);
  bool fold_name(Iterator& first);

  // ---- depth
  void enter();
  void leave() noexcept { --depth_; }

  // ---- prologue
  void set_base();
  void declare_prefix();
  void set_version();

  // ---- terms
  void finish_literal();
  void typed_literal();
  void mark_start();
  void finish_triple_term();
  void push_rdf_type();
  void push_fresh_blank();

  // ---- triples
  bool paths_allowed() const { return sink_ == Sink::where; }
  void open_subject();
  void close_subject();
  void open_blank_subject();
  void close_blank_subject();
  void open_list();
  void close_list();
  void verb();
  void path_verb();
  void object();
  void finish_reified();
  void annotation_reifier();
  void open_annotation();
  void close_annotation();

  // ---- paths
  void path_link();
  void path_mark();
  void path_fold_sequence();
  void path_fold_alternative();
  void path_inverse();
  void path_optional();
  void path_star();
  void path_plus();
  void path_open_counts();
  void path_least();
  void path_most();
  void path_no_most();
  void path_repeat();
  void path_open_negated();
  void path_excluded();
  void path_excluded_inverse();

  // ---- path searches
  void open_search();
  template <PathSearch::Selector kSelector>
  void search_selector() {
    searches_.back().selector = kSelector;
  }
  template <PathSearch::Mode kMode>
  void search_mode() {
    searches_.back().mode = kMode;
  }
  void search_count();
  void via_ends();
  void via_pattern();
  void via_ascending();
  void via_cost();
  void search_step();
  void search_output();
  void finish_search();

  // ---- expressions
  void expression_term();
  void expression_mark();
  void fold_or();
  void fold_and();
  template <Expression::Kind kKind>
  void binary() {
    fold_binary(kKind);
  }
  template <Expression::Kind kKind>
  void unary() {
    fold_unary(kKind);
  }
  void open_call();
  void open_function();
  void call_distinct();
  void finish_call();
  void finish_function();
  void open_aggregate();
  void finish_aggregate();
  void aggregate_separator();
  void fold_ascending();
  void fold_descending();
  void open_in();
  void finish_in();
  void finish_not_in();
  void finish_exists();
  void finish_not_exists();

  // ---- patterns
  void open_group();
  void close_group();
  void open_branches();
  void add_branch();
  void finish_union();
  void finish_optional();
  void finish_minus();
  void finish_graph();
  void open_service();
  void service_silent();
  void finish_service();
  void finish_filter();
  void finish_bind();
  void finish_unfold();
  void finish_unfold_pair();
  void open_values();
  void values_variable();
  void values_single();
  void values_term();
  void values_undef();
  void open_row();
  void close_row();
  void finish_inline_values();
  void finish_subselect();

  // ---- queries
  void open_query();
  void select_distinct();
  void select_reduced();
  void select_star();
  void select_variable();
  void select_expression();
  void select_where();
  void allow_aggregates();
  void allow_aggregates_in_modifier();
  void forbid_aggregates();
  void group_by();
  void group_by_as();
  void having();
  void order_by();
  void order_by_descending();
  void limit();
  void offset();
  void query_values();
  void from();
  void from_named();
  void describe_star();
  void describe_term();
  void optional_where();
  void open_template();
  void close_template();
  void construct_short();
  void finish_select();
  void finish_construct();
  void finish_describe();
  void finish_ask();

  // ---- updates
  bool open_operation(Iterator& first);  // takes nothing, notes where the operation starts
  void silent();
  void target_default();
  void target_graph();
  void target_named();
  void target_all();
  void finish_load();
  void load_into();
  void finish_clear();
  void finish_drop();
  void finish_create();
  void finish_add();
  void finish_move();
  void finish_copy();
  void open_data();
  void open_delete_data();
  void open_delete_template();
  void open_insert_template();
  void open_delete_where();
  void open_quad_graph();
  void close_quad_graph();
  void finish_insert_data();
  void finish_delete_data();
  void finish_delete_where();
  void modify_with();
  void modify_remove();
  void modify_insert();
  void finish_modify();
  void using_graph();
  void using_named();

  // ---- results
  Query take_query();
  Update take_update();
  // What may follow the text; nothing: it went wrong before its end.
  std::optional<Place> place() const;
  // The report of the furthest failure.
  [[noreturn]] void fail() const;
  [[noreturn]] void fail(std::size_t offset, const std::string& message, const std::string& expected = {},
                         std::optional<Mend> mend = {}) const;

 private:
  enum class Sink : std::uint8_t { where, quads };

  struct ExpressionNode {
    Expression expression;
    int height = 1;
  };
  struct PathNode {
    Path path;
    int height = 1;
  };
  // A subject whose property list is being read.
  struct SubjectFrame {
    Term subject;
    Verb verb;
    Term object;
    std::optional<Term> reifier;  // the one a following {| |} speaks of
    std::uint32_t at = 0;
    bool nested = false;  // in [ ] or {| |}
  };
  struct GroupFrame {
    GroupPattern pattern;
    VariableSet visible;
    std::uint32_t bgp = 0;             // number of the basic graph pattern that triples now fall into
    std::optional<std::size_t> block;  // its TriplesBlock among the elements; filters do not end it
    bool aggregates_allowed = false;   // of the clause around, to be set again at the end
    bool in_aggregate = false;
    bool modifier = false;
    int height = 0;
  };
  struct ClosedGroup {
    GroupPattern pattern;
    VariableSet visible;
    int height = 0;
  };
  struct QueryFrame {
    SelectQuery select;
    VariableSet visible;                        // of the WHERE clause
    std::vector<std::uint32_t> select_offsets;  // of the projections
    std::uint32_t at = 0;
    std::vector<VarOrIri> resources;
    std::optional<GroupPattern> where;
    bool describe_star = false;
    bool aggregates = false;              // anywhere
    bool aggregates_in_modifier = false;  // in HAVING or ORDER BY
  };
  struct Call {
    std::string name;
    const BuiltIn* built_in = nullptr;
    std::size_t mark = 0;
    std::uint32_t at = 0;
    bool distinct = false;
    bool star = false;
    std::optional<std::string> separator;
    std::vector<bool> descending;
  };
  struct ServiceFrame {
    bool silent = false;
    std::uint32_t at = 0;
  };

  // Nothing half-built is left on the stacks.
  bool settled() const;

  // scanning
  Iterator skip(Iterator first) const;
  bool missing(Iterator at, char const* what);
  void note_end();
  std::uint32_t offset(Iterator at) const { return static_cast<std::uint32_t>(at - begin_); }
  bool word(Iterator& first, std::string_view& found) const;
  const BuiltIn* built_in(Iterator& first, int kind);
  bool scan_iri_reference(Iterator& first, std::string& value) const;
  Iterator iri_reference_end(Iterator first) const;
  bool scan_prefixed_name(Iterator& first);
  bool scan_string(Iterator& first, bool long_forms);
  void append_escape(Iterator& first, std::string& value, bool in_string) const;
  std::string resolve(const std::string& reference, std::uint32_t at) const;
  [[noreturn]] void undeclared_prefix(std::string_view label, std::uint32_t at) const;
  const std::string& prefix_iri(const std::string& label);

  // folding
  Term pop_term();
  Var pop_var();
  Iri pop_iri();
  VarOrIri pop_var_or_iri();
  Expression pop_expression();
  PathNode pop_path();
  BlankNode fresh_blank(std::uint32_t at);
  void emit(Term subject, Verb verb, Term object, std::uint32_t at);
  void reify(const Term& reifier);
  void see_variables(const Term& term, VariableSet& set) const;
  void check_via_variable(const Var& variable) const;
  void push_expression(Expression expression, int height);
  void fold_binary(Expression::Kind kind);
  void fold_unary(Expression::Kind kind);
  void fold_balanced(Expression::Kind kind);
  Expression fold_range(Expression::Kind kind, std::size_t from, std::size_t to, int& height);
  void fold_path(Path::Kind kind);
  void repeat_path(std::uint32_t min, std::uint32_t max);
  std::uint32_t repetitions() const;
  void finish_membership(Expression::Kind kind);
  void exists(Expression::Kind kind);
  void note_height(int height);
  void add_element(PatternElement element);
  void see(const Var& variable);
  void assign(const char* keyword, const Var& variable);
  GroupPattern take_group(bool visible);
  void check_select(const QueryFrame& frame) const;
  void check_variables(const Expression& expression, const VariableSet& allowed) const;
  void begin_quads(const char* no_variables, const char* no_blanks);
  std::vector<QuadBlock> take_quads();
  GraphTarget take_target();
  void transfer(TransferOperation::Kind kind);
  void clear(bool drop);
  void add_operation(decltype(UpdateOperation::operation) operation);
  QueryFrame take_frame();
  void finish_query(decltype(Query::form) form);

  std::string_view text_;
  Iterator begin_;
  Iterator end_;

  // the furthest failure
  Iterator furthest_;
  std::vector<char const*> expected_;
  // How things stood when the end of the text was first met: see `place`.
  std::optional<Term> subject_at_end_;
  bool aggregates_at_end_ = false;

  // the last token
  std::uint32_t at_ = 0;
  std::string lexical_;
  std::string reference_;
  std::string label_;
  const BuiltIn* function_ = nullptr;

  int depth_ = 0;
  Prologue prologue_;
  std::unordered_map<std::string, std::string> prefixes_;
  bool supply_known_ = false;
  bool unknown_prefixes_ = false;

  std::vector<Term> terms_;
  std::vector<std::uint32_t> starts_;
  std::vector<std::size_t> marks_;
  std::vector<SubjectFrame> subjects_;
  std::vector<PathNode> paths_;
  std::vector<PathSearch> searches_;
  std::vector<VariableSet> via_visible_;  // of the patterns of VIA in them
  std::uint32_t least_ = 0;  // repetitions of the path being read
  std::uint32_t most_ = 0;
  std::uint32_t counts_at_ = 0;
  std::vector<ExpressionNode> expressions_;
  std::vector<Call> calls_;
  std::vector<GroupFrame> groups_;
  std::vector<ClosedGroup> closed_;  // groups read, not yet placed
  std::vector<UnionPattern> unions_;
  std::vector<ServiceFrame> services_;
  InlineData values_;
  bool single_value_ = false;
  std::vector<QueryFrame> queries_;

  std::uint32_t next_blank_ = 0;
  std::uint32_t next_bgp_ = 0;
  std::unordered_map<std::string, std::uint32_t> label_bgp_;
  std::unordered_map<std::string, std::uint32_t> label_data_;
  std::uint32_t data_operation_ = 0;

  Sink sink_ = Sink::where;
  std::vector<QuadBlock> quads_;
  const char* no_variables_ = nullptr;  // why there may be no variable here
  const char* no_blanks_ = nullptr;     // why there may be no blank node here
  bool in_data_ = false;

  bool aggregates_allowed_ = false;
  bool in_aggregate_ = false;
  bool modifier_ = false;  // in HAVING or ORDER BY

  Dataset dataset_;
  std::optional<Query> query_;

  bool silent_ = false;
  std::uint32_t operation_at_ = 0;
  std::vector<GraphTarget> targets_;
  ModifyOperation modify_;
  Update update_;
};

}  // namespace dossier::grammar
