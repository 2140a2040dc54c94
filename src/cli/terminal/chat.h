// The chat of `host` and `join` when a person sits at a terminal: events in, wishes out.
//
// Until it is started and after it was stopped, what happens is written as lines, as without a
// chat; between the two the terminal is its own thread's (docs/terminal.md).
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "cli/commands.h"
#include "cli/stream_sink.h"
#include "cli/terminal/mailbox.h"
#include "node/chat_input.h"

namespace sotto::cli {

class ChatSession;

// Whether a person can be talked to: both ends are a terminal, and nothing asks for less.
bool can_chat(const Surroundings& around);

class Chat final : public node::EventSink, public node::ChatInput {
 public:
  // `plain`: line by line, also where it could be redrawn.
  Chat(const Surroundings& around, bool plain);
  ~Chat() override;

  bool on_event(const node::Event& event, WallTime now) override;
  void on_message(const node::MessageEvent& message, WallTime now,
                  std::function<void()> shown) override;
  void pause() override { lines_.pause(); }
  void flush() override;

  void start(std::function<void(node::Wish)> wish) override;
  void stop() override;

 private:
  void pass_log_on();
  bool pass_on(const node::Event& event, WallTime now, std::function<void()> shown);
  void run(const std::function<void(node::Wish)>& wish);
  bool run_redrawn(const std::function<void(node::Wish)>& wish);
  void run_plain(const std::function<void(node::Wish)>& wish);

  const Surroundings& around_;
  const bool plain_;
  // What is not said goes to the chat where standard error is the terminal as well.
  const bool takes_asides_;
  StreamSink lines_;
  Mailbox mailbox_;
  ChatSession* session_ = nullptr;         // on the thread, while it runs
  std::atomic<std::size_t> left_out_ = 0;  // events and diagnostics that were too many
  bool running_ = false;
  std::thread thread_;
};

}  // namespace sotto::cli
