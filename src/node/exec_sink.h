// Runs a command for each message: `listen --exec`.
//
// One at a time a room, in order, and a few at once in all; the text on its standard input, the
// rest in its environment (SOTTO_*).  A message counts as shown when its command has ended with
// 0; else an error event says so, and it is offered again at the next start.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <map>
#include <memory>

#include "net/child_process.h"
#include "node/events.h"

namespace sotto::node {

class ExecSink final : public EventSink {
 public:
  static constexpr std::size_t at_once = 8;              // commands
  static constexpr std::size_t waiting_limit = 8 << 20;  // bytes

  // `inner` gets every event, and must outlive it; all on the loop of `executor`.
  ExecSink(boost::asio::any_io_executor executor, EventSink& inner, std::string command);
  ~ExecSink() override;

  bool on_event(const Event& event, WallTime now) override;
  void on_message(const MessageEvent& message, WallTime now,
                  std::function<void()> shown) override;
  void flush() override;  // commands that run have a moment to end

 private:
  struct Task {
    MessageEvent message;
    std::function<void()> shown;
  };
  struct Room {
    std::deque<Task> waiting;  // the first one runs, if `child`
    std::shared_ptr<net::ChildProcess> child;
  };
  void start_some();
  bool start(const std::string& name, Room& room);
  void ended(const std::string& name, int code);
  void report(const MessageEvent& message, const std::string& what);

  boost::asio::any_io_executor executor_;
  EventSink& inner_;
  std::string command_;
  std::map<std::string, Room> rooms_;
  std::size_t running_ = 0;
  std::size_t waiting_bytes_ = 0;
  bool told_of_full_ = false;
};

}  // namespace sotto::node
