// RDF files into an open transaction.
//
// Purpose: what Session::load and the LOAD of updates share: a file is read batch by batch, its blank nodes
// get ids of their own, the terms of a batch are interned together, its rows inserted, its prefixes declared.
// Large files go a faster way (loader.h). Invariants: beside what the transaction holds, memory is that of
// one batch. When it throws, what was read until then is in the transaction: the caller undoes it. Errors:
// DataError with file, line and column. Thread-safety: that of the transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/dossier.h"
#include "engine/io/rdf_reader.h"
#include "engine/model/id.h"

namespace dossier {

class WriteTransaction;

struct InsertFileOptions {
  std::optional<Format> format;  // default: by extension
  std::string base;              // default: the file: IRI of the file
  Id graph = kDefaultGraph;      // where rows without a graph go
  bool one_graph = false;        // a row that has a graph is a DataError
  bool skip_bad = false;
  TableOptions table;            // of csv and tsv
  // Called between the pieces of the file and between batches; throws to end the work.
  std::function<void(const Progress&)> progress;
};

struct InsertFileReport {
  ReadReport read;
  std::uint64_t added = 0;  // not there before
};

InsertFileReport insert_file(WriteTransaction& transaction, const std::string& path,
                             const InsertFileOptions& options);

}  // namespace dossier
