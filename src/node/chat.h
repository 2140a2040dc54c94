// What `host` and `join` have in common: lines that become messages, messages that are shown
// and marked as shown, what an earlier run may not have shown.
#pragma once
#include <functional>
#include <memory>

#include "net/line_input.h"
#include "node/commands.h"
#include "node/runtime.h"
#include "room/delivery.h"

namespace sotto::node {

class Chat {
 public:
  // `on_outbox` is called when a line has been committed to the outbox, `on_end` once after the
  // last.  Both must outlive it, as `runtime` must.
  Chat(Runtime& runtime, std::function<void()> on_outbox, std::function<void()> on_end);

  // Emits what was committed but perhaps never shown.  The store's errors.
  Async<void> show_missed(RoomId room);

  void start_input(InputKind kind, const store::RoomRow& room);
  void stop_input() { input_.reset(); }

  // Why a line was not sent, the first one's: the command has not done all it was asked for.
  const std::optional<Error>& failure() const { return failure_; }

  void show(std::int64_t seq, const MessageEvent& event);

 private:
  void on_line(std::optional<std::string> line);
  void compose(std::string text);
  void report(const Error& error);
  void mark_shown(std::int64_t seq);

  Runtime& runtime_;
  std::function<void()> on_outbox_;
  std::function<void()> on_end_;
  RoomId room_;
  std::unique_ptr<net::LineInput> input_;
  std::size_t composing_ = 0;
  bool ended_ = false;
  std::optional<Error> failure_;
};

}  // namespace sotto::node
