#include "engine/io/rdfxml_reader.h"

#include <fmt/format.h>

#include "engine/io/rdfxml_syntax.h"
#include "grammar/iri.h"

namespace dossier::io {
namespace {

constexpr std::string_view kXmlLiteral = "http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral";

bool is_blank_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// NCName of Namespaces in XML: letters as in XML 1.0, fifth edition.
bool is_ncname(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const CodePoint c = decode_utf8(at, end);
    const bool first = at == text.data();
    if (c.length == 0 || !(c.value == '_' || is_name_start(c.value) ||
                           (!first && (c.value == '.' || is_name_character(c.value)))))
      return false;
    at += c.length;
  }
  return !text.empty();
}

std::string written(const XmlName& name) {
  return name.prefix.empty() ? std::string(name.local) : fmt::format("{}:{}", name.prefix, name.local);
}

}  // namespace

RdfXmlReader::RdfXmlReader(ByteSource& source, const ReadOptions& options, const BatchSink& sink)
    : options_(options),
      sink_(sink),
      parser_(source, *this, options.max_term_bytes),
      batch_(options.hash_seed),
      carried_(options.hash_seed),
      frames_(1) {
  frames_[0].base = options.base;
  frames_[0].terms.fill(kNone);
}

ReadReport RdfXmlReader::read() {
  try {
    parser_.parse();
  } catch (const XmlFault& fault) {
    throw DataError(fmt::format("{}:{}:{}: {}", options_.name, fault.line, fault.column, fault.message),
                    options_.name, fault.line, fault.column);
  }
  if (!batch_.rows().empty()) {
    report_.quads += batch_.rows().size();
    sink_(batch_);
  }
  return std::move(report_);
}

template <typename Call>
bool RdfXmlReader::attempt(Call call) {
  const std::size_t terms = batch_.entries().size();
  const std::size_t rows = batch_.rows().size();
  try {
    call();
  } catch (const SyntaxFault& fault) {
    report_fault(options_, report_, parser_.line(), parser_.column(), fault.message);
    batch_.truncate(terms, rows);
    for (std::size_t i = 0; i <= depth_; ++i)
      for (Index& index : frames_[i].terms)
        if (index != kNone && index >= terms) index = kNone;
    return false;
  }
  if (rows != batch_.rows().size() &&
      (batch_.rows().size() >= options_.batch_rows || batch_.size_bytes() >= options_.batch_bytes))
    hand_on();
  return true;
}

// ---- events

void RdfXmlReader::start_element(const XmlName& name, std::span<const XmlAttribute> attributes) {
  if (skipped_ > 0) {
    ++skipped_;
    return;
  }
  if (top().kind == Kind::literal) {
    literal_.start(name, attributes);
    check_literal_size();
    return;
  }
  const std::size_t depth = depth_;
  const std::size_t triple_at = triple_at_;
  if (attempt([&] { open(name, attributes); })) return;
  depth_ = depth;
  triple_at_ = triple_at;
  top().failed = true;
  if (triple_at_ != 0) frames_[triple_at_].failed = true;
  skipped_ = 1;
}

void RdfXmlReader::end_element(const XmlName& name) {
  if (skipped_ > 0) {
    --skipped_;
  } else if (top().kind == Kind::literal && !literal_.at_top()) {
    literal_.end(name);
  } else {
    attempt([this] { close(); });
    --depth_;
  }
}

void RdfXmlReader::text(std::string_view piece) {
  Frame& frame = top();
  if (skipped_ > 0 || frame.failed) return;
  if (frame.kind == Kind::literal) {
    literal_.characters(piece);
    check_literal_size();
  } else if (frame.kind == Kind::property && !frame.has_object) {
    text_.append(piece);
    check_literal_size();
  } else if (!is_blank_text(piece)) {
    frame.failed = !attempt([&] { refuse_text(frame.kind); });
  }
}

void RdfXmlReader::refuse_text(Kind where) const {
  switch (where) {
    case Kind::property:
      fail("a property holds text or one element: expected its end, found text after the element");
    case Kind::empty:
      fail("the attributes of this property say its object: expected no text in it");
    case Kind::node:
      fail("expected property elements, found text");
    default:
      fail("expected node elements, such as <rdf:Description>, found text");
  }
}

void RdfXmlReader::check_literal_size() {
  if (text_.size() <= options_.max_term_bytes && literal_.text().size() <= options_.max_term_bytes) return;
  top().failed = true;
  text_.clear();
  literal_.drop_text();
  attempt([this] {
    fail(fmt::format("the literal that ends here or later is longer than {} bytes", options_.max_term_bytes));
  });
}

void RdfXmlReader::comment(std::string_view comment) {
  if (skipped_ == 0 && top().kind == Kind::literal) literal_.comment(comment);
}

void RdfXmlReader::instruction(std::string_view target, std::string_view data) {
  if (skipped_ == 0 && top().kind == Kind::literal) literal_.instruction(target, data);
}

void RdfXmlReader::declare_prefix(std::string_view prefix, std::string_view iri) {
  if (skipped_ > 0 || top().kind == Kind::literal || grammar::iri_problem(iri)) return;
  if (options_.on_prefix) options_.on_prefix(prefix, iri);
  const auto [place, is_new] = prefixes_.emplace(prefix, report_.prefixes.size());
  if (is_new)
    report_.prefixes.emplace_back(prefix, iri);
  else
    report_.prefixes[place->second].second = iri;
}

// ---- elements

void RdfXmlReader::push() {
  ++depth_;
  if (frames_.size() == depth_) frames_.emplace_back();
  Frame& frame = frames_[depth_];
  const Frame& outer = frames_[depth_ - 1];
  frame.terms.fill(kNone);
  frame.base_at = outer.base_at;
  frame.language_at = outer.language_at;
  frame.direction = outer.direction;
  frame.version_12 = outer.version_12;
  frame.datatype.clear();
  frame.has_object = frame.failed = false;
  frame.members = frame.triples = 0;
}

void RdfXmlReader::open(const XmlName& name, std::span<const XmlAttribute> attributes) {
  push();
  if (name.space.empty())
    fail(fmt::format("the element <{}> has no namespace: expected a prefix or an xmlns=\"...\"", name.local));
  read_attributes(attributes);
  open_child_of(parent().kind, name);
}

void RdfXmlReader::open_child_of(Kind outer, const XmlName& name) {
  switch (outer) {
    case Kind::document:
      if (name.space == iri::kRdf && name.local == "RDF") {
        top().kind = Kind::nodes;
        for (const auto* attribute : {&attributes_.id, &attributes_.about, &attributes_.node_id,
                                      &attributes_.resource, &attributes_.datatype, &attributes_.parse_type,
                                      &attributes_.annotation, &attributes_.annotation_node_id})
          if (*attribute) fail("rdf:RDF has no attributes but xml:, its: and rdf:version");
        if (!attributes_.properties.empty())
          fail(fmt::format("rdf:RDF has no properties: {} belongs on a node element",
                           written(attributes_.properties.front().name)));
        return;
      }
      open_node(name);
      return;
    case Kind::nodes:
      open_node(name);
      return;
    case Kind::node:
      open_property(name);
      return;
    case Kind::property:
      if (!is_blank_text(text_))
        fail("a property holds text or one element: expected its end, found an element");
      [[fallthrough]];
    case Kind::triple:
      if (parent().has_object)
        fail(fmt::format("expected the end of the property: it holds one node element, and <{}> is a second",
                         written(name)));
      parent().has_object = true;
      open_node(name);
      if (outer == Kind::triple || parent().failed) return;
      parent().terms[kObject] = top().terms[kSubject];
      state(parent());
      return;
    case Kind::collection:
      open_node(name);
      add_member(parent(), top().terms[kSubject]);
      return;
    case Kind::empty:
      fail("the attributes of this property say its object: expected no element in it");
    case Kind::literal:  // its elements are no frames
      return;
  }
}

void RdfXmlReader::open_node(const XmlName& name) {
  const bool is_rdf = name.space == iri::kRdf;
  if (is_rdf && name.local != "Description" && (is_rdf_syntax_name(name.local) || name.local == "li"))
    fail(fmt::format("rdf:{} is no node element: expected rdf:Description or a class", name.local));
  refuse("rdf:resource", attributes_.resource, "a node element (rdf:about names the node)");
  refuse("rdf:datatype", attributes_.datatype, "a node element");
  refuse("rdf:parseType", attributes_.parse_type, "a node element");
  refuse("rdf:annotation", attributes_.annotation, "a node element (it belongs on a property)");
  refuse("rdf:annotationNodeID", attributes_.annotation_node_id, "a node element (it belongs on a property)");
  if (attributes_.id.has_value() + attributes_.about.has_value() + attributes_.node_id.has_value() > 1)
    fail("a node has one name: expected one of rdf:about, rdf:ID and rdf:nodeID");
  Index subject = kNone;
  if (attributes_.about)
    subject = resolved(*attributes_.about, "rdf:about");
  else if (attributes_.id)
    subject = identified(*attributes_.id);
  else
    subject = attributes_.node_id ? blank(*attributes_.node_id, "rdf:nodeID") : fresh_blank();
  top().kind = Kind::node;
  top().terms[kSubject] = subject;
  if (!is_rdf || name.local != "Description")
    add_row(subject, known(iri::kRdfType), named(std::string(name.space).append(name.local)));
  state_attributes(subject);
}

void RdfXmlReader::open_property(const XmlName& name) {
  std::string predicate = std::string(name.space).append(name.local);
  if (name.space == iri::kRdf) {
    if (is_rdf_syntax_name(name.local)) fail(fmt::format("rdf:{} is no property", name.local));
    if (name.local == "li") predicate = fmt::format("{}_{}", iri::kRdf, ++parent().members);
  }
  refuse("rdf:about", attributes_.about, "a property (rdf:resource names the object)");
  Frame& frame = top();
  frame.kind = Kind::property;
  frame.terms[kSubject] = parent().terms[kSubject];
  frame.terms[kPredicate] = named(predicate);
  text_.clear();
  literal_.clear();
  if (attributes_.id) frame.terms[kStatement] = identified(*attributes_.id);
  if (attributes_.annotation && attributes_.annotation_node_id)
    fail("a reifier has one name: expected rdf:annotation or rdf:annotationNodeID, found both");
  if (attributes_.annotation) frame.terms[kReifier] = resolved(*attributes_.annotation, "rdf:annotation");
  if (attributes_.annotation_node_id)
    frame.terms[kReifier] = blank(*attributes_.annotation_node_id, "rdf:annotationNodeID");
  if (attributes_.parse_type) {
    open_parsed(*attributes_.parse_type);
    return;
  }
  if (attributes_.resource && attributes_.node_id)
    fail("a property has one object: expected rdf:resource or rdf:nodeID, found both");
  if (!attributes_.resource && !attributes_.node_id && attributes_.properties.empty()) {
    if (attributes_.datatype) frame.datatype = resolve(*attributes_.datatype, "rdf:datatype");
    return;
  }
  refuse("rdf:datatype", attributes_.datatype, "a property whose object is a node");
  frame.kind = Kind::empty;
  if (attributes_.resource)
    frame.terms[kObject] = resolved(*attributes_.resource, "rdf:resource");
  else
    frame.terms[kObject] = attributes_.node_id ? blank(*attributes_.node_id, "rdf:nodeID") : fresh_blank();
  state(frame);
  state_attributes(frame.terms[kObject]);
}

void RdfXmlReader::open_parsed(std::string_view type) {
  const std::string where = fmt::format("a property with rdf:parseType=\"{}\"", type);
  refuse("rdf:resource", attributes_.resource, where);
  refuse("rdf:nodeID", attributes_.node_id, where);
  refuse("rdf:datatype", attributes_.datatype, where);
  if (!attributes_.properties.empty())
    fail(fmt::format("{} cannot stand on {}", written(attributes_.properties.front().name), where));
  Frame& frame = top();
  if (type == "Resource") {
    frame.terms[kObject] = fresh_blank();
    state(frame);
    frame.kind = Kind::node;
    frame.terms[kSubject] = frame.terms[kObject];
  } else if (type == "Collection") {
    frame.kind = Kind::collection;
  } else if (type != "Triple") {
    frame.kind = Kind::literal;
  } else if (frame.version_12) {
    frame.kind = Kind::triple;
    frame.outer_triple_at = triple_at_;
    triple_at_ = depth_;
  } else {  // RDF 1.1 has no triple terms: a reader of 1.2 passes over them
    --depth_;
    skipped_ = 1;
  }
}

void RdfXmlReader::close() {
  Frame& frame = top();
  switch (frame.kind) {
    case Kind::property:
      if (frame.has_object || frame.failed) return;
      frame.terms[kObject] = literal(text_, frame.datatype);
      state(frame);
      return;
    case Kind::literal:
      if (frame.failed) return;
      frame.terms[kObject] = literal(literal_.text(), kXmlLiteral);
      state(frame);
      return;
    case Kind::collection: {
      const bool empty = frame.terms[kTail] == kNone;
      if (!empty) {
        add_row(frame.terms[kTail], known(iri::kRdfRest), known(iri::kRdfNil));
      } else if (!frame.failed) {
        frame.terms[kObject] = known(iri::kRdfNil);
        state(frame);
      }
      return;
    }
    case Kind::triple:
      triple_at_ = frame.outer_triple_at;
      if (frame.failed) return;
      if (frame.triples == 0)
        fail(
            "rdf:parseType=\"Triple\" holds one node element with one property, which is the triple; found "
            "none");
      frame.terms[kObject] = batch_.add_triple(frame.terms[kInnerSubject], frame.terms[kInnerPredicate],
                                               frame.terms[kInnerObject]);
      state(frame);
      return;
    default:
      return;
  }
}

void RdfXmlReader::add_member(Frame& collection, Index member) {
  const Index node = fresh_blank();
  if (collection.terms[kTail] == kNone) {
    collection.terms[kObject] = node;
    state(collection);
  } else {
    add_row(collection.terms[kTail], known(iri::kRdfRest), node);
  }
  add_row(node, known(iri::kRdfFirst), member);
  collection.terms[kTail] = node;
}

// ---- attributes

void RdfXmlReader::read_attributes(std::span<const XmlAttribute> attributes) {
  // A base or language holds for the element it stands on, whatever the order of the attributes.
  for (const XmlAttribute& attribute : attributes) inherit(attribute);
  auto properties = std::move(attributes_.properties);  // for its buffer
  properties.clear();
  attributes_ = {};
  attributes_.properties = std::move(properties);
  for (const XmlAttribute& attribute : attributes) {
    const auto& [space, local, prefix] = attribute.name;
    if (space == kXmlNamespace || begins_with_xml(prefix) || (space.empty() && begins_with_xml(local)))
      continue;
    if (space == kItsNamespace && (local == "dir" || local == "version")) continue;
    // RDF once wrote these without a prefix.
    const bool is_old = space.empty() && (local == "ID" || local == "about" || local == "resource" ||
                                          local == "parseType" || local == "type");
    if (space == iri::kRdf || is_old) {
      take_rdf_attribute(attribute);
    } else if (space.empty()) {
      fail(fmt::format("the attribute {} has no namespace: expected a prefix", local));
    } else {
      attributes_.properties.push_back(attribute);
    }
  }
}

void RdfXmlReader::inherit(const XmlAttribute& attribute) {
  const auto& [space, local, prefix] = attribute.name;
  Frame& frame = top();
  if (space == kXmlNamespace && local == "base") {
    frame.base = resolve(attribute.value, "xml:base");
    frame.base_at = depth_;
  } else if (space == kXmlNamespace && local == "lang") {
    scratch_.assign("@").append(attribute.value);
    Scanner scanner{scratch_.data(), scratch_.data() + scratch_.size()};
    try {
      if (!attribute.value.empty() &&
          (scanner.scan_language().direction != Direction::none || scanner.at != scanner.end))
        scanner.fail({});
    } catch (const SyntaxFault&) {
      fail(fmt::format("xml:lang=\"{}\" is no language tag: expected one such as en or zh-Hant",
                       attribute.value));
    }
    frame.language = attribute.value;
    frame.language_at = depth_;
  } else if (space == kItsNamespace && local == "dir") {
    if (attribute.value != "ltr" && attribute.value != "rtl")
      fail(fmt::format("its:dir=\"{}\" is no base direction: expected ltr or rtl", attribute.value));
    frame.direction = attribute.value == "ltr" ? Direction::ltr : Direction::rtl;
  } else if (space == iri::kRdf && local == "version") {
    frame.version_12 = attribute.value != "1.0" && attribute.value != "1.1";
  }
}

void RdfXmlReader::take_rdf_attribute(const XmlAttribute& attribute) {
  const std::string_view local = attribute.name.local;
  const std::pair<std::string_view, std::optional<std::string_view>*> places[] = {
      {"ID", &attributes_.id},
      {"about", &attributes_.about},
      {"nodeID", &attributes_.node_id},
      {"resource", &attributes_.resource},
      {"datatype", &attributes_.datatype},
      {"parseType", &attributes_.parse_type},
      {"annotation", &attributes_.annotation},
      {"annotationNodeID", &attributes_.annotation_node_id}};
  for (const auto& [name, place] : places) {
    if (local != name) continue;
    if (*place) fail(fmt::format("{} and rdf:{} are the same attribute: expected one of them", local, local));
    *place = attribute.value;
    return;
  }
  if (local == "version") return;
  if (local == "li" || is_rdf_syntax_name(local)) fail(fmt::format("rdf:{} is no attribute", local));
  attributes_.properties.push_back({{iri::kRdf, local, "rdf"}, attribute.value});
}

void RdfXmlReader::refuse(std::string_view name, const std::optional<std::string_view>& attribute,
                          std::string_view where) const {
  if (attribute) fail(fmt::format("{} cannot stand on {}", name, where));
}

void RdfXmlReader::state_attributes(Index subject) {
  for (const XmlAttribute& attribute : attributes_.properties) {
    const auto& [space, local, prefix] = attribute.name;
    if (space == iri::kRdf && local == "type") {
      add_row(subject, known(iri::kRdfType), resolved(attribute.value, "rdf:type"));
    } else {
      const Index predicate = named(std::string(space).append(local));
      add_row(subject, predicate, literal(attribute.value, {}));
    }
  }
}

// ---- terms

QuadBatch::Index RdfXmlReader::known(std::string_view iri) {
  scratch_.assign(1, kIriByte).append(iri);
  return batch_.add_term(scratch_);
}

QuadBatch::Index RdfXmlReader::named(std::string_view iri) {
  scratch_.assign(1, kIriByte).append(iri);
  return add_checked(batch_, scratch_, nullptr);
}

std::string RdfXmlReader::resolve(std::string_view reference, std::string_view attribute) {
  std::string iri = grammar::resolve_iri(frames_[top().base_at].base, reference);
  if (const auto problem = grammar::iri_problem(iri))
    fail(fmt::format("{}=\"{}\": {}", attribute, reference, *problem));
  return iri;
}

QuadBatch::Index RdfXmlReader::resolved(std::string_view reference, std::string_view attribute) {
  scratch_.assign(1, kIriByte);
  if (grammar::is_absolute_iri(reference))
    scratch_.append(reference);
  else
    scratch_.append(grammar::resolve_iri(frames_[top().base_at].base, reference));
  const TermHash hash = batch_.hash(scratch_);
  const Index found = batch_.find(hash, scratch_);
  if (found != kNone) return found;
  if (const std::string problem = term_problem(scratch_); !problem.empty())
    fail(fmt::format("{}=\"{}\": {}", attribute, reference, problem));
  return batch_.insert(hash, scratch_);
}

QuadBatch::Index RdfXmlReader::identified(std::string_view id) {
  if (!is_ncname(id))
    fail(fmt::format("rdf:ID=\"{}\" is no XML name without a colon: expected one such as item-1", id));
  const Index index = resolved(std::string("#").append(id), "rdf:ID");
  if (ids_.size() < kMostIds && !ids_.insert(batch_.entries()[index].hash).second)
    fail(fmt::format("rdf:ID=\"{}\" stands twice in the document: expected rdf:about for the second", id));
  return index;
}

QuadBatch::Index RdfXmlReader::blank(std::string_view label, std::string_view attribute) {
  if (!is_ncname(label))
    fail(fmt::format("{}=\"{}\" is no XML name without a colon: expected one such as b1", attribute, label));
  // A label of N-Triples or Turtle does not end with a dot.
  if (!label.ends_with('.')) {
    scratch_.assign(1, kBlankByte).append(label);
    return batch_.add_term(scratch_);
  }
  const auto [place, is_new] = odd_labels_.try_emplace(std::string(label));
  if (is_new) place->second = fmt::format("{}#{}", kBlankByte, blanks_++);
  return batch_.add_term(place->second);
}

QuadBatch::Index RdfXmlReader::fresh_blank() {
  scratch_ = fmt::format("{}#{}", kBlankByte, blanks_++);
  return batch_.add_term(scratch_);
}

QuadBatch::Index RdfXmlReader::literal(std::string_view lexical, std::string_view datatype) {
  const Frame& frame = top();
  const std::string& language = frames_[frame.language_at].language;
  scratch_.clear();
  if (!datatype.empty() || language.empty())
    append_literal_bytes(scratch_, lexical, datatype);
  else
    append_language_bytes(scratch_, lexical, language, frame.version_12 ? frame.direction : Direction::none);
  return add_checked(batch_, scratch_, nullptr);
}

// ---- triples

// The triple of a property whose object is known, and what its attributes say about the triple.
void RdfXmlReader::state(Frame& property) {
  const auto& terms = property.terms;
  add_row(terms[kSubject], terms[kPredicate], terms[kObject]);
  if (terms[kReifier] != kNone)
    add_row(terms[kReifier], known(iri::kRdfReifies),
            batch_.add_triple(terms[kSubject], terms[kPredicate], terms[kObject]));
  if (terms[kStatement] == kNone) return;
  const auto rdf = [this](std::string_view local) { return known(std::string(iri::kRdf).append(local)); };
  add_row(terms[kStatement], known(iri::kRdfType), rdf("Statement"));
  add_row(terms[kStatement], rdf("subject"), terms[kSubject]);
  add_row(terms[kStatement], rdf("predicate"), terms[kPredicate]);
  add_row(terms[kStatement], rdf("object"), terms[kObject]);
}

void RdfXmlReader::add_row(Index subject, Index predicate, Index object) {
  if (triple_at_ == 0) {
    batch_.add_row(subject, predicate, object);
    return;
  }
  Frame& triple = frames_[triple_at_];
  if (++triple.triples > 1) {
    triple.failed = true;
    fail(
        "rdf:parseType=\"Triple\" holds one triple: expected no more properties, types or annotations in it");
  }
  triple.terms[kInnerSubject] = subject;
  triple.terms[kInnerPredicate] = predicate;
  triple.terms[kInnerObject] = object;
}

void RdfXmlReader::hand_on() {
  carried_.clear();
  for (std::size_t i = 0; i <= depth_; ++i)
    for (Index& index : frames_[i].terms)
      if (index != kNone) index = carried_.add_from(batch_, index);
  report_.quads += batch_.rows().size();
  sink_(batch_);
  batch_.clear();
  for (std::size_t i = 0; i <= depth_; ++i)
    for (Index& index : frames_[i].terms)
      if (index != kNone) index = batch_.add_from(carried_, index);
}

ReadReport read_rdfxml(ByteSource& source, const ReadOptions& options, const BatchSink& sink) {
  return RdfXmlReader(source, options, sink).read();
}

}  // namespace dossier::io
