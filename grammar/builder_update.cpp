// Update operations and their quads.
#include <algorithm>
#include <cassert>
#include <utility>

#include "grammar/builder.h"

namespace dossier::grammar {

bool Builder::open_operation(Iterator& first) {
  silent_ = false;
  targets_.clear();
  modify_ = {};
  operation_at_ = offset(skip(first));
  return true;
}

void Builder::add_operation(decltype(UpdateOperation::operation) operation) {
  update_.operations.push_back({std::move(operation), prologue_, {operation_at_}});
}

void Builder::silent() {
  silent_ = true;
}

// ---- whole graphs

void Builder::target_default() {
  targets_.push_back({GraphTarget::Kind::default_graph, {}});
}
void Builder::target_graph() {
  targets_.push_back({GraphTarget::Kind::graph, pop_iri()});
}
void Builder::target_named() {
  targets_.push_back({GraphTarget::Kind::named, {}});
}
void Builder::target_all() {
  targets_.push_back({GraphTarget::Kind::all, {}});
}

GraphTarget Builder::take_target() {
  GraphTarget target = std::move(targets_.back());
  targets_.pop_back();
  return target;
}

void Builder::finish_load() {
  add_operation(LoadOperation{silent_, pop_iri(), std::nullopt});
}

void Builder::load_into() {
  std::get<LoadOperation>(update_.operations.back().operation).into = take_target().iri;
}

void Builder::clear(bool drop) {
  add_operation(ClearOperation{drop, silent_, take_target()});
}
void Builder::finish_clear() {
  clear(false);
}
void Builder::finish_drop() {
  clear(true);
}
void Builder::finish_create() {
  add_operation(CreateOperation{silent_, take_target().iri});
}

void Builder::transfer(TransferOperation::Kind kind) {
  GraphTarget to = take_target();
  GraphTarget from = take_target();
  add_operation(TransferOperation{kind, silent_, std::move(from), std::move(to)});
}

void Builder::finish_add() {
  transfer(TransferOperation::Kind::add);
}
void Builder::finish_move() {
  transfer(TransferOperation::Kind::move);
}
void Builder::finish_copy() {
  transfer(TransferOperation::Kind::copy);
}

// ---- quads

void Builder::begin_quads(const char* no_variables, const char* no_blanks) {
  quads_.clear();
  quads_.emplace_back();
  sink_ = Sink::quads;
  no_variables_ = no_variables;
  no_blanks_ = no_blanks;
}

std::vector<QuadBlock> Builder::take_quads() {
  sink_ = Sink::where;
  no_variables_ = nullptr;
  no_blanks_ = nullptr;
  in_data_ = false;
  std::erase_if(quads_, [](const QuadBlock& block) { return block.triples.empty(); });
  return std::exchange(quads_, {});
}

void Builder::open_quad_graph() {
  QuadBlock block;
  block.graph = pop_var_or_iri();
  quads_.push_back(std::move(block));
}

void Builder::close_quad_graph() {
  quads_.emplace_back();
}

void Builder::open_data() {
  begin_quads("INSERT DATA cannot hold a variable; use INSERT { ... } WHERE { ... }", nullptr);
  in_data_ = true;
  ++data_operation_;
}

void Builder::open_delete_data() {
  begin_quads("DELETE DATA cannot hold a variable; use DELETE WHERE { ... }",
              "DELETE DATA cannot hold a blank node; use DELETE { ... } WHERE { ... } with a variable");
}

void Builder::open_delete_template() {
  begin_quads(nullptr, "the template of DELETE cannot hold a blank node; use a variable");
}

void Builder::open_insert_template() {
  begin_quads(nullptr, nullptr);
}

void Builder::open_delete_where() {
  begin_quads(nullptr, "DELETE WHERE cannot hold a blank node; use a variable");
}

void Builder::finish_insert_data() {
  add_operation(InsertData{take_quads()});
}
void Builder::finish_delete_data() {
  add_operation(DeleteData{take_quads()});
}

// ---- DELETE and INSERT with WHERE

void Builder::finish_delete_where() {
  modify_.remove = take_quads();
  for (const QuadBlock& block : modify_.remove) {
    TriplesBlock triples{block.triples};
    if (!block.graph) {
      modify_.where.elements.emplace_back(std::move(triples));
    } else {
      GroupPattern inner;
      inner.elements.emplace_back(std::move(triples));
      modify_.where.elements.emplace_back(GraphPattern{*block.graph, std::move(inner)});
    }
  }
  add_operation(std::move(modify_));
}

void Builder::modify_with() {
  modify_.with = pop_iri();
}
void Builder::modify_remove() {
  modify_.remove = take_quads();
}
void Builder::modify_insert() {
  modify_.insert = take_quads();
}
void Builder::using_graph() {
  modify_.dataset.default_graphs.push_back(pop_iri());
}
void Builder::using_named() {
  modify_.dataset.named_graphs.push_back(pop_iri());
}

void Builder::finish_modify() {
  modify_.where = take_group(false);
  add_operation(std::move(modify_));
}

Update Builder::take_update() {
  assert(settled());
  update_.prologue = prologue_;
  return std::move(update_);
}

}  // namespace dossier::grammar
