#include "shell/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/io/display_width.h"
#include "shell/arguments.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

// `.help` has the task and two columns of commands.
constexpr std::size_t kTaskWidth = 9;
constexpr std::size_t kNameWidth = 12;
constexpr std::size_t kBriefWidth = 23;

constexpr std::string_view task_title(Command::Task task) {
  switch (task) {
    case Command::Task::ask:
      return "Ask";
    case Command::Task::explore:
      return "Explore";
    case Command::Task::show:
      return "Show";
    case Command::Task::change:
      return "Change";
    case Command::Task::session:
      return "Session";
  }
  return {};
}

// As many words as fit.
std::string brief(const Command& command) {
  const std::string_view text = command.brief.empty() ? command.summary : command.brief;
  if (display_width(text) <= kBriefWidth) return std::string(text);
  std::size_t end = text.substr(0, kBriefWidth).rfind(' ');
  if (end == std::string_view::npos) end = kBriefWidth;
  while (end > 0 && std::string_view(" ,;:").find(text[end - 1]) != std::string_view::npos) --end;
  return std::string(text.substr(0, end));
}

// The commands of a task, down the first column and then the second.
void print_task(std::ostream& out, std::span<const Command> of_task) {
  std::vector<Command> commands;
  std::copy_if(of_task.begin(), of_task.end(), std::back_inserter(commands),
               [](const Command& command) { return !command.alias; });
  const std::size_t rows = (commands.size() + 1) / 2;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line(row == 0 ? task_title(commands.front().task) : std::string_view());
    line.resize(kTaskWidth, ' ');
    line += fmt::format("{:<{}}{}", commands[row].name, kNameWidth, brief(commands[row]));
    if (row + rows < commands.size()) {
      line.resize(kTaskWidth + kNameWidth + kBriefWidth + 1, ' ');
      line += fmt::format("{:<{}}{}", commands[row + rows].name, kNameWidth, brief(commands[row + rows]));
    }
    out << line << '\n';
  }
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
    for (const auto part : {ask_commands(), explore_commands(), survey_commands(), show_commands(), draw_commands(),
                            change_commands(), import_commands(), script_commands(), edit_commands(),
                            session_commands()})
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
  out << "A query or update runs as soon as it is complete. .help COMMAND says more.\n";
  auto rest = commands();
  while (!rest.empty()) {
    const auto other = std::find_if(rest.begin(), rest.end(),
                                    [&](const Command& c) { return c.task != rest.front().task; });
    const auto count = static_cast<std::size_t>(other - rest.begin());
    print_task(out, rest.first(count));
    rest = rest.subspan(count);
  }
}

}  // namespace dossier::shell
