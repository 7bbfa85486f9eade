// What queries and updates prepare alike: the dataset and the parameters.
// Thread-safety: free functions.
#pragma once

#include "engine/query/algebra.h"
#include "engine/query/query.h"
#include "engine/query/translate.h"

namespace dossier {

// FROM and FROM NAMED, USING and USING NAMED, or what the options say when there are none.
DatasetSpec make_dataset(const grammar::Dataset& dataset, Translator& translator,
                         const ExecuteOptions& options);
// The parameters as bindings of their variables in `scope`.
Bindings make_bindings(const ExecuteOptions& options, Translator& translator, Scope& scope,
                       QueryContext& context);

}  // namespace dossier
