#include "shell/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "shell/arguments.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kSummaryColumn = 28;

constexpr std::string_view task_title(Command::Task task) {
  switch (task) {
    case Command::Task::ask:
      return "Ask";
    case Command::Task::explore:
      return "Explore";
    case Command::Task::show:
      return "Show answers";
    case Command::Task::change:
      return "Change";
    case Command::Task::session:
      return "Session";
  }
  return {};
}

[[noreturn]] void unknown_command(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name);
  throw UsageError(
      fmt::format("there is no command {}{} (.help lists them)", name, did_you_mean(name, names)));
}

}  // namespace

std::span<const Command> commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> joined;
    for (const auto part : {ask_commands(), change_commands(), import_commands(), draw_commands(),
                            edit_commands(), session_commands()})
      joined.insert(joined.end(), part.begin(), part.end());
    std::stable_sort(joined.begin(), joined.end(),
                     [](const Command& a, const Command& b) { return a.task < b.task; });
    return joined;
  }();
  return all;
}

const Command* find_command(std::string_view name) {
  const auto all = commands();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Command& c) { return c.name == name; });
  return found == all.end() ? nullptr : &*found;
}

int run_command(ShellContext& context, std::string_view line) {
  const std::string name = take_word(line);
  const Command* const command = find_command(name);
  if (command == nullptr) unknown_command(name);
  const int code = command->run(context, line);
  context.out.flush();
  return code;
}

void print_help(std::ostream& out, std::string_view name) {
  if (!name.empty()) {
    const Command* command = find_command(name);
    if (command == nullptr && !name.starts_with('.')) command = find_command("." + std::string(name));
    if (command == nullptr) unknown_command(name);
    out << fmt::format("{}{}{}\n{}\n\n{}", command->name, command->arguments.empty() ? "" : " ",
                       command->arguments, command->summary, command->help);
    return;
  }
  out << "Type a SPARQL query or update; it runs as soon as it is complete. .help COMMAND says more.\n";
  std::string_view title;
  for (const Command& command : commands()) {
    if (task_title(command.task) != title) {
      title = task_title(command.task);
      out << '\n' << title << '\n';
    }
    std::string left = "  " + std::string(command.name);
    if (!command.arguments.empty()) left += " " + std::string(command.arguments);
    if (left.size() + 1 >= kSummaryColumn) left += "\n" + std::string(kSummaryColumn - 1, ' ');
    out << fmt::format("{:<{}} {}\n", left, kSummaryColumn - 1, command.summary);
  }
}

}  // namespace dossier::shell
