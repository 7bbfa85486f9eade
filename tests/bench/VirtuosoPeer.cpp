// Virtuoso 7 behind a pipe, for `compare`: loads by its bulk loader and queries through its own protocol
// (ODBC).
//   LOAD FILE      into the graph kGraph; answers "ok SECONDS"
//   QUERY FILE     the SPARQL text of the file; answers "ok SECONDS ROWS SUM"
//   EMPTY          the time of a statement that does nothing, to be taken off: "ok SECONDS 0 0"
// Each answer is a line; "fail TEXT" when it did not work. `VirtuosoPeer DRIVER PORT`; compiled by
// tests/bench/compare.
#include <sql.h>
#include <sqlext.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/row_sum.h"

namespace {

using dossier::bench::RowSum;
using Clock = std::chrono::steady_clock;

constexpr const char* kGraph = "urn:compare";
constexpr int kTimeout = 60;  // seconds

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Connection {
 public:
  explicit Connection(const std::string& text) {
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment_);
    SQLSetEnvAttr(environment_, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    SQLAllocHandle(SQL_HANDLE_DBC, environment_, &connection_);
    std::vector<SQLCHAR> words(text.begin(), text.end());
    words.push_back(0);
    const SQLRETURN code = SQLDriverConnect(connection_, nullptr, words.data(), SQL_NTS, nullptr, 0, nullptr,
                                            SQL_DRIVER_NOPROMPT);
    if (!SQL_SUCCEEDED(code)) throw std::runtime_error(message(SQL_HANDLE_DBC, connection_));
  }

  // Runs the statement and reads every cell of its rows.
  RowSum run(const std::string& text) {
    SQLHSTMT statement = nullptr;
    SQLAllocHandle(SQL_HANDLE_STMT, connection_, &statement);
    SQLSetStmtAttr(statement, SQL_ATTR_QUERY_TIMEOUT,
                   reinterpret_cast<SQLPOINTER>(static_cast<long>(kTimeout)), 0);
    std::vector<SQLCHAR> words(text.begin(), text.end());
    words.push_back(0);
    RowSum sum;
    try {
      if (!SQL_SUCCEEDED(SQLExecDirect(statement, words.data(), SQL_NTS)))
        throw std::runtime_error(message(SQL_HANDLE_STMT, statement));
      SQLSMALLINT columns = 0;
      SQLNumResultCols(statement, &columns);
      std::vector<char> buffer(1 << 20);
      SQLRETURN code = columns == 0 ? SQL_NO_DATA : SQLFetch(statement);
      for (; SQL_SUCCEEDED(code); code = SQLFetch(statement)) {
        for (SQLUSMALLINT column = 1; column <= columns; ++column) {
          SQLLEN length = 0;
          const SQLRETURN got = SQLGetData(statement, column, SQL_C_CHAR, buffer.data(),
                                           static_cast<SQLLEN>(buffer.size()), &length);
          if (!SQL_SUCCEEDED(got)) throw std::runtime_error(message(SQL_HANDLE_STMT, statement));
          if (length == SQL_NULL_DATA)
            sum.cell("");
          else
            cell(sum, std::string(buffer.data()));
        }
        sum.end_row();
      }
      if (code != SQL_NO_DATA) throw std::runtime_error(message(SQL_HANDLE_STMT, statement));
    } catch (...) {
      SQLFreeHandle(SQL_HANDLE_STMT, statement);
      throw;
    }
    SQLFreeHandle(SQL_HANDLE_STMT, statement);
    return sum;
  }

 private:
  static void cell(RowSum& sum, const std::string& text) {
    if (text.starts_with("nodeID://"))
      sum.cell("_");
    else
      sum.literal(text);
  }

  static std::string message(SQLSMALLINT kind, SQLHANDLE handle) {
    SQLCHAR state[6] = {};
    SQLCHAR text[512] = {};
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    SQLGetDiagRec(kind, handle, 1, state, &native, text, sizeof text, &length);
    std::string line(reinterpret_cast<const char*>(text));
    for (char& c : line)
      if (c == '\n' || c == '\r') c = ' ';
    return line.empty() ? "unknown error" : line;
  }

  SQLHENV environment_ = nullptr;
  SQLHDBC connection_ = nullptr;
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void load(Connection& connection, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  connection.run("ld_dir('" + path.substr(0, slash) + "', '" + path.substr(slash + 1) + "', '" + kGraph +
                 "')");
  connection.run("rdf_loader_run()");
  connection.run("checkpoint");
  connection.run("log_enable(2)");
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "VirtuosoPeer DRIVER PORT\n";
    return 2;
  }
  try {
    Connection connection(std::string("DRIVER=") + words[1] + ";HOST=localhost:" + words[2] +
                          ";UID=dba;PWD=dba");
    for (std::string line; std::getline(std::cin, line);) {
      const std::string verb = line.substr(0, line.find(' '));
      const std::string path = line.substr(std::min(line.size(), verb.size() + 1));
      try {
        const std::string text = verb == "QUERY" ? "SPARQL define input:default-graph-uri <" +
                                                       std::string(kGraph) + "> " + content(path)
                                                 : "select 1";
        const auto start = Clock::now();
        if (verb == "LOAD") {
          load(connection, path);
          std::printf("ok %.6f\n", since(start));
        } else {
          const RowSum sum = connection.run(text);
          std::printf("ok %.6f %llu %llu\n", since(start), static_cast<unsigned long long>(sum.rows()),
                      static_cast<unsigned long long>(sum.sum()));
        }
      } catch (const std::exception& error) {
        std::printf("fail %s\n", error.what());
      }
      std::fflush(stdout);
    }
  } catch (const std::exception& error) {
    std::printf("fail %s\n", error.what());
    return 1;
  }
}
