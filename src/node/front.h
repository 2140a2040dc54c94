// A person or script in a room: what `host`, `join` and `listen` run in front of the owner.
//
//   start -> opening -> in the room -> leaving -> ending -> ended
//              |             |                      ^  what was shown last is told the owner
//              +-- error ----+-- ended by the owner +
//
// Lines of standard input become messages, or a chat says what its person wishes for; events go
// to the sink, SIGINT and SIGTERM leave.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/line_input.h"
#include "node/chat_input.h"
#include "node/commands.h"
#include "node/owner.h"
#include "node/service_notices.h"

namespace sotto::node {

class Front {
 public:
  struct Parameters {
    std::string method;  // "host", "join", "listen" or "attend"
    Json params;
    InputKind input = InputKind::none;
    bool leave_at_end_of_input = false;  // once all is delivered
    // Run once when a hosted room is open, before input is taken and `ready` is shown; calls
    // its last argument when it is done.
    std::function<void(ReadyEvent& ready, std::function<void(Result<void>)>)> on_ready;
    std::optional<std::string> exec = {};  // a command for each message, which its sink runs
    std::vector<std::filesystem::path> writable = {};        // folders, besides the profile
    bool runs_commands = false;                              // the owner will, of the person's
    std::shared_ptr<net::ServiceManager> manager = nullptr;  // that has started the process
    ChatInput* chat = nullptr;  // instead of `input`; outlives the front end
  };

  // All must outlive it; `loop` is the owner's.
  Front(boost::asio::io_context& loop, Owner& owner, EventSink& sink, Parameters parameters);

  // Calls `on_end` once, with what the command ends with: a signal is node's interrupted or
  // terminated.
  void start(std::function<void(Result<void>)> on_end);

 private:
  void on_opened(const Result<Json>& opened);
  bool on_notice(const std::string& method, const Json& params);
  void on_event(const Event& event);
  void on_message(const MessageEvent& message, std::int64_t seq);
  void tell_shown();
  void on_room_ended(const Result<void>& why);
  void on_ready(ReadyEvent ready);
  void tell_manager();
  void on_line(std::optional<std::string> line);
  void say(std::string text);
  void report(const Error& error);
  void take_input();
  void start_chat();
  void on_wish(Wish wish);
  void ask(AskOwner wish);
  void leave();
  void leave_when_drained();
  void wait_for_signal();
  void end(Result<void> result);
  void finish();

  boost::asio::io_context& loop_;
  Owner& owner_;
  EventSink& sink_;
  Parameters parameters_;
  boost::asio::signal_set signals_;
  std::function<void(Result<void>)> on_end_;
  std::unique_ptr<net::LineInput> input_;
  boost::asio::steady_timer leave_limit_;
  ServiceNotices notices_;
  std::vector<std::string> rooms_;  // once opened_
  std::set<std::string> usable_;    // of them: can be joined, or have been
  bool opened_ = false;
  std::size_t ended_ = 0;   // of the rooms
  Result<void> first_end_;  // the first error of one, if any
  std::size_t saying_ = 0;
  std::vector<AskOwner> early_;  // wishes from before the room was open
  bool linked_ = false;          // the room has told so
  bool input_ended_ = false;
  bool leaving_ = false;
  std::optional<int> signal_;
  std::optional<Error> failure_;  // of a line, or of on_ready

  // Messages that were shown; the sink's thread adds to them.
  struct Shown {
    std::mutex mutex;
    std::vector<std::int64_t> seqs;
    bool told = true;  // the loop has been asked to look
  };
  std::shared_ptr<Shown> shown_ = std::make_shared<Shown>();
  bool telling_ = false;  // a call of `shown` is not answered yet
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::optional<Result<void>> result_;  // set once it ends
  boost::asio::steady_timer farewell_;
};

}  // namespace sotto::node
