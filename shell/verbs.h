// The verbs of the program.
//
// Purpose: each function is one verb of DESIGN section 8; it prints results on standard output, all else on
// standard error, and returns the exit code. Failures are exceptions, which `run_guarded` turns into messages
// and exit codes. Thread-safety: main thread only.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "shell/arguments.h"
#include "shell/table_arguments.h"

namespace dossier::shell {

enum ExitCode : int { kDone = 0, kWrong = 1, kUsage = 2, kStore = 3, kStopped = 4 };

struct LoadArguments {
  std::string store;
  std::vector<std::string> files;
  std::string graph;
  std::string base;
  std::string format;
  std::string memory = "1G";
  unsigned threads = 0;
  bool skip_bad = false;
  TableArguments table;
};

struct QueryArguments {
  std::string store;
  std::string text;
  std::string file;
  bool has_text = false;
  std::string format;
  std::string base;
  std::string timeout;
  std::string memory = "1G";
  unsigned threads = 0;
  std::vector<std::string> parameters;
  std::string default_graph;
  bool prefixes = false;
  bool analyze = false;
  std::vector<std::string> data;   // [BASE=]FILE
  std::vector<std::string> named;  // IRI=FILE
  std::string dump;                // update: format of the dump afterwards
};

struct ConvertArguments {
  std::vector<std::string> files;
  std::string from;
  std::string to = "nq";
  std::string base;
  bool canonical = false;
  TableArguments table;
};

struct ParseArguments {
  std::string text;
  std::string file;
  bool has_text = false;
  bool update = false;
  std::string base;
};

struct DumpArguments {
  std::string store;
  std::string format = "nq";
  std::string graph;
};

int run_load(const LoadArguments& arguments);
int run_query(const QueryArguments& arguments);
int run_update(const QueryArguments& arguments);
int run_explain(const QueryArguments& arguments);
int run_convert(const ConvertArguments& arguments);
int run_parse(const ParseArguments& arguments);
int run_dump(const DumpArguments& arguments);
int run_stats(const std::string& store);
int run_check(const std::string& store, bool repair);
int run_compact(const std::string& store);
int run_backup(const std::string& store, const std::string& directory);
int run_restore(const std::string& directory, const std::string& store);

// Runs `work`; an exception becomes `dossier: message` on standard error and its exit code.
int run_guarded(const std::function<int()>& work, const std::string& place = {});
// Prints the message of the exception in flight, behind `place` when it is not empty, and returns its exit
// code. To be called in a handler.
int report_exception(const std::string& place = {});

// Shared with the shell.
// Runs `work` with a progress callback that draws a line on a terminal and cancels at Ctrl-C.
void run_long(const std::function<void(const ProgressCallback&)>& work);
void back_up(const Store& store, const std::string& directory);
void compact(Store& store);
// Prints what is wrong; returns the exit code.
int check(const Store& store, std::ostream& out);
// `what`: of what bad ones were left out.
void print_load_report(const LoadReport& report, std::string_view what = "statements");
void print_statistics(std::ostream& out, const StoreStatistics& statistics,
                      const std::vector<std::pair<std::string, std::string>>& prefixes);
// Newest first as they come: for people on a terminal, else tab-separated with a header and ISO 8601 times.
void print_log(std::ostream& out, const std::vector<Commit>& commits);
// Throws InputError for files that are missing or unreadable, before anything is opened or made.
void require_readable(const std::vector<std::string>& files);
Term graph_term(const std::string& iri);

}  // namespace dossier::shell
