#include "engine/io/xml_parser.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <unordered_set>
#include <vector>

#include "engine/io/lexer.h"

namespace dossier::io {
namespace {

// No legal character of XML 1.0, so it is in no name.
constexpr char kNameSeparator = '\x1F';
constexpr std::size_t kFirstPiece = std::size_t{64} << 10;

XmlName split_name(const char* text) {
  const std::string_view whole(text);
  const std::size_t first = whole.find(kNameSeparator);
  if (first == std::string_view::npos) return {{}, whole, {}};
  const std::size_t second = whole.find(kNameSeparator, first + 1);
  XmlName name{whole.substr(0, first), whole.substr(first + 1, second - first - 1), {}};
  if (second != std::string_view::npos) name.prefix = whole.substr(second + 1);
  return name;
}

std::string qualified(const XmlName& name) {
  return name.prefix.empty() ? std::string(name.local) : fmt::format("{}:{}", name.prefix, name.local);
}

}  // namespace

struct XmlParser::State {
  State(ByteSource& from, XmlHandler& to, std::size_t max_bytes)
      : source(from),
        handler(to),
        max_token_bytes(max_bytes),
        parser(XML_ParserCreateNS(nullptr, kNameSeparator)) {
    if (parser == nullptr) throw std::bad_alloc();
    XML_SetReturnNSTriplet(parser, 1);
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetCommentHandler(parser, on_comment);
    XML_SetProcessingInstructionHandler(parser, on_instruction);
    XML_SetStartNamespaceDeclHandler(parser, on_prefix);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    XML_SetEntityDeclHandler(parser, on_entity);
    XML_SetExternalEntityRefHandler(parser, on_external_entity);
    XML_SetSkippedEntityHandler(parser, on_skipped_entity);
    XML_SetUnknownEncodingHandler(parser, on_unknown_encoding, this);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { XML_ParserFree(parser); }

  std::uint64_t line() const { return XML_GetCurrentLineNumber(parser); }
  std::uint64_t column() const { return XML_GetCurrentColumnNumber(parser) + 1; }
  [[noreturn]] void fail(std::string message) const { throw XmlFault{line(), column(), std::move(message)}; }

  // Exceptions must not pass through the frames of the library: they wait here until it has returned.
  template <typename Call>
  void guarded(Call call) {
    if (thrown) return;  // events that were on their way already
    try {
      call();
    } catch (...) {
      thrown = std::current_exception();
      XML_StopParser(parser, XML_FALSE);
    }
  }
  static State& of(void* data) { return *static_cast<State*>(data); }

  static void XMLCALL on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    State& state = of(data);
    state.guarded([&] { state.start(name, attributes); });
  }
  static void XMLCALL on_end(void* data, const XML_Char* name) {
    State& state = of(data);
    state.guarded([&] {
      state.open.pop_back();
      state.handler.end_element(split_name(name));
    });
  }
  static void XMLCALL on_text(void* data, const XML_Char* text, int length) {
    State& state = of(data);
    state.guarded([&] { state.handler.text({text, static_cast<std::size_t>(length)}); });
  }
  static void XMLCALL on_comment(void* data, const XML_Char* text) {
    State& state = of(data);
    state.guarded([&] { state.handler.comment(text); });
  }
  static void XMLCALL on_instruction(void* data, const XML_Char* target, const XML_Char* text) {
    State& state = of(data);
    state.guarded([&] { state.handler.instruction(target, text); });
  }
  static void XMLCALL on_prefix(void* data, const XML_Char* prefix, const XML_Char* iri) {
    State& state = of(data);
    const auto text = [](const XML_Char* chars) { return chars == nullptr ? std::string_view() : chars; };
    state.guarded([&] { state.handler.declare_prefix(text(prefix), text(iri)); });
  }
  static void XMLCALL on_doctype(void* data, const XML_Char*, const XML_Char* system, const XML_Char*, int) {
    of(data).has_external_subset = system != nullptr;
  }
  static void XMLCALL on_entity(void* data, const XML_Char* name, int is_parameter, const XML_Char* value,
                                int, const XML_Char*, const XML_Char*, const XML_Char*, const XML_Char*) {
    State& state = of(data);
    state.guarded([&] {
      if (is_parameter == 0 && value != nullptr) state.entities.emplace(name);
    });
  }
  static int XMLCALL on_external_entity(XML_Parser parser, const XML_Char*, const XML_Char*,
                                        const XML_Char* system, const XML_Char*) {
    State& state = of(XML_GetUserData(parser));
    state.guarded([&] {
      state.fail(fmt::format("the entity stands in another file ({}), which is not read: write its text here",
                             system == nullptr ? "" : system));
    });
    return XML_STATUS_ERROR;
  }
  static void XMLCALL on_skipped_entity(void* data, const XML_Char* name, int is_parameter) {
    State& state = of(data);
    if (is_parameter == 0) state.guarded([&] { state.fail(undeclared(name)); });
  }
  static int XMLCALL on_unknown_encoding(void* data, const XML_Char* name, XML_Encoding*) {
    of(data).encoding = name;
    return XML_STATUS_ERROR;
  }

  static std::string undeclared(std::string_view entity) {
    return fmt::format(
        "the entity &{0}; is not declared in the document (other files are not read): expected "
        "<!ENTITY {0} \"...\"> in its <!DOCTYPE [...]>",
        entity);
  }

  void start(const XML_Char* name, const XML_Char** attributes) {
    if (open.size() >= kMaxElements) fail(fmt::format("elements are nested more than {} deep", kMaxElements));
    const XmlName element = split_name(name);
    open.push_back({qualified(element), line()});
    if (has_external_subset) check_entities();
    list.clear();
    for (; *attributes != nullptr; attributes += 2)
      list.push_back({split_name(attributes[0]), attributes[1]});
    handler.start_element(element, list);
  }

  // With an external DTD the library drops undeclared entities in attributes without a word.
  void check_entities() const {
    int offset = 0;
    int size = 0;
    const char* const context = XML_GetInputContext(parser, &offset, &size);
    if (context == nullptr) return;
    const std::string_view tag(context + offset, static_cast<std::size_t>(XML_GetCurrentByteCount(parser)));
    for (std::size_t at = tag.find('&'); at != std::string_view::npos; at = tag.find('&', at + 1)) {
      const std::string entity(tag.substr(at + 1, tag.find(';', at) - at - 1));
      if (entity.starts_with('#')) continue;
      static constexpr std::string_view kBuiltIn[] = {"amp", "lt", "gt", "quot", "apos"};
      if (std::find(std::begin(kBuiltIn), std::end(kBuiltIn), entity) == std::end(kBuiltIn) &&
          !entities.contains(entity))
        fail(undeclared(entity));
    }
  }

  [[noreturn]] void fail_parsing() const {
    const XML_Error code = XML_GetErrorCode(parser);
    switch (code) {
      case XML_ERROR_TAG_MISMATCH:
        fail(fmt::format("expected </{}>, the end of the element of line {}", open.back().name,
                         open.back().line));
      case XML_ERROR_NO_ELEMENTS:
      case XML_ERROR_UNCLOSED_TOKEN:
        if (!open.empty())
          fail(fmt::format("the document ends too early: expected </{}>, the end of the element of line {}",
                           open.back().name, open.back().line));
        if (code == XML_ERROR_NO_ELEMENTS) fail("the document is empty: expected its outermost element");
        break;
      case XML_ERROR_UNBOUND_PREFIX:
        fail(
            "a prefix in this tag has no namespace: expected xmlns:PREFIX=\"...\" here or on an element "
            "around it");
      case XML_ERROR_AMPLIFICATION_LIMIT_BREACH:
        fail("the entities of the document expand to more than a hundred times its length, which is refused");
      case XML_ERROR_JUNK_AFTER_DOC_ELEMENT:
        fail("a document has one outermost element: expected nothing behind its end");
      case XML_ERROR_UNDEFINED_ENTITY:
        fail(
            "an entity is not declared: expected &amp;amp; for an ampersand, or <!ENTITY ...> in a <!DOCTYPE "
            "[...]>");
      case XML_ERROR_UNKNOWN_ENCODING:
        fail(fmt::format(
            "the encoding {0} is none of UTF-8, UTF-16, ISO-8859-1, US-ASCII; convert the file: iconv -f "
            "{0} -t UTF-8, and say encoding=\"UTF-8\" in its first line",
            encoding));
      default:
        break;
    }
    fail(fmt::format("this is no well-formed XML: {}", XML_ErrorString(code)));
  }

  void parse() {
    std::uint64_t fed = 0;
    for (bool last = false; !last;) {
      // A token that is not whole yet is scanned from its start again with each piece: pieces grow with it,
      // so that the work stays linear.
      const auto event = XML_GetCurrentByteIndex(parser);
      const std::uint64_t waiting = event < 0 ? 0 : fed - static_cast<std::uint64_t>(event);
      if (waiting > max_token_bytes + kFirstPiece)
        fail(fmt::format("the tag or comment that begins here is longer than {} bytes", max_token_bytes));
      const std::size_t want = std::min<std::size_t>(std::max<std::size_t>(kFirstPiece, waiting),
                                                     std::numeric_limits<int>::max() / 4);
      void* const buffer = XML_GetBuffer(parser, static_cast<int>(want));
      if (buffer == nullptr) throw std::bad_alloc();
      // As much as waits is enough to keep the work linear; events of a slow source need not wait for more.
      const std::size_t enough = std::clamp<std::size_t>(waiting, 1, want);
      std::size_t filled = 0;
      while (filled < enough) {
        const std::size_t count = source.read(static_cast<char*>(buffer) + filled, want - filled);
        if (count == 0) {
          last = true;
          break;
        }
        filled += count;
      }
      fed += filled;
      const XML_Status status = XML_ParseBuffer(parser, static_cast<int>(filled), last ? 1 : 0);
      if (thrown) std::rethrow_exception(thrown);
      if (status != XML_STATUS_OK) fail_parsing();
    }
  }

  struct Open {
    std::string name;  // as written
    std::uint64_t line;
  };

  ByteSource& source;
  XmlHandler& handler;
  std::size_t max_token_bytes;
  XML_Parser parser;
  std::exception_ptr thrown;
  std::vector<Open> open;
  std::vector<XmlAttribute> list;
  bool has_external_subset = false;
  std::unordered_set<std::string> entities;  // declared in the document
  std::string encoding;                      // that is not known
};

XmlParser::XmlParser(ByteSource& source, XmlHandler& handler, std::size_t max_token_bytes)
    : state_(std::make_unique<State>(source, handler, max_token_bytes)) {}

XmlParser::~XmlParser() = default;

void XmlParser::parse() {
  state_->parse();
}

std::uint64_t XmlParser::line() const {
  return state_->line();
}

std::uint64_t XmlParser::column() const {
  return state_->column();
}

bool is_xml_name(std::string_view name) {
  const auto is_letter = [](char c) { return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_'; };
  const auto is_ascii_name_character = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  if (name.empty() || (static_cast<unsigned char>(name[0]) < 0x80 && !is_letter(name[0]))) return false;
  bool plain = true;
  for (const char c : name) {
    if (is_ascii_name_character(c)) continue;
    if (static_cast<unsigned char>(c) < 0x80) return false;
    plain = false;
  }
  if (plain) return true;
  // The letters of XML names are not those of Turtle, and differ between editions of XML: the library knows.
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate("UTF-8"), XML_ParserFree);
  if (parser == nullptr) throw std::bad_alloc();
  const std::string element = fmt::format("<{}/>", name);
  return XML_Parse(parser.get(), element.data(), static_cast<int>(element.size()), 1) == XML_STATUS_OK;
}

std::string xml_text_problem(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte >= 0x20 && byte < 0xED) {  // what may be wrong begins with ED or more
      ++at;
      continue;
    }
    const CodePoint c = decode_utf8(at, end);
    const bool legal = c.value >= 0x20 ? c.value != 0xFFFE && c.value != 0xFFFF
                                       : c.value == '\t' || c.value == '\n' || c.value == '\r';
    if (c.length == 0 || !legal) return fmt::format("U+{:04X}", c.value);
    at += c.length;
  }
  return {};
}

}  // namespace dossier::io
