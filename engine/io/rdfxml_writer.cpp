#include "engine/io/rdfxml_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/io/lexer.h"
#include "engine/io/rdfxml_syntax.h"
#include "engine/io/xml_parser.h"
#include "engine/io/xml_text.h"
#include "grammar/iri.h"

namespace dossier::io {
namespace {

constexpr std::string_view kXmlnsNamespace = "http://www.w3.org/2000/xmlns/";
constexpr std::size_t kMostNames = 100000;

// Where the longest local name of an IRI begins: its end when no part of it can be one.
std::size_t local_start(std::string_view iri) {
  std::size_t start = iri.size();
  for (std::size_t at = iri.size(); at > 0;) {
    std::size_t from = at - 1;
    while (from > 0 && (static_cast<unsigned char>(iri[from]) & 0xC0U) == 0x80U) --from;
    const CodePoint c = decode_utf8(iri.data() + from, iri.data() + at);
    if (c.length == 0 || !(is_name_character(c.value) || c.value == '.')) break;
    if (is_name_start(c.value) || c.value == '_') start = from;
    at = from;
  }
  return start;
}

}  // namespace

RdfXmlWriter::RdfXmlWriter(std::ostream& out, std::size_t head_bytes)
    : RdfWriter(out), head_bytes_(head_bytes) {
  for (const auto& [label, iri] : {std::pair{"rdf", iri::kRdf}, std::pair{"its", kItsNamespace}}) {
    spaces_by_iri_.emplace(iri, spaces_.size());
    spaces_by_label_.emplace(label, spaces_.size());
    spaces_.push_back({std::string(iri), label});
  }
  spaces_[kRdfSpace].used = true;
}

// ---- names

void RdfXmlWriter::add_prefix(std::string_view label, std::string_view iri) {
  // Labels that begin with xml belong to XML.
  const bool reserved = begins_with_xml(label) || iri == kXmlNamespace || iri == kXmlnsNamespace;
  if (reserved || !(label.empty() || is_xml_name(label)) || grammar::iri_problem(iri) ||
      !xml_text_problem(iri).empty() || spaces_by_iri_.contains(std::string(iri)))
    return;
  if (!spaces_by_label_.emplace(label, spaces_.size()).second) return;
  spaces_by_iri_.emplace(iri, spaces_.size());
  spaces_.push_back({std::string(iri), std::string(label)});
  names_.clear();
}

std::size_t RdfXmlWriter::space_of(std::string_view iri) {
  const auto [place, is_new] = spaces_by_iri_.try_emplace(std::string(iri), spaces_.size());
  if (!is_new) return place->second;
  std::string label;
  do label = fmt::format("ns{}", ++generated_);
  while (!spaces_by_label_.emplace(label, spaces_.size()).second);
  spaces_.push_back({std::string(iri), label});
  return place->second;
}

// A declared namespace when what is left is a name, the longest first; else all up to the longest name.
RdfXmlWriter::Name RdfXmlWriter::split(std::string_view iri) {
  if (iri.starts_with(iri::kRdf)) {
    const std::string_view local = iri.substr(iri::kRdf.size());
    if (is_rdf_syntax_name(local) || local == "li") return {};
  }
  if (!xml_text_problem(iri).empty()) return {};
  const std::size_t longest = local_start(iri);
  for (std::size_t at = iri.size() - 1; at >= longest && at > 0; --at) {
    const auto found = spaces_by_iri_.find(std::string(iri.substr(0, at)));
    if (found != spaces_by_iri_.end() && is_xml_name(iri.substr(at)))
      return {found->second, std::string(iri.substr(at)), true};
  }
  // Letters that Turtle knows and the XML library does not leave a shorter name.
  for (std::size_t at = longest; at < iri.size(); ++at) {
    const std::string_view space = iri.substr(0, at);
    if (is_xml_name(iri.substr(at)) && space != kXmlNamespace && space != kXmlnsNamespace)
      return {space_of(space), std::string(iri.substr(at)), true};
  }
  return {};
}

const RdfXmlWriter::Name& RdfXmlWriter::name_of(std::string_view iri) {
  if (names_.size() > kMostNames) names_.clear();
  const auto [place, is_new] = names_.try_emplace(std::string(iri));
  if (is_new) place->second = split(iri);
  return place->second;
}

std::string RdfXmlWriter::qualified(const Name& name) const {
  const std::string& label = spaces_[name.space].label;
  return label.empty() ? name.local : fmt::format("{}:{}", label, name.local);
}

std::string RdfXmlWriter::open_name(const Name& name) {
  return qualified(name).append(declaration(name.space));
}

std::string RdfXmlWriter::declaration(std::size_t number) {
  Space& space = spaces_[number];
  space.used = true;
  if (!head_is_out_ || space.declared) return {};
  std::string text(space.label.empty() ? " xmlns" : " xmlns:");
  text.append(space.label).append("=\"");
  append_xml_attribute(text, space.iri);
  return text.append("\"");
}

// ---- elements

void RdfXmlWriter::write_rows(const QuadBatch& batch) {
  const auto& rows = batch.rows();
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t end = first;
    while (end < rows.size() && rows[end][0] == rows[first][0]) {
      if (rows[end][3] != QuadBatch::kDefault) {
        std::string graph;
        append_simple(graph, batch.bytes(rows[end][3]));
        throw QueryError(fmt::format("RDF/XML cannot hold the named graph {}; write nq or trig", graph));
      }
      ++end;
    }
    const std::size_t typed = open_subject(batch, first, end);
    for (std::size_t row = first; row < end; ++row) {
      if (row == typed) continue;
      if (subject_is_empty_) body_.append(">\n");
      subject_is_empty_ = false;
      property(batch, rows[row][1], rows[row][2], 2);
    }
    first = end;
    if (head_is_out_) {
      buffer_.append(body_);
      body_.clear();
      flush_when_full();
    } else if (body_.size() >= head_bytes_) {
      write_head();
    }
  }
}

// Gives the row that the name of the element says; `end` when there is none.
std::size_t RdfXmlWriter::open_subject(const QuadBatch& batch, std::size_t first, std::size_t end) {
  const auto& rows = batch.rows();
  const std::string_view subject = batch.bytes(rows[first][0]);
  // A blank node by the label it is written with: another file may have the same one.
  std::string written(subject.substr(0, 1));
  if (subject[0] == kBlankByte)
    append_label(written, subject.substr(1));
  else
    written = subject;
  if (written == subject_) return end;
  close_subject();
  subject_ = written;
  Name element{kRdfSpace, "Description", true};
  std::size_t typed = end;
  for (std::size_t row = first; row < end && typed == end; ++row) {
    const QuadBatch::Entry& object = batch.entries()[rows[row][2]];
    if (object.is_triple || batch.bytes(rows[row][2])[0] != kIriByte ||
        batch.bytes(rows[row][1]).substr(1) != iri::kRdfType)
      continue;
    const Name& type = name_of(batch.bytes(rows[row][2]).substr(1));
    if (!type.usable) continue;
    element = type;
    typed = row;
  }
  body_.append("  <").append(open_name(element));
  resource("rdf:about", "rdf:nodeID", subject);
  subject_is_empty_ = true;
  subject_end_ = fmt::format("  </{}>\n", qualified(element));
  return typed;
}

void RdfXmlWriter::close_subject() {
  if (subject_.empty()) return;
  body_.append(subject_is_empty_ ? "/>\n" : subject_end_);
  subject_.clear();
}

void RdfXmlWriter::property(const QuadBatch& batch, Index predicate, Index object, int indent) {
  const std::string_view iri = batch.bytes(predicate).substr(1);
  const Name name = name_of(iri);
  if (!name.usable)
    throw QueryError(
        fmt::format("RDF/XML cannot hold the predicate <{}>: it must end in an XML name that is no term of "
                    "the syntax; write ttl or nt",
                    iri));
  line(indent);
  body_.append("<").append(open_name(name));
  const QuadBatch::Entry& entry = batch.entries()[object];
  if (entry.is_triple) {
    version();
    body_.append(" rdf:parseType=\"Triple\">");
    triple(batch, entry, indent + 1);
    line(indent);
    body_.append("</").append(qualified(name)).append(">\n");
    return;
  }
  const std::string_view bytes = batch.bytes(object);
  if (bytes[0] == kIriByte || bytes[0] == kBlankByte) {
    resource("rdf:resource", "rdf:nodeID", bytes);
    body_.append("/>\n");
    return;
  }
  literal(bytes);
  body_.append("</").append(qualified(name)).append(">\n");
}

void RdfXmlWriter::triple(const QuadBatch& batch, const QuadBatch::Entry& entry, int indent) {
  body_.push_back('\n');
  line(indent);
  body_.append("<rdf:Description");
  resource("rdf:about", "rdf:nodeID", batch.bytes(entry.triple[0]));
  body_.append(">\n");
  property(batch, entry.triple[1], entry.triple[2], indent + 1);
  line(indent);
  body_.append("</rdf:Description>\n");
}

void RdfXmlWriter::literal(std::string_view bytes) {
  std::string storage;
  const TermParts parts = split_term(with_labels(storage, bytes));
  check_text(parts.text);
  if (parts.kind == kLanguageByte) {
    std::string_view language = parts.extra;
    const std::size_t end = language.find("--");
    if (end != std::string_view::npos) {
      version();
      body_.append(declaration(kItsSpace));
      attribute("its:version", "2.0");
      attribute("its:dir", language.substr(end + 2));
      language = language.substr(0, end);
    }
    attribute("xml:lang", language);
  } else if (parts.kind == kDatatypeByte) {
    check_text(parts.extra);
    attribute("rdf:datatype", parts.extra);
  }
  body_.push_back('>');
  append_xml_content(body_, parts.text);
}

void RdfXmlWriter::resource(std::string_view iri_attribute, std::string_view node_attribute,
                            std::string_view bytes) {
  if (bytes[0] == kIriByte) {
    check_text(bytes.substr(1));
    attribute(iri_attribute, bytes.substr(1));
    return;
  }
  std::string label;
  append_label(label, bytes.substr(1));
  attribute(node_attribute, label);
}

// An XML name begins with no digit: such labels get an n before them, and one more if they look like that
// already.
void RdfXmlWriter::append_label(std::string& text, std::string_view label) const {
  std::string written;
  RdfWriter::append_label(written, label);
  const std::size_t digit = written.find_first_not_of('n');
  if (digit != std::string::npos && written[digit] >= '0' && written[digit] <= '9') text.push_back('n');
  text.append(written);
}

void RdfXmlWriter::attribute(std::string_view name, std::string_view value) {
  body_.append(" ").append(name).append("=\"");
  append_xml_attribute(body_, value);
  body_.push_back('"');
}

// What RDF 1.2 adds is read where the version is in force.
void RdfXmlWriter::version() {
  if (!head_is_out_)
    needs_version_ = true;
  else if (!version_is_declared_)
    attribute("rdf:version", "1.2");
}

void RdfXmlWriter::line(int indent) {
  for (int i = 0; i < indent; ++i) body_.append("  ");
}

void RdfXmlWriter::check_text(std::string_view text) const {
  const std::string problem = xml_text_problem(text);
  if (problem.empty()) return;
  constexpr std::size_t kShown = 60;
  std::string shown;
  append_ntriples(shown, std::string(1, kStringByte).append(text.substr(0, kShown)));
  throw QueryError(
      fmt::format("RDF/XML cannot hold the character {} (XML 1.0 has no way to write it), as in {}{}; write "
                  "ttl or nt",
                  problem, shown, text.size() > kShown ? "..." : ""));
}

// ---- the document

void RdfXmlWriter::write_head() {
  head_is_out_ = true;
  version_is_declared_ = needs_version_;
  buffer_.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF");
  std::vector<Space*> used;
  for (Space& space : spaces_)
    if (space.used) used.push_back(&space);
  std::sort(used.begin() + 1, used.end(), [](const Space* a, const Space* b) { return a->label < b->label; });
  for (Space* space : used) {
    space->declared = true;
    buffer_.append(space == used.front() ? " xmlns" : "\n         xmlns");
    if (!space->label.empty()) buffer_.append(":").append(space->label);
    buffer_.append("=\"");
    append_xml_attribute(buffer_, space->iri);
    buffer_.push_back('"');
  }
  if (needs_version_) buffer_.append("\n         rdf:version=\"1.2\"");
  buffer_.append(">\n").append(body_);
  body_.clear();
  flush_when_full();
}

void RdfXmlWriter::end_document() {
  close_subject();
  if (!head_is_out_) write_head();
  buffer_.append(body_).append("</rdf:RDF>\n");
}

}  // namespace dossier::io
