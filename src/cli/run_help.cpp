// Commands that tell of sotto itself: help, completion.
#include <csignal>
#include <sys/time.h>
#include <unistd.h>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/completion_scripts.h"
#include "cli/config.h"
#include "cli/help.h"
#include "cli/home.h"
#include "cli/shell_words.h"
#include "node/people.h"
#include "node/rooms.h"

namespace sotto::cli {
namespace {

using Names = FlagSpec::Names;

// Whoever types a tab waits for it: a process that owns the profile and does not answer is left
// alone after this long, with what was printed until then.
constexpr long patience_us = 400'000;

void end_at_the_latest() {
  std::signal(SIGALRM, [](int) { ::_exit(0); });
  itimerval timer{};
  timer.it_value.tv_usec = patience_us;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

// The shell does not expand what it hands over.
std::string without_tilde(const std::string& path) {
  const char* home = std::getenv("HOME");
  return path.starts_with("~/") && home != nullptr ? home + path.substr(1) : path;
}

// How a query of that command line would be understood.
Result<Invocation> understood_query(const Completion& completion) {
  std::vector<std::string> words = {"sotto", "--no-input", "rooms"};
  if (completion.home) words.push_back("--home=" + without_tilde(*completion.home));
  if (completion.config) words.push_back("--config=" + without_tilde(*completion.config));
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse(static_cast<int>(argv.size()), argv.data(), load_config);
}

void add_rooms(std::vector<Candidate>& out, node::Access& access, bool own) {
  const auto reply =
      access.ask<node::RoomsReply, node::NoRequest, node::list_rooms>("rooms", {});
  if (!reply) return;
  for (const node::RoomInfo& room : reply->rooms) {
    if (own && !room.hosted) continue;
    out.push_back({room.name, room.hosted ? "a room of yours" : "hosted by " + room.host});
  }
}

void add_contacts(std::vector<Candidate>& out, node::Access& access) {
  const auto reply =
      access.ask<node::ContactsReply, node::NoRequest, node::list_contacts>("contacts", {});
  if (!reply) return;
  for (const node::ContactInfo& contact : reply->contacts) {
    out.push_back({contact.name, contact.verified ? "verified" : "not verified"});
  }
}

// Nothing where there is no profile, or nobody who could unlock it: a tab is no place for
// errors.
std::vector<Candidate> names_for(const Completion& completion) {
  std::vector<Candidate> out;
  const auto query = understood_query(completion);
  if (!query) return out;
  const Asker asker(query->globals);
  const Surroundings around{query->globals, asker, {}, find_home(query->globals.home)};
  auto access = open_access(around, false);
  if (!access) return out;
  const Names whose = completion.whose;
  if (whose != Names::contacts) add_rooms(out, *access, whose == Names::own_rooms);
  if (whose == Names::contacts || whose == Names::contacts_and_rooms) {
    add_contacts(out, *access);
  }
  return out;
}

std::string lines_of(std::span<const Candidate> candidates) {
  std::string out;
  for (const Candidate& candidate : candidates) {
    out += candidate.word + "\t" + candidate.about + "\n";
  }
  return out;
}

Result<void> complete_words(const std::vector<std::string>& words) {
  constexpr const char* kinds[] = {"none", "files", "folders"};
  Completion completion = complete(words);
  const std::string typed = completion.before + completion.typed;
  auto printed = print(std::string(kinds[static_cast<std::size_t>(completion.paths)]) + "\t" +
                       typed + "\n" + lines_of(completion.candidates));
  if (!printed || completion.whose == Names::none || completion.whose == Names::commands) {
    return printed;
  }
  end_at_the_latest();
  completion.candidates.clear();
  add_names(completion, names_for(completion));
  return print(lines_of(completion.candidates));
}

}  // namespace

Result<void> run(const HelpCommand& command, const Surroundings& around) {
  const Page page{page_width(STDOUT_FILENO), around.style};
  const CommandSpec* spec = find_command(command.command);
  return print(spec == nullptr ? help_of_sotto(page) : help_of(*spec, page));
}

Result<void> run(const CompletionCommand& command, const Surroundings&) {
  if (!command.shell.empty()) return print(completion_script(command.shell));
  std::vector<std::string> words = command.words;
  if (command.line) {
    words = shell_words(*command.line);
    words.erase(words.begin());  // sotto itself
  }
  if (words.empty()) words.emplace_back();
  return complete_words(words);
}

}  // namespace sotto::cli
