// `.draw`: the last answer as a picture.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/console.h"
#include "shell/drawing.h"
#include "shell/graphviz.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kMostRows = 5000;
constexpr std::size_t kMostNodes = 300;

// drawing.svg, or with a number that is free.
std::string free_name(const std::string& extension) {
  std::error_code ignored;
  std::string name = "drawing" + extension;
  for (int number = 2; std::filesystem::exists(name, ignored); ++number)
    name = fmt::format("drawing-{}{}", number, extension);
  return name;
}

int draw(ShellContext& context, std::string_view arguments) {
  std::string file = take_word(arguments);
  if (!arguments.empty()) throw UsageError(".draw takes a file: .draw [FILE.svg|FILE.png|FILE.dot]");
  const bool graphviz = has_graphviz();
  if (file.empty()) {
    file = free_name(graphviz ? ".svg" : ".dot");
    if (!graphviz)
      tell(fmt::format("for a picture install Graphviz (apt-get install graphviz), then: dot -Tsvg -O {}", file));
  }
  const std::string extension = std::filesystem::path(file).extension();
  if (extension != ".svg" && extension != ".png" && extension != ".dot")
    throw UsageError(fmt::format("'{}' does not say what to draw: a name ends in .svg, .png or .dot", file));
  const Interrupt interrupt(&context.session);
  const Drawing drawing = draw_answer(context, context.answer_rows(kMostRows), kMostNodes);
  if (drawing.nodes.empty())
    throw UsageError(
        "the last answer has no things to draw: select IRIs, a path, or triples with CONSTRUCT or DESCRIBE");
  const DotDrawing dot = dot_of(drawing);
  const std::string bytes = extension == ".dot" ? dot.text : render(dot, extension.substr(1));
  std::ofstream out(file, std::ios::binary);
  out << bytes;
  out.close();
  if (!out) throw InputError(fmt::format("cannot write {}", file));
  fmt::print(stderr, "{}: {} things, {} links{}\n", file, drawing.nodes.size(), drawing.links.size(),
             drawing.whole ? "" : "; the answer has more than a picture can show");
  return kDone;
}

constexpr std::array kCommands = {Command{
    .name = ".draw",
    .arguments = "[FILE.svg|FILE.png|FILE.dot]",
    .task = Command::Task::show,
    .argument = Command::Argument::file,
    .summary = "draws the last answer as a picture",
    .brief = "a picture of it",
    .help =
        "The triples of CONSTRUCT and DESCRIBE, paths, or the IRIs of rows with what the store says between\n"
        "them. Dates and sources stand on the links, claims that are not asserted are dashed, colours are\n"
        "kinds. Without FILE it writes drawing.svg here. Pictures need Graphviz (apt-get install graphviz);\n"
        "FILE.dot does not.\n\n"
        "  DESCRIBE :chen-yuhuang\n  .draw chen.png\n",
    .run = draw}};

}  // namespace

std::span<const Command> draw_commands() {
  return kCommands;
}

}  // namespace dossier::shell
