// Virtuoso 7 behind a pipe, for `compare`: starts a server on the loopback, loads by its bulk loader, queries
// through its own protocol (ODBC), and through its HTTP endpoint when a result is to be written out.
//   LOAD FILE            into the graph kGraph; answers "ok SECONDS"
//   NAMED GRAPH FILE     the same into a graph of that name
//   QUERY FILE           the SPARQL text of the file; answers "ok SECONDS ROWS SUM"
//   TIME FILE            the same without a sum
//   WRITE FORMAT FILE    the result as tsv or json, thrown away; "ok SECONDS 0 0"
//   EMPTY                the time of a statement that does nothing, to be taken off: "ok SECONDS 0 0"
//   MEMORY               "ok 0 0 PEAK_BYTES"
// Each answer is a line; "fail TEXT" when it did not work. `VirtuosoPeer DRIVER DIRECTORY`; compiled by
// tests/bench/compare. The server ends with this program.
#include <arpa/inet.h>
#include <signal.h>
#include <sql.h>
#include <sqlext.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/row_sum.h"

namespace {

using dossier::bench::RowSum;
using Clock = std::chrono::steady_clock;

constexpr const char* kGraph = "urn:compare";
constexpr const char* kNamedGraph = "urn:debian";
constexpr int kTimeout = 60;  // seconds
constexpr int kPort = 21111;
constexpr int kHttpPort = 21112;

// Buffers as the manual recommends for 8 GB; no query is cut short.
constexpr const char* kSettings = R"([Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
MaxCheckpointRemap = 170000
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = localhost:%d
NumberOfBuffers = 680000
MaxDirtyBuffers = 500000
DirsAllowed = /
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 2
MaxQueryMem = 4G
MaxMemPoolSize = 4000000000
CheckpointInterval = 0
[HTTPServer]
ServerPort = localhost:%d
ServerThreads = 2
[SPARQL]
)";

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

  // Runs the statement and reads every cell of its rows; forms a sum of them with `summed`. No `timeout`: 0
  // seconds.
  RowSum run(const std::string& text, bool summed = true, long timeout = 0) {
    SQLHSTMT statement = nullptr;
    SQLAllocHandle(SQL_HANDLE_STMT, connection_, &statement);
    SQLSetStmtAttr(statement, SQL_ATTR_QUERY_TIMEOUT, reinterpret_cast<SQLPOINTER>(timeout), 0);
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
          if (!summed) continue;
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
    if (const std::size_t end = line.rfind("]"); end != std::string::npos)
      line.erase(0, end + 1);  // who says so
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

bool port_taken() {
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool taken = connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(file);
  return taken;
}

// The server, from its start to its end.
class Server {
 public:
  explicit Server(const std::filesystem::path& directory) {
    // One that was killed takes a moment to go.
    for (int wait = 0; port_taken(); ++wait) {
      if (wait == 30) throw std::runtime_error("another server has port " + std::to_string(kPort));
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    std::filesystem::create_directories(directory);
    if (std::FILE* file = std::fopen((directory / "virtuoso.ini").c_str(), "w")) {
      std::fprintf(file, kSettings, kPort, kHttpPort);
      std::fclose(file);
    }
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (chdir(directory.c_str()) != 0 || std::freopen("/dev/null", "w", stdout) == nullptr ||
          std::freopen("/dev/null", "w", stderr) == nullptr)
        _exit(126);
      execlp("virtuoso-t", "virtuoso-t", "+configfile", "virtuoso.ini", "+foreground", nullptr);
      _exit(127);
    }
  }
  ~Server() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  bool runs() const { return waitpid(process_, nullptr, WNOHANG) == 0; }
  unsigned long long peak_bytes() const {
    std::ifstream status("/proc/" + std::to_string(process_) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
    return 0;
  }

 private:
  pid_t process_ = 0;
};

Connection connect(const Server& server, const std::string& driver) {
  for (int attempt = 0;; ++attempt) {
    // Another server may have the port.
    if (!server.runs()) throw std::runtime_error("virtuoso-t ended; see virtuoso.log");
    try {
      return Connection("DRIVER=" + driver + ";HOST=localhost:" + std::to_string(kPort) + ";UID=dba;PWD=dba");
    } catch (const std::exception&) {
      if (attempt == 120) throw;
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
}

void load(Connection& connection, const std::string& path, const std::string& graph) {
  const std::size_t slash = path.rfind('/');
  connection.run("ld_dir('" + path.substr(0, slash) + "', '" + path.substr(slash + 1) + "', '" + graph +
                 "')");
  connection.run("rdf_loader_run()");
  connection.run("checkpoint");
  connection.run("log_enable(2)");
}

void write(const std::string& format, const std::string& path) {
  const std::string type = format == "json" ? "application/sparql-results+json" : "text/tab-separated-values";
  const std::string command = "curl -s -f -m " + std::to_string(kTimeout) +
                              " -o /dev/null --data-urlencode 'default-graph-uri=" + kGraph +
                              "' --data-urlencode 'format=" + type + "' --data-urlencode 'query@" + path +
                              "' http://localhost:" + std::to_string(kHttpPort) + "/sparql";
  if (const int code = std::system(command.c_str()); code != 0)
    throw std::runtime_error("curl ended with " + std::to_string(WEXITSTATUS(code)));
}

// Carries out one command; `rest` is what follows its verb.
void carry_out(Connection& connection, const Server& server, const std::string& verb,
               const std::string& rest) {
  const std::size_t blank = rest.find(' ');
  const std::string query = "SPARQL define input:default-graph-uri <" + std::string(kGraph) +
                            "> define input:named-graph-uri <" + kNamedGraph + "> ";
  unsigned long long rows = 0, sum = 0;
  const auto start = Clock::now();
  if (verb == "LOAD") {
    load(connection, rest, kGraph);
  } else if (verb == "NAMED") {
    load(connection, rest.substr(blank + 1), rest.substr(0, blank));
  } else if (verb == "WRITE") {
    write(rest.substr(0, blank), rest.substr(blank + 1));
  } else if (verb == "MEMORY") {
    sum = server.peak_bytes();
  } else {
    const RowSum result = verb == "EMPTY" ? connection.run("select 1")
                                          : connection.run(query + content(rest), verb == "QUERY", kTimeout);
    rows = result.rows();
    sum = result.sum();
  }
  std::printf("ok %.6f %llu %llu\n", since(start), rows, sum);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "VirtuosoPeer DRIVER DIRECTORY\n";
    return 2;
  }
  try {
    const Server server(words[2]);
    Connection connection = connect(server, words[1]);
    for (std::string line; std::getline(std::cin, line);) {
      const std::string verb = line.substr(0, line.find(' '));
      try {
        carry_out(connection, server, verb, line.substr(std::min(line.size(), verb.size() + 1)));
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
