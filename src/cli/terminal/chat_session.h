// A chat from the person's side: what their lines and /commands do, what events look like, how
// far own words have come, and what the status line says.
//
// Lives on the terminal's thread; asks the owner through the front end and gets answers and
// events through the mailbox.  Knows neither keys nor screens.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/stream_sink.h"
#include "cli/terminal/chat_command.h"
#include "cli/terminal/chat_view.h"
#include "cli/terminal/mailbox.h"
#include "cli/terminal/status_line.h"
#include "node/chat_input.h"
#include "node/people.h"

namespace sotto::cli {

class ChatSession {
 public:
  using MakeWish = std::function<void(node::Wish)>;

  // All must outlive it.  `takes_asides`: else what is not said is told elsewhere.
  ChatSession(ChatView& view, Mailbox& mailbox, const Style& style, int verbosity,
              bool takes_asides, MakeWish wish);

  void start();

  void on_event(const node::Event& event, WallTime now, std::function<void()> shown);
  void on_log(std::string_view line);

  void on_line(const std::string& line);  // Enter
  void on_interrupt();                    // Ctrl-C on an empty line, or instead of an answer
  void on_end();                          // Ctrl-D on an empty line
  void on_hang_up();

  void on_time(SteadyTime now);
  SteadyTime deadline() const { return next_time_; }

  std::string prompt() const { return question_ ? question_->text + " [y/N] " : "> "; }
  bool is_asking() const { return question_.has_value(); }
  std::string status(int width) const;
  std::optional<std::string> complete(const std::string& head);

 private:
  struct Own {
    std::uint64_t number;
    std::string text;
    std::optional<Tick> tick;  // nothing: not even queued yet
    std::string id = {};       // hex, once queued
  };
  struct Question {
    std::string text;
    std::function<void(bool yes)> answered;
  };
  struct UnderWay {
    std::string what;
    std::optional<int> percent;
    SteadyTime since;
  };
  using Done = std::function<void(const Result<Json>&)>;

  void ask(std::string method, Json params, Done done);
  void look(std::function<void()> then);
  void learn_names();
  void learn(const Result<Json>& reply);

  void act(SayIt&& command);
  void act(ShowHelp&&);
  void act(ShowWho&&);
  void act(ShowRoute&&);
  void act(VerifyWho&& command);
  void act(SendFile&& command);
  void act(Quit&&);
  void act(NotUnderstood&& command);

  void say(std::string shown, std::string method, Json params);
  void verify(const std::string& who);
  void compare(const node::ContactInfo& contact, const std::string& own_fingerprint);
  void progressed(const node::ProgressEvent& progress);
  void came_to(const std::string& id, Tick tick);
  void advance(Own& own, Tick tick);
  void announce_progress(SteadyTime now);
  std::string under_way(SteadyTime now) const;
  // Own words that nobody has got yet.
  std::size_t waiting() const;
  void explain(std::string_view text) { view_.show(faint(text, style_)); }
  void fail_with(const Error& error);
  void leave();

  ChatView& view_;
  Mailbox& mailbox_;
  const Style style_;
  const int verbosity_;
  const bool takes_asides_;
  const MakeWish wish_;
  Repetitions repetitions_;
  ChatState state_;
  std::vector<std::string> names_;  // of people, for completion
  std::optional<Question> question_;

  std::map<std::uint64_t, Own> own_;  // by number; what can still change
  std::map<std::string, std::uint64_t> by_id_;
  std::deque<std::string> early_;  // delivered before we knew the id, or not ours
  std::uint64_t last_number_ = 0;

  std::optional<UnderWay> under_way_;
  std::string announced_;  // of what is under way, where there is no status line
  bool looking_ = false;
  SteadyTime next_look_;
  SteadyTime next_time_;
  std::optional<SteadyTime> leave_by_;
  bool leaving_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sotto::cli
