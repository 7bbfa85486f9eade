// data/debian: the machine's own package index as N-Triples that our reader takes without complaint.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "engine/io/rdf_reader.h"

namespace {

TEST(Debian, ThePackageIndexIsAGraph) {
  const std::string command = std::string(DOSSIER_SOURCE_DIR) + "/data/debian 2>/dev/null";
  std::FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string text;
  std::vector<char> buffer(1 << 16);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), got);
  if (pclose(pipe) != 0 || text.empty())
    GTEST_SKIP() << "this machine has no apt package index (apt-get update makes one)";

  std::map<std::string, std::uint64_t> verbs;
  const auto source = dossier::memory_source(text);
  dossier::ReadOptions options;
  options.name = "data/debian";
  const dossier::ReadReport report =
      dossier::read_rdf(*source, dossier::Format::nt, options, [&](dossier::QuadBatch& batch) {
        for (const auto& row : batch.rows()) ++verbs[std::string(batch.bytes(row[1]))];
        batch.clear();
      });
  std::uint64_t packages = 0;
  for (const auto& [verb, count] : verbs)
    if (verb.find("terms#version") != std::string::npos) packages = count;
  if (packages < 10'000) GTEST_SKIP() << "the index of this machine has only " << packages << " packages";
  // Some twenty triples a package: over a million for the 63,000 packages of Debian 12.
  EXPECT_GT(report.quads, 15 * packages);
  for (const char* name : {"dependsOn", "maintainer", "section", "builtFrom", "description", "recommends"}) {
    bool found = false;
    for (const auto& [verb, count] : verbs)
      found = found || verb.find(std::string("terms#") + name) != std::string::npos;
    EXPECT_TRUE(found) << name;
  }
}

}  // namespace
