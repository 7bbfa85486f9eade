// The command line as scripts see it: every verb, its output, its exit code.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

constexpr const char* kGraph = R"(PREFIX : <http://example.org/>
:chen :heads :police {| :since "2025-06-13" |} .
:li :heads :finance ; :name "李"@zh ; :age 61 .
:wang :knows :li , :chen .
)";

class CliTest : public ::testing::Test {
 protected:
  void load() {
    const Outcome outcome = run_program({"load", store_, graph_});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
  Outcome query(const std::string& text, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"query", store_, "PREFIX : <http://example.org/> " + text};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  std::string count() {
    const Outcome outcome = query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  }

  // True once a process holds the lock of the store.
  bool wait_until_held() {
    const int file = ::open((store_ + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
    bool held = false;
    for (int i = 0; i < 600 && !held; ++i) {
      struct flock lock {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      held = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
      if (!held) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ::close(file);
    return held;
  }

  TemporaryFolder folder_;
  std::string store_ = folder_ / "store";
  std::string graph_ = folder_.file("graph.ttl", kGraph);
};

TEST_F(CliTest, HelpAndVersion) {
  const Outcome help = run_program({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* word : {"load", "query", "update", "convert", "parse", "explain", "dump", "stats",
                           "backup", "restore", "Examples:"})
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  EXPECT_EQ(run_program({"query", "--help"}).code, 0);
  EXPECT_EQ(run_program({"--version"}).out.substr(0, 8), "dossier ");
}

TEST_F(CliTest, LoadThenQuery) {
  load();
  const Outcome outcome = query("SELECT ?what { :chen :heads ?what }");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "?what\n<http://example.org/police>\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(CliTest, Formats) {
  load();
  EXPECT_EQ(query("SELECT ?n { :li :name ?n }", {"--format", "csv"}).out, "n\r\n李\r\n");
  EXPECT_EQ(query("SELECT ?n { :li :name ?n }", {"--format", "json"}).out,
            "{\"head\":{\"vars\":[\"n\"]},\"results\":{\"bindings\":[\n"
            "{\"n\":{\"type\":\"literal\",\"value\":\"李\",\"xml:lang\":\"zh\"}}\n]}}\n");
  EXPECT_EQ(query("SELECT ?x { :chen :heads ?x }", {"--format", "table"}).out, "x\n-------\n:police\n");
  EXPECT_EQ(query("ASK { :chen :heads ?x }").out, "true\n");
  EXPECT_EQ(query("ASK { :nobody :heads ?x }", {"--format", "table"}).out, "false\n");
  EXPECT_EQ(query("ASK { :nobody :heads ?x }").code, 0);
  EXPECT_EQ(query("CONSTRUCT { ?x :led :x } { :chen :heads ?x }", {"--format", "nt"}).out,
            "<http://example.org/police> <http://example.org/led> <http://example.org/x> .\n");
}

TEST_F(CliTest, ReadsReifiersThroughAnnotations) {
  load();
  EXPECT_EQ(query("SELECT ?when { :chen :heads :police {| :since ?when |} }").out, "?when\n\"2025-06-13\"\n");
}

TEST_F(CliTest, QueryFromFileAndStandardInput) {
  load();
  const std::string text = "PREFIX : <http://example.org/>\nSELECT ?x { :chen :heads ?x }\n";
  EXPECT_EQ(run_program({"query", store_, "-f", folder_.file("q.rq", text)}).out,
            "?x\n<http://example.org/police>\n");
  EXPECT_EQ(run_program({"query", store_, "-f", "-"}, text).out, "?x\n<http://example.org/police>\n");
}

TEST_F(CliTest, QueryOverFilesAlone) {
  const std::string other = folder_.file("other.ttl", "<a> <b> <c> .");
  const Outcome outcome = run_program({"query", ":memory:", "SELECT * { ?s ?p ?o GRAPH ?g { ?x ?y ?z } }",
                                       "--data", "http://example.org/base/=" + other, "--named",
                                       "http://example.org/g/=" + other, "--format", "csv"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "s,p,o,g,x,y,z\r\nhttp://example.org/base/a,http://example.org/base/b,http://example.org/base/c,"
            "http://example.org/g/,http://example.org/g/a,http://example.org/g/b,http://example.org/g/c\r\n");
}

TEST_F(CliTest, FilesOfAQueryAreForThatQueryAlone) {
  load();
  const std::string before = count();
  const std::string other = folder_.file("other.nt", "<http://e/a> <http://e/b> <http://e/c> .\n");
  EXPECT_EQ(query("SELECT ?o { <http://e/a> ?p ?o }", {"--data", other}).out, "?o\n<http://e/c>\n");
  EXPECT_EQ(query("SELECT ?o { <http://e/a> ?p ?o }").out, "?o\n");
  EXPECT_EQ(count(), before);
}

TEST_F(CliTest, Parameters) {
  load();
  EXPECT_EQ(
      query("SELECT ?x { ?who :heads ?x }", {"--param", "who=<http://example.org/li>", "--format", "csv"})
          .out.substr(0, 3),
      "x\r\n");
  EXPECT_EQ(query("SELECT ?x { ?who :heads ?x }", {"--param", "who=<oops"}).code, 2);
}

TEST_F(CliTest, StoredPrefixes) {
  const std::string named =
      folder_.file("named.ttl", "PREFIX mine: <http://mine/>\nmine:a mine:b mine:c .\n");
  ASSERT_EQ(run_program({"load", folder_ / "named", named}).code, 0);
  const Outcome plan = run_program(
      {"explain", folder_ / "named", "--prefixes", "SELECT * { ?s mine:b ?o OPTIONAL { ?s foaf:name ?n } }"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_NE(plan.out.find("<http://mine/b>"), std::string::npos) << plan.out;
  load();
  EXPECT_EQ(run_program({"query", store_, "SELECT ?x { :chen :heads ?x }"}).code, 1);
  EXPECT_EQ(run_program({"query", store_, "SELECT ?x { :chen :heads ?x }", "--prefixes"}).code, 0);
  // Well-known ones too; those of the files win.
  EXPECT_EQ(run_program({"query", store_, "ASK { ?x foaf:name ?y }"}).code, 1);
  EXPECT_EQ(run_program({"query", store_, "ASK { ?x foaf:name ?y }", "--prefixes"}).code, 0);
}

TEST_F(CliTest, UpdateAndDump) {
  Outcome outcome =
      run_program({"update", store_, "INSERT DATA { <http://e/a> <http://e/b> 1 }", "--dump", "nq"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "<http://e/a> <http://e/b> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n");
  outcome = run_program(
      {"update", store_,
       "DELETE WHERE { ?s ?p ?o } ; INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/b> 2 } }"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  outcome = run_program({"dump", store_});
  EXPECT_EQ(outcome.out,
            "<http://e/a> <http://e/b> \"2\"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/g> .\n");
  EXPECT_EQ(run_program({"dump", store_, "--graph", "http://e/g", "--format", "nt"}).out,
            "<http://e/a> <http://e/b> \"2\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n");
  EXPECT_EQ(run_program({"dump", store_, "--format", "nt"}).code, 2) << "nt cannot hold named graphs";
}

TEST_F(CliTest, FilesOfAnUpdateAreCommittedWithIt) {
  const std::string other = folder_.file("other.nt", "<http://e/a> <http://e/b> <http://e/c> .\n");
  EXPECT_EQ(run_program({"update", ":memory:", "DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }",
                         "--data", other, "--dump", "nq"})
                .out,
            "<http://e/c> <http://e/b> <http://e/a> .\n");
  // A query error afterwards takes the files back with it.
  EXPECT_EQ(run_program({"update", store_, "INSERT { ?s ?p 1 } WHERE { SERVICE <http://e/> { ?s ?p ?o } }",
                         "--data", other})
                .code,
            1);
  EXPECT_EQ(run_program({"dump", store_}).out, "");
}

TEST_F(CliTest, Convert) {
  const Outcome outcome =
      run_program({"convert", folder_.file("x.ttl", "<http://e/a> <http://e/b> 1 , 2 ."), "--to", "nt"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "<http://e/a> <http://e/b> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"
            "<http://e/a> <http://e/b> \"2\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n");
  EXPECT_EQ(run_program({"convert", "-", "--from", "ttl"}, "<http://e/a> <http://e/b> <c> .").code, 0);
  EXPECT_EQ(run_program({"convert", folder_.file("bad.nt", "<http://e/a> <http://e/b> .\n")}).code, 1);
  EXPECT_EQ(run_program({"convert", graph_, "--to", "json"}).code, 2);
}

TEST_F(CliTest, Parse) {
  Outcome outcome = run_program({"parse", "SELECT * { ?s ?p ?o }"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out + outcome.err, "");
  outcome = run_program({"parse", "SELECT * { ?s ?p }"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find('^'), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(run_program({"parse", "--update", "CLEAR ALL"}).code, 0);
  EXPECT_EQ(run_program({"parse", "CLEAR ALL"}).code, 1);
  EXPECT_EQ(run_program({"parse"}).code, 2);
}

TEST_F(CliTest, ExplainStatsCheckCompact) {
  load();
  const std::vector<std::string> text = {"explain", store_, "SELECT * { ?s <http://example.org/heads> ?o }"};
  Outcome outcome = run_program(text);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out, "");
  auto analyze = text;
  analyze.push_back("--analyze");
  EXPECT_EQ(run_program(analyze).code, 0);
  outcome = run_program({"stats", store_});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find(":heads"), std::string::npos) << outcome.out;
  outcome = run_program({"check", store_});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(run_program({"compact", store_}).code, 0);
  EXPECT_EQ(run_program({"check", store_}).code, 0);
}

TEST_F(CliTest, UsageErrors) {
  load();
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"load", store_},
           {"query"},
           {"query", store_},
           {"query", store_, "ASK {}", "--no-such-flag"},
           {"query", store_, "ASK {}", "--format", "jsn"},
           {"query", store_, "SELECT * { ?s ?p ?o }", "--format", "nt"},
           {"query", store_, "CONSTRUCT WHERE { ?s ?p ?o }", "--format", "csv"},
           {"query", store_, "ASK {}", "-f", "x.rq"},
           {"query", store_, "ASK {}", "--memory", "12Q"},
           {"query", store_, "ASK {}", "--timeout", "soon"},
           {"query", store_, "ASK {}", "--default-graph", "onion"},
           {"load", store_, graph_, "--format", "json"},
           {"load", store_, graph_, "--graph", "not an iri"},
           {"dump", store_, "--format", "csv"},
           {"lod"}}) {
    const Outcome outcome = run_program(words);
    EXPECT_EQ(outcome.code, 2) << words[0] << " " << words.back() << ": " << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with("dossier: ")) << outcome.err;
  }
  EXPECT_NE(run_program({"lod", store_}).err.find("did you mean load?"), std::string::npos);
  EXPECT_NE(run_program({"query", store_, "ASK {}", "--formt", "csv"}).err.find("did you mean --format?"),
            std::string::npos);
  EXPECT_NE(run_program({"query", store_, "ASK {}", "--format", "jsn"}).err.find("did you mean json?"),
            std::string::npos);
}

TEST_F(CliTest, InputThatIsMissingOrWrong) {
  load();
  const std::string before = count();
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"load", store_, folder_ / "nothing.ttl"},
           {"query", store_, "-f", folder_ / "nothing.rq"},
           {"query", store_, "SELECT"},
           {"query", store_, "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }"},
           {"update", store_, "INSERT DATA { ?s ?p ?o }"},
           {"load", store_,
            folder_.file("bad.nt", "<http://e/a> <http://e/b> <http://e/c> .\n<http://e/a> oops .\n")},
           {"load", store_, folder_.file("utf8.nt", "<http://e/a> <http://e/b> \"\xC3\x28\" .\n")},
           {"load", store_, folder_.file("iri.nt", "<http://e/a b> <http://e/b> \"x\" .\n")},
           {"load", store_,
            folder_.file("cut.nt.gz", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xb3", 11))},
           {"load", store_, folder_.file("what.xyz", "?")}}) {
    const Outcome outcome = run_program(words);
    EXPECT_EQ(outcome.code, 1) << words[0] << " " << words.back() << ": " << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with("dossier: ")) << outcome.err;
  }
  EXPECT_EQ(count(), before);
  const Outcome bad = run_program({"load", store_, folder_ / "bad.nt"});
  EXPECT_NE(bad.err.find("bad.nt:2:"), std::string::npos) << bad.err;
}

TEST_F(CliTest, SkipBad) {
  const std::string bad =
      folder_.file("bad.nt", "<http://e/a> <http://e/b> <http://e/c> .\n<http://e/a> oops .\n");
  const Outcome outcome = run_program({"load", store_, bad, "--skip-bad"});
  EXPECT_EQ(outcome.code, 1) << "bad lines were skipped";
  EXPECT_NE(outcome.err.find("bad.nt:2:"), std::string::npos) << outcome.err;
  EXPECT_EQ(count(), "?n\n1\n");
}

TEST_F(CliTest, RdfXmlIsReadByEveryVerb) {
  const std::string text =
      "<e:Person xmlns:e='http://e/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
      "rdf:about='http://e/li'>\n"
      "<e:name>Li</e:name><e:knows rdf:resource='a b'/></e:Person>";
  const std::string file = folder_.file("li.owl", text);
  const Outcome bad = run_program({"load", store_, file});
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("li.owl:2:"), std::string::npos) << bad.err;
  EXPECT_EQ(run_program({"load", store_, file, "--skip-bad"}).code, 1);
  EXPECT_EQ(
      query("SELECT ?name { <http://e/li> a <http://e/Person> ; ?p ?name FILTER (isLiteral(?name)) }").out,
      "?name\n\"Li\"\n");
  const std::string good = folder_.file("li.xml", "<e:Person xmlns:e='http://e/' e:name='Li'/>");
  EXPECT_EQ(run_program({"query", ":memory:", "--data", good, "SELECT ?o { ?s <http://e/name> ?o }"}).out,
            "?o\n\"Li\"\n");
  EXPECT_EQ(run_program({"convert", "-", "--from", "rdfxml", "--to", "nt"},
                        text.substr(0, text.find("<e:knows")) + "</e:Person>")
                .out,
            "<http://e/li> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/Person> .\n"
            "<http://e/li> <http://e/name> \"Li\" .\n");
}

TEST_F(CliTest, RdfXmlIsWrittenByEveryVerb) {
  load();
  const Outcome dump = run_program({"dump", store_, "--format", "rdfxml"});
  EXPECT_EQ(dump.code, 0) << dump.err;
  const std::string file = folder_.file("dump.rdf", dump.out);
  EXPECT_EQ(run_program({"convert", file, "--to", "ttl"}).out,
            run_program({"convert", graph_, "--to", "ttl"}).out);
  const Outcome constructed =
      query("CONSTRUCT { ?a :heads ?b } WHERE { ?a :heads ?b }", {"--format", "rdfxml"});
  EXPECT_EQ(constructed.code, 0) << constructed.err;
  EXPECT_NE(constructed.out.find("rdf:about=\"http://example.org/li\""), std::string::npos)
      << constructed.out;
  EXPECT_EQ(
      run_program({"update", store_, "INSERT DATA { GRAPH <http://e/g> { <http://e/s> <http://e/p> 1 } }"})
          .code,
      0);
  const Outcome named = run_program({"dump", store_, "--format", "rdfxml"});
  EXPECT_EQ(named.code, 2);
  EXPECT_NE(named.err.find("named graphs"), std::string::npos) << named.err;
  EXPECT_EQ(run_program({"dump", store_, "--format", "rdfxml", "--graph", "http://e/g"}).code, 0);
  EXPECT_EQ(
      run_program({"convert", folder_.file("g.trig", "<http://e/g> { <a:s> <a:p> 1 }"), "--to", "rdfxml"})
          .code,
      2);
}

TEST_F(CliTest, AFailedVerbLeavesNoNewStore) {
  EXPECT_EQ(run_program({"load", folder_ / "new", folder_.file("bad.nt", "oops\n")}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
  EXPECT_EQ(run_program({"load", folder_ / "new", folder_ / "nothing.nt"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
  EXPECT_EQ(run_program({"update", folder_ / "new", "INSERT {} WHERE { SERVICE <http://e/> {} }"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
}

TEST_F(CliTest, InterruptCancelsALoad) {
  load();
  std::array<int, 2> in{};
  ASSERT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t child = start_program({"load", store_, "-", "--format", "nt"}, in[0], null, null);
  ::close(in[0]);
  ::signal(SIGPIPE, SIG_IGN);
  std::string piece;
  for (int i = 0; i < 1000; ++i) piece += "<http://e/s" + std::to_string(i) + "> <http://e/p> \"x\" .\n";
  const auto start = std::chrono::steady_clock::now();
  bool sent = false;
  // Fed until it stops reading.
  while (::write(in[1], piece.data(), piece.size()) >= 0) {
    const auto passed = std::chrono::steady_clock::now() - start;
    ASSERT_LT(passed, std::chrono::seconds(60));
    if (!sent && passed > std::chrono::milliseconds(500)) {
      ::kill(child, SIGINT);
      sent = true;
    }
  }
  ::close(in[1]);
  EXPECT_EQ(exit_code(child), 4);
  ::close(null);
  EXPECT_EQ(query("ASK { <http://e/s1> ?p ?o }").out, "false\n");
}

TEST_F(CliTest, StoresThatCannotBeOpened) {
  EXPECT_EQ(run_program({"query", folder_ / "nothing", "ASK {}"}).code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "nothing"));
  std::filesystem::create_directory(folder_ / "plain");
  std::ofstream(folder_ / "plain/file") << "x";
  for (const char* verb : {"query", "update", "explain"}) {
    const Outcome outcome =
        run_program({verb, folder_ / "plain", verb == std::string("update") ? "CLEAR ALL" : "ASK {}"});
    EXPECT_EQ(outcome.code, 3) << verb << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("dossier: ")) << outcome.err;
  }
  EXPECT_EQ(run_program({"load", folder_ / "plain", graph_}).code, 3);
  EXPECT_EQ(run_program({"dump", folder_ / "plain"}).code, 3);
  EXPECT_EQ(run_program({"query", graph_, "ASK {}"}).code, 3) << "a file is no store";
}

TEST_F(CliTest, AStoreOfANewerVersionIsLeftAlone) {
  load();
  {
    const auto kv = KeyValueStore::open(store_, {});
    const auto batch = kv->batch();
    std::string record(kFormatMagic);
    append_little_endian(record, kFormatVersion + 1);
    batch->put(Family::meta, kFormatKey, record);
    kv->write(*batch, true);
  }
  const std::vector<std::vector<std::string>> calls = {
      {"query", store_, "ASK {}"}, {"update", store_, "CLEAR ALL"},
      {"load", store_, graph_},    {"dump", store_},
      {"stats", store_},           {"check", store_},
      {"compact", store_},         {store_, "-c", "ASK {}"}};
  for (const auto& call : calls) {
    const Outcome outcome = run_program(call);
    EXPECT_EQ(outcome.code, 3) << call[0] << outcome.err;
    EXPECT_NE(outcome.err.find("version " + std::to_string(kFormatVersion + 1)), std::string::npos)
        << outcome.err;
    EXPECT_NE(outcome.err.find("reads version " + std::to_string(kFormatVersion)), std::string::npos)
        << outcome.err;
  }
}

TEST_F(CliTest, BesideAWriter) {
  load();
  std::array<int, 2> in{};
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  // `load` from a pipe stays in the middle of its work, the writer's place taken.
  ASSERT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  const pid_t loader = start_program({"load", store_, "-", "--format", "nt"}, in[0], null, null);
  ::close(in[0]);
  ASSERT_TRUE(wait_until_held());
  const Outcome outcome = run_program({"update", store_, "CLEAR SILENT GRAPH <http://e/none>"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("in use"), std::string::npos) << outcome.err;
  const Outcome beside = query("ASK { :chen :heads :police }");
  EXPECT_EQ(beside.out, "true\n") << beside.err;
  EXPECT_EQ(run_program({"stats", store_}).code, 0);
  const std::string line = "<http://e/a> <http://e/b> <http://e/c> .\n";
  EXPECT_EQ(::write(in[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
  ::close(in[1]);
  EXPECT_EQ(exit_code(loader), 0);
  ::close(null);
  EXPECT_EQ(query("ASK { <http://e/a> ?p ?o }").out, "true\n");
}

TEST_F(CliTest, ReadOnlyDirectory) {
  load();
  using std::filesystem::perms;
  const perms read_only = perms::owner_read | perms::owner_exec | perms::others_read | perms::others_exec;
  std::filesystem::permissions(folder_.path(), read_only | perms::owner_write);
  std::filesystem::permissions(store_, read_only);
  for (const auto& entry : std::filesystem::directory_iterator(store_))
    if (entry.is_regular_file()) std::filesystem::permissions(entry, perms::owner_read | perms::others_read);
  // Root may write everywhere, so as root the program runs as somebody else.
  const uid_t user = ::geteuid() == 0 ? 65534 : 0;
  if (run_program({"--version"}, {}, user).code == 127)
    GTEST_SKIP() << "another user cannot run the program here";
  const Outcome read = run_program({"query", store_, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}, {}, user);
  EXPECT_EQ(read.code, 0) << read.err;
  EXPECT_EQ(read.out, count());
  EXPECT_EQ(run_program({"dump", store_}, {}, user).code, 0);
  const Outcome write = run_program({"update", store_, "CLEAR ALL"}, {}, user);
  EXPECT_EQ(write.code, 3) << write.err;
  EXPECT_TRUE(write.err.starts_with("dossier: ")) << write.err;
  EXPECT_EQ(run_program({"load", store_, folder_.file("more.nt", "")}, {}, user).code, 3);
  std::filesystem::permissions(store_, perms::owner_all);
}

TEST_F(CliTest, TimeAndMemoryLimits) {
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += "<http://e/s" + std::to_string(i) + "> <http://e/p> <http://e/o" + std::to_string(i) + "> .\n";
  ASSERT_EQ(run_program({"load", store_, folder_.file("many.nt", text)}).code, 0);
  const std::string product =
      "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c + ?f + ?i < 0) }";
  const auto start = std::chrono::steady_clock::now();
  Outcome outcome = run_program({"query", store_, product, "--timeout", "0.3"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  // What came until then is counted, in every format.
  outcome = run_program({"query", store_, "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "--timeout",
                         "0.3", "--format", "csv"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  const auto lines = static_cast<std::size_t>(std::count(outcome.out.begin(), outcome.out.end(), '\n')) - 1;
  std::string written = outcome.err.substr(0, outcome.err.find(" rows until it was stopped"));
  std::erase(written, ',');
  EXPECT_EQ(written, "dossier: " + std::to_string(lines)) << outcome.err;
  outcome = run_program({"query", store_, "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?d ?a", "--memory",
                         "4M", "--timeout", "60"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("memory"), std::string::npos) << outcome.err;
}

TEST_F(CliTest, InterruptCancelsAQuery) {
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += "<http://e/s" + std::to_string(i) + "> <http://e/p> <http://e/o" + std::to_string(i) + "> .\n";
  ASSERT_EQ(run_program({"load", store_, folder_.file("many.nt", text)}).code, 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t child = start_program(
      {"query", store_, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c + ?f + ?i < 0) }",
       "--timeout", "60"},
      null, null, null);
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  ::kill(child, SIGINT);
  EXPECT_EQ(exit_code(child), 4);
  ::close(null);
}

TEST_F(CliTest, AClosedPipeIsDone) {
  std::string text;
  for (int i = 0; i < 50000; ++i)
    text += "<http://e/s" + std::to_string(i) + "> <http://e/p> \"some text of a row\" .\n";
  const std::string many = folder_.file("many.nt", text);
  ASSERT_EQ(run_program({"load", store_, many}).code, 0);
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"query", store_, "SELECT * { ?s ?p ?o }"}, {"dump", store_}, {"convert", many}}) {
    std::array<int, 2> out{};
    ASSERT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const pid_t child = start_program(words, null, out[1], null);
    ::close(out[1]);
    char byte = 0;
    EXPECT_EQ(::read(out[0], &byte, 1), 1);
    ::close(out[0]);
    EXPECT_EQ(exit_code(child), 0) << words[0];
    ::close(null);
  }
}

TEST_F(CliTest, KillInTheMiddleOfALoad) {
  load();
  const std::string before = count();
  std::array<int, 2> in{};
  ASSERT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  // Little memory, so that the load has spilled when it is killed.
  const pid_t child =
      start_program({"load", store_, "-", "--format", "nt", "--memory", "64M"}, in[0], null, null);
  ::close(in[0]);
  ::signal(SIGPIPE, SIG_IGN);
  std::string piece;
  for (int i = 0; i < 400000; ++i) {
    piece += "<http://example.org/killed/s" + std::to_string(i) + "> <http://e/p> \"text " +
             std::to_string(i) + "\" .\n";
    if (piece.size() < 60000) continue;
    if (::write(in[1], piece.data(), piece.size()) < 0) break;
    piece.clear();
  }
  ::kill(child, SIGKILL);
  EXPECT_EQ(exit_code(child), -SIGKILL);
  ::close(in[1]);
  ::close(null);
  EXPECT_EQ(count(), before);
  // The next writer tidies up.
  EXPECT_EQ(run_program({"update", store_, "INSERT DATA { <http://e/x> <http://e/y> 1 }"}).code, 0);
  std::size_t left = 0;
  const std::filesystem::path temporary = std::filesystem::path(store_) / "tmp";
  if (std::filesystem::exists(temporary))
    for ([[maybe_unused]] const auto& entry : std::filesystem::recursive_directory_iterator(temporary))
      ++left;
  EXPECT_EQ(left, 0u);
  EXPECT_EQ(run_program({"check", store_}).code, 0);
}

}  // namespace
}  // namespace dossier::testing
