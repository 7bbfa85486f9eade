#include "engine/store/terms_writer.h"

#include <iterator>

namespace dossier {

TermsWriter::TermsWriter(const RunFiles& files, std::shared_ptr<const Codebook> now, std::uint64_t first)
    : files_(files), writer_(files, Family::terms), now_(std::move(now)), first_(first), full_until_(first) {
  if (now_ != nullptr) packer_ = std::make_unique<Packer>(now_);
}

void TermsWriter::consider(const TermSample& sample) {
  auto codebook = sample.better(now_, now_ == nullptr ? 1 : now_->number() + 1);
  if (codebook != now_) adopt(std::move(codebook));
}

void TermsWriter::adopt(std::shared_ptr<const Codebook> codebook) {
  now_ = std::move(codebook);
  packer_ = std::make_unique<Packer>(now_);
  made_.push_back(now_);
}

void TermsWriter::add(std::string_view bytes) {
  builder_.add(bytes);
  if (builder_.terms() == kTermsPerBlock) flush();
}

void TermsWriter::flush() {
  if (builder_.terms() == 0) return;
  writer_.put(terms_key(first_), builder_.block(packer_.get()));
  for (const std::string& key : gone_) writer_.erase(key);
  gone_.clear();
  full_until_ = builder_.terms() == kTermsPerBlock ? next() : first_;
  first_ = next();
  builder_.clear();
}

std::pair<Family, std::vector<std::string>> TermsWriter::finish(std::map<std::string, std::string>& records) {
  flush();
  auto files = writer_.finish();
  if (made_.empty()) return files;
  // Files of their own, for later ones must not lie between the blocks of these.
  FamilyWriter codebooks(files_, Family::terms);
  for (const auto& codebook : made_) {
    codebooks.put(codebook_key(codebook->number()), codebook->bytes());
    records[codebook_record_key(codebook->number())] = codebook->bytes();
  }
  auto of_codebooks = codebooks.finish();
  std::move(of_codebooks.second.begin(), of_codebooks.second.end(), std::back_inserter(files.second));
  return files;
}

}  // namespace dossier
