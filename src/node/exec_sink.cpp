#include "node/exec_sink.h"

#include "node/errors.h"
#include "node/system.h"

namespace sotto::node {
namespace {

constexpr milliseconds grace{2'000};

constexpr std::size_t overhead = 1'024;  // of a message that waits, beside its text

std::size_t weight(const MessageEvent& message) {
  return message.text.size() + overhead;
}

std::vector<std::string> variables_of(const MessageEvent& message) {
  return {"SOTTO_ROOM=" + message.room,
          "SOTTO_ID=" + message.id,
          "SOTTO_FROM=" + message.from,
          "SOTTO_NAME=" + message.name,
          std::string("SOTTO_VERIFIED=") + (message.verified ? "1" : "0"),
          "SOTTO_TIME=" + to_rfc3339(message.time),
          std::string("SOTTO_AGAIN=") + (message.again ? "1" : "0")};
}

}  // namespace

ExecSink::ExecSink(boost::asio::any_io_executor executor, EventSink& inner, std::string command)
    : executor_(std::move(executor)), inner_(inner), command_(std::move(command)) {}

ExecSink::~ExecSink() = default;

bool ExecSink::on_event(const Event& event, WallTime now) {
  return inner_.on_event(event, now);
}

void ExecSink::on_message(const MessageEvent& message, WallTime now,
                          std::function<void()> shown) {
  inner_.on_message(message, now, [] {});
  if (waiting_bytes_ > 0 && waiting_bytes_ + weight(message) > waiting_limit) {
    if (!std::exchange(told_of_full_, true)) {
      inner_.on_event(
          NoticeEvent{"exec.slow",
                      "More messages arrive than the command keeps up with. What is "
                      "left out is offered again at the next start."},
          now);
    }
    return;
  }
  waiting_bytes_ += weight(message);
  rooms_[message.room].waiting.push_back({message, std::move(shown)});
  start_some();
}

void ExecSink::start_some() {
  for (auto& [name, room] : rooms_) {
    while (running_ < at_once && !room.child && !room.waiting.empty()) {
      if (start(name, room)) break;
    }
  }
}

// False when it could not be started: that message is over.
bool ExecSink::start(const std::string& name, Room& room) {
  const MessageEvent& message = room.waiting.front().message;
  auto child =
      net::ChildProcess::start(executor_, command_, variables_of(message), message.text,
                               [this, name](int code) { ended(name, code); });
  if (child) {
    room.child = std::move(*child);
    ++running_;
    return true;
  }
  report(message, child.error().text());
  waiting_bytes_ -= weight(message);
  room.waiting.pop_front();
  return false;
}

void ExecSink::ended(const std::string& name, int code) {
  Room& room = rooms_.at(name);
  const Task task = std::move(room.waiting.front());
  room.waiting.pop_front();
  room.child.reset();
  --running_;
  waiting_bytes_ -= weight(task.message);
  if (waiting_bytes_ < waiting_limit / 2) told_of_full_ = false;
  if (code == 0) {
    task.shown();
  } else {
    report(task.message, "The command ended with " + std::to_string(code) + ".");
  }
  start_some();
}

void ExecSink::report(const MessageEvent& message, const std::string& what) {
  const Error error(Errc::exec_failed, "The command for the message " + message.id +
                                           " has failed: " + what +
                                           " The message is offered again at the next start.");
  inner_.on_event(ErrorEvent{error.name(), error.text()}, wall_now());
}

void ExecSink::flush() {
  for (const auto& [name, room] : rooms_) {
    if (room.child) room.child->terminate();
  }
  const SteadyTime limit = std::chrono::steady_clock::now() + grace;
  for (auto& [name, room] : rooms_) {
    if (!room.child) continue;
    if (room.child->finish(limit) == 0) room.waiting.front().shown();
    room.child.reset();
  }
  rooms_.clear();
  inner_.flush();
}

}  // namespace sotto::node
