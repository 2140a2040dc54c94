#include "cli/terminal/chat_session.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <filesystem>

#include "base/text.h"
#include "cli/message_text.h"
#include "node/commands.h"
#include "node/json_fields.h"

namespace sotto::cli {
namespace {

constexpr milliseconds look_soon{50};    // after something has changed
constexpr milliseconds look_again{300};  // for a round trip that is being measured
constexpr milliseconds look_seldom{5'000};
constexpr milliseconds second{1'000};
constexpr milliseconds delivery_limit{5'000};  // that leaving waits for the last words
constexpr std::size_t own_limit = 1'000;       // words that are followed
constexpr int excerpt_width = 40;

SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

std::string count_text(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string excerpt(std::string_view text) {
  const std::string line(text.substr(0, text.find('\n')));
  return shortened(displayable(line), excerpt_width);
}

bool is_yes(std::string answer) {
  for (char& c : answer) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return answer == "y" || answer == "yes";
}

}  // namespace

ChatSession::ChatSession(ChatView& view, Mailbox& mailbox, const Style& style, int verbosity,
                         bool takes_asides, MakeWish wish)
    : view_(view),
      mailbox_(mailbox),
      style_(style),
      verbosity_(verbosity),
      takes_asides_(takes_asides),
      wish_(std::move(wish)),
      next_look_(steady_now()),
      next_time_(steady_now()) {}

void ChatSession::start() {
  under_way_ = UnderWay{"opening", std::nullopt, steady_now()};
  learn_names();
}

void ChatSession::ask(std::string method, Json params, Done done) {
  auto answered = [&mailbox = mailbox_, alive = std::weak_ptr(alive_),
                   done = std::move(done)](const Result<Json>& reply) {
    mailbox.put([alive, done, reply] {
      if (!alive.expired()) done(reply);
    });
  };
  wish_(node::AskOwner{std::move(method), std::move(params), std::move(answered)});
}

void ChatSession::fail_with(const Error& error) {
  view_.show("sotto: " + displayable(error.text()) + " [" + error.name() + "]");
}

// --- who is there

void ChatSession::look(std::function<void()> then) {
  looking_ = true;
  ask("presence", Json::Object(), [this, then = std::move(then)](const Result<Json>& reply) {
    looking_ = false;
    learn(reply);
    if (then) then();
  });
}

void ChatSession::learn(const Result<Json>& reply) {
  auto presence = reply ? node::from_json<node::PresenceReply>(*reply)
                        : Result<node::PresenceReply>(std::unexpected(reply.error()));
  const SteadyTime now = steady_now();
  if (!presence) {
    // Not open yet, or no more.
    next_look_ = now + second;
    return;
  }
  state_.room = presence->room;
  const bool measuring = std::ranges::any_of(
      presence->people, [](const auto& person) { return person.linked && !person.round_trip; });
  next_look_ = now + (measuring ? look_again : look_seldom);
  if (presence->linked && !presence->hosted) under_way_.reset();
  state_.presence = std::move(*presence);
}

void ChatSession::learn_names() {
  ask("contacts", Json::Object(), [this](const Result<Json>& reply) {
    if (!reply) return;
    const auto contacts = node::from_json<node::ContactsReply>(*reply);
    if (!contacts) return;
    names_.clear();
    for (const auto& contact : contacts->contacts) names_.push_back(contact.name);
  });
}

// --- what happens

void ChatSession::on_event(const node::Event& event, WallTime now,
                           std::function<void()> shown) {
  if (const auto* delivered = std::get_if<node::DeliveredEvent>(&event)) {
    return came_to(delivered->id, Tick::delivered);
  }
  if (const auto* read = std::get_if<node::ReadEvent>(&event)) {
    return came_to(read->id, Tick::read);
  }
  if (const auto* progress = std::get_if<node::ProgressEvent>(&event)) progressed(*progress);
  const auto* ready = std::get_if<node::ReadyEvent>(&event);
  if (ready != nullptr) state_.room = ready->room;
  const bool linked = std::holds_alternative<node::LinkEvent>(event);
  if (linked && state_.presence && !state_.presence->hosted) state_.presence->linked = true;
  if (ready != nullptr || linked) {
    under_way_.reset();
    announced_.clear();
  }
  if (ready != nullptr || linked || std::holds_alternative<node::MemberEvent>(event)) {
    next_look_ = steady_now() + look_soon;
    learn_names();
  }
  const auto text = event_text(event, now, style_, verbosity_);
  if (!text || repetitions_.is_one(event) || !(text->data || takes_asides_)) return;
  std::string_view line = text->line;
  line.remove_suffix(1);
  view_.show(line, std::move(shown));
}

void ChatSession::on_log(std::string_view line) {
  view_.show("sotto: " + displayable(line));
}

void ChatSession::progressed(const node::ProgressEvent& progress) {
  if (progress.task.starts_with("file")) {
    const bool done = progress.percent == 100;
    state_.file = done ? "" : progress.task + ": " + progress.phase;
    if (!done && progress.percent) state_.file += " " + std::to_string(*progress.percent) + "%";
    if (!done && !progress.detail.empty()) state_.file += ", " + excerpt(progress.detail);
    return;
  }
  const bool tor = progress.task == "tor";
  if (tor && progress.phase == "ready") return;
  const std::string what = (tor ? "Tor: " : "") + progress.phase;
  const bool same = under_way_ && under_way_->what == what;
  under_way_ = UnderWay{what, progress.percent, same ? under_way_->since : steady_now()};
  next_look_ = std::min(next_look_, steady_now() + look_soon);
}

std::string ChatSession::under_way(SteadyTime now) const {
  if (leaving_) return "leaving";
  const bool lost = state_.presence && !state_.presence->linked;
  if (!under_way_) return lost ? "reconnecting" : "";
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - under_way_->since);
  if (passed.count() == 0 && !lost) return "";
  std::string out = under_way_->what;
  if (under_way_->percent) out += " " + std::to_string(*under_way_->percent) + "%";
  return out + ", " + std::to_string(passed.count()) + " s";
}

std::string ChatSession::status(int width) const {
  ChatState state = state_;
  state.under_way = under_way(steady_now());
  // In a room of ours there may be nobody who could get them.
  if (!state_.presence || !state_.presence->hosted) state.waiting = waiting();
  return status_line(state, width);
}

// Where no status line says it.
void ChatSession::announce_progress(SteadyTime now) {
  if (view_.is_redrawn() || !under_way_ || verbosity_ < 0) return;
  if (now - under_way_->since < second || announced_ == under_way_->what) return;
  announced_ = under_way_->what;
  explain(announced_ + " ...");
}

void ChatSession::on_time(SteadyTime now) {
  if (now >= next_look_ && !looking_ && !leaving_) look({});
  if (leave_by_ && now >= *leave_by_) leave();
  announce_progress(now);
  next_time_ = now + second;  // of what is under way, the seconds are shown
  if (!looking_ && !leaving_) next_time_ = std::min(next_time_, next_look_);
  if (leave_by_) next_time_ = std::min(next_time_, *leave_by_);
}

// --- own words

void ChatSession::say(std::string shown, std::string method, Json params) {
  const std::uint64_t number = ++last_number_;
  const WallTime now = wall_clock();
  view_.show_own(number, faint(clock_time(now, now), style_) + " " + bold("you", style_) +
                             ": " + body(shown));
  own_.emplace(number, Own{number, std::move(shown), std::nullopt});
  if (own_.size() > own_limit) {
    by_id_.erase(own_.begin()->second.id);
    own_.erase(own_.begin());
  }
  const bool is_file = method == "send_file";
  ask(std::move(method), std::move(params), [this, number, is_file](const Result<Json>& reply) {
    const auto at = own_.find(number);
    if (is_file) state_.file.clear();
    if (!reply) {
      fail_with(reply.error());
      if (at != own_.end()) own_.erase(at);
      return;
    }
    if (at == own_.end()) return;
    // Of a file the answer comes once it has arrived.
    if (is_file) return advance(at->second, Tick::delivered);
    const auto said = node::from_json<node::SaidReply>(*reply);
    if (!said || said->id.empty()) {
      own_.erase(at);
      return;
    }
    at->second.id = said->id;
    by_id_.insert_or_assign(said->id, number);
    advance(at->second, std::erase(early_, said->id) > 0 ? Tick::delivered : Tick::queued);
  });
}

void ChatSession::came_to(const std::string& id, Tick tick) {
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) {
    early_.push_back(id);
    if (early_.size() > own_limit) early_.pop_front();
    return;
  }
  const auto own = own_.find(at->second);
  if (own != own_.end()) advance(own->second, tick);
  if (tick != Tick::read) return;
  if (own != own_.end()) own_.erase(own);
  by_id_.erase(at);
}

std::size_t ChatSession::waiting() const {
  return static_cast<std::size_t>(std::ranges::count_if(own_, [](const auto& entry) {
    const std::optional<Tick>& tick = entry.second.tick;
    return !tick || *tick == Tick::queued;
  }));
}

// Ticks never go back: a host with several members hears of each.
void ChatSession::advance(Own& own, Tick tick) {
  if (own.tick && *own.tick >= tick) return;
  const bool first = !own.tick || *own.tick == Tick::queued;
  own.tick = tick;
  if (tick == Tick::queued || view_.set_tick(own.number, tick)) return;
  if (first) explain("✓ delivered: " + excerpt(own.text));
}

// --- what is typed

void ChatSession::on_line(const std::string& line) {
  if (question_) {
    if (view_.is_redrawn()) view_.show(prompt() + displayable(line));
    const Question question = *std::exchange(question_, std::nullopt);
    question.answered(is_yes(line));
    return;
  }
  if (line.empty() || leaving_ || leave_by_) return;
  ChatCommand understood = understand_chat(line);
  std::visit([this](auto& command) { act(std::move(command)); }, understood);
}

void ChatSession::act(SayIt&& command) {
  if (command.text.size() > message_limit) {
    view_.show("sotto: A message has at most 1 MiB of text. Send it in pieces, or with /file.");
    return;
  }
  if (!is_utf8(command.text)) {
    view_.show("sotto: A message is UTF-8 text; this is not. Set the terminal to UTF-8.");
    return;
  }
  Json params = Json().set("text", command.text);
  say(std::move(command.text), "say", std::move(params));
}

void ChatSession::act(ShowHelp&&) {
  view_.show(chat_help());
}

void ChatSession::act(ShowWho&&) {
  look([this] { view_.show(who_text(state_)); });
}

void ChatSession::act(ShowRoute&&) {
  look([this] { view_.show(route_text(state_)); });
}

void ChatSession::act(SendFile&& command) {
  std::error_code error;
  const auto path = std::filesystem::absolute(expanded_path(command.path), error);
  if (error || !std::filesystem::is_regular_file(path, error)) {
    view_.show("sotto: There is no file " + displayable(command.path) + ".");
    return;
  }
  say("[file " + path.filename().string() + "]", "send_file",
      Json().set("path", path.string()));
}

void ChatSession::act(Quit&&) {
  on_end();
}

void ChatSession::act(NotUnderstood&& command) {
  explain(command.why);
}

// --- leaving

void ChatSession::on_interrupt() {
  if (question_) return on_line("");
  wish_(node::LeaveRoom{SIGINT});
  leaving_ = true;
}

void ChatSession::on_hang_up() {
  wish_(node::LeaveRoom{SIGHUP});
  leaving_ = true;
}

// What was said last is waited for, for a moment: it goes with us if the way is there.
void ChatSession::on_end() {
  if (question_) return on_line("");
  if (leave_by_ || leaving_) return;
  const bool may_wait = state_.presence && !state_.presence->hosted;
  if (!may_wait || waiting() == 0) return leave();
  explain("Waiting until " + count_text(waiting(), "message") +
          " are delivered; Ctrl-C leaves at once.");
  leave_by_ = steady_now() + delivery_limit;
  ask("drain", Json::Object(), [this](const Result<Json>&) {
    if (leave_by_) leave();
  });
}

void ChatSession::leave() {
  leave_by_.reset();
  if (std::exchange(leaving_, true)) return;
  if (state_.presence && !state_.presence->hosted && waiting() > 0) {
    view_.show(count_text(waiting(), "message") +
               " not delivered yet: in the outbox, sent as soon as the host is reached again.");
  }
  wish_(node::LeaveRoom{});
}

// --- completion

std::optional<std::string> ChatSession::complete(const std::string& head) {
  if (question_) return std::nullopt;
  std::vector<std::string> names = names_;
  if (state_.presence) {
    for (const auto& person : state_.presence->people) names.push_back(person.name);
  }
  const auto path = complete_path(head);
  const Completion found = path ? *path : complete_chat(head, names);
  if (found.choices.empty()) return std::nullopt;
  const std::string common = common_beginning(found.choices);
  const std::string typed = head.substr(found.from);
  // Longer, or the same letters as they are written.
  if (found.choices.size() == 1 || to_utf32(common).size() > to_utf32(typed).size()) {
    return head.substr(0, found.from) + common;
  }
  std::string list;
  for (const std::string& choice : found.choices) list += displayable(choice) + " ";
  explain(list);
  return std::nullopt;
}

}  // namespace sotto::cli
