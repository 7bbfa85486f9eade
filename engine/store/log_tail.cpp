#include "engine/store/log_tail.h"

#include <boost/crc.hpp>
#include <cstring>
#include <fstream>
#include <string>

#include "engine/store/store_files.h"

namespace dossier {
namespace {

constexpr std::size_t kBlockBytes = 32768;
constexpr std::size_t kHeaderBytes = 7;  // 4 of the checksum, 2 of the length, little-endian, 1 of the kind
constexpr unsigned char kLastKind = 4;   // whole, or the first, a middle or the last part of a record

// CRC-32C of kind and bytes, turned and shifted as RocksDB stores it.
std::uint32_t checksum(const char* bytes, std::size_t count) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes, count);
  const auto value = static_cast<std::uint32_t>(crc.checksum());
  return ((value >> 15) | (value << 17)) + 0xA282EAD8U;
}

// Few files do, and the others need not be read.
bool ends_with_zero(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() <= 0) return false;
  file.seekg(-1, std::ios::end);
  return file.get() == 0;
}

}  // namespace

std::optional<std::uint64_t> torn_end(const std::filesystem::path& path) {
  if (!ends_with_zero(path)) return std::nullopt;
  const std::string bytes = read_file(path).value_or("");
  const std::size_t last = bytes.find_last_not_of('\0');
  if (last == std::string::npos) return 0;
  const std::size_t zeros = last + 1;
  for (std::size_t at = 0; at < zeros;) {
    const std::size_t left = kBlockBytes - at % kBlockBytes;
    if (left < kHeaderBytes) {  // the rest of a block that holds no header
      at += left;
      continue;
    }
    if (at + kHeaderBytes > zeros) return at;  // the zeros begin in the header
    const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(bytes[at + offset]); };
    const std::size_t length = byte(4) + std::size_t{256} * byte(5);
    const std::size_t end = at + kHeaderBytes + length;
    std::uint32_t stored = 0;
    std::memcpy(&stored, bytes.data() + at, sizeof stored);
    const bool good = end <= bytes.size() && kHeaderBytes + length <= left && byte(6) <= kLastKind &&
                      checksum(bytes.data() + at + 6, length + 1) == stored;
    if (!good) return end > zeros ? std::optional<std::uint64_t>(at) : std::nullopt;
    at = end;
  }
  return std::nullopt;
}

}  // namespace dossier
