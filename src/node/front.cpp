#include "node/front.h"

#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "node/errors.h"
#include "node/event_json.h"
#include "node/json_fields.h"
#include "node/messages.h"
#include "node/requests.h"
#include "node/system.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

// More than any room takes to say goodbye: an owner that needs longer hangs.
constexpr milliseconds leave_limit{5'000};
constexpr milliseconds farewell_limit{2'000};

}  // namespace

Front::Front(boost::asio::io_context& loop, Owner& owner, EventSink& sink,
             Parameters parameters)
    : loop_(loop),
      owner_(owner),
      sink_(sink),
      parameters_(std::move(parameters)),
      signals_(loop, SIGINT, SIGTERM, SIGHUP),
      leave_limit_(loop),
      notices_(loop, parameters_.manager),
      farewell_(loop) {}

void Front::start(std::function<void(Result<void>)> on_end) {
  on_end_ = std::move(on_end);
  wait_for_signal();
  start_chat();
  owner_.set_on_notice([this](const std::string& method, const Json& params) {
    return on_notice(method, params);
  });
  owner_.call(parameters_.method, parameters_.params,
              [this](const Result<Json>& opened) { on_opened(opened); });
}

void Front::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    if (signal_) return end({});
    signal_ = number;
    leave();
    wait_for_signal();
  });
}

void Front::on_opened(const Result<Json>& opened) {
  if (!opened) return end(std::unexpected(opened.error()));
  if (opened->find("rooms") != nullptr) {
    auto reply = from_json<HeldReply>(*opened);
    if (!reply) return end(std::unexpected(reply.error()));
    rooms_ = std::move(reply->rooms);
  } else {
    const auto reply = from_json<OpenedReply>(*opened);
    if (!reply) return end(std::unexpected(reply.error()));
    rooms_ = {reply->room};
  }
  opened_ = true;
  // They may have ended before all were open.
  if (!rooms_.empty() && ended_ >= rooms_.size()) return end(std::exchange(first_end_, {}));
  if (rooms_.empty())
    on_event(NoticeEvent{"agent.ready", "The profile is open to other commands."});
  tell_manager();
  if (leaving_) {
    leaving_ = false;
    leave();
    return;
  }
  take_input();
  for (AskOwner& wish : std::exchange(early_, {})) ask(std::move(wish));
}

bool Front::on_notice(const std::string& method, const Json& params) {
  if (result_) return false;
  if (method == "lost") {
    end(std::unexpected(error_from_json(params)));
    return false;
  }
  if (method == "stopping") {
    leave();
    return false;
  }
  if (method == "ended") {
    const Json* error = params.find("error");
    on_room_ended(error == nullptr ? Result<void>() : std::unexpected(error_from_json(*error)));
    return false;
  }
  const Json* json = params.find("event");
  auto event = method != "event" || json == nullptr ? std::nullopt : event_from_json(*json);
  if (!event) return false;
  if (auto* ready = std::get_if<ReadyEvent>(&*event);
      ready != nullptr && parameters_.on_ready) {
    on_ready(std::move(*ready));
    return false;
  }
  const Json* seq = params.find("seq");
  const auto* message = std::get_if<MessageEvent>(&*event);
  if (message != nullptr && seq != nullptr && seq->integer() != nullptr) {
    on_message(*message, *seq->integer());
  } else {
    on_event(*event);
  }
  return false;
}

// The last one ends the command; an error of one before is told meanwhile.
void Front::on_room_ended(const Result<void>& why) {
  ++ended_;
  if (first_end_ && !why) first_end_ = why;
  if (opened_ && ended_ >= rooms_.size()) return end(std::exchange(first_end_, {}));
  if (!why) sink_.on_event(ErrorEvent{why.error().name(), why.error().text()}, wall_now());
}

void Front::on_ready(ReadyEvent ready) {
  const auto work = std::exchange(parameters_.on_ready, nullptr);
  const auto shared = std::make_shared<ReadyEvent>(std::move(ready));
  work(*shared, [this, shared](const Result<void>& done) {
    if (done) return on_event(*shared);
    failure_ = done.error();
    leave();
  });
}

// A room that is hosted is usable once it is ready, another one from its first link on.
void Front::tell_manager() {
  if (!opened_ || usable_.size() < rooms_.size()) return;
  notices_.ready(rooms_.empty()       ? "The profile is open to other commands."
                 : rooms_.size() == 1 ? "The room " + rooms_.front() + " is open."
                                      : std::to_string(rooms_.size()) + " rooms are open.");
}

void Front::on_event(const Event& event) {
  sink_.on_event(event, wall_now());
  if (const auto* ready = std::get_if<ReadyEvent>(&event)) {
    usable_.insert(ready->room);
    tell_manager();
  } else if (const auto* link = std::get_if<LinkEvent>(&event)) {
    usable_.insert(link->room);
    tell_manager();
  } else if (const auto* progress = std::get_if<ProgressEvent>(&event)) {
    if (progress->phase == "ready") return tell_manager();  // back to what was said before
    notices_.status(progress->task + ": " +
                    (progress->detail.empty() ? progress->phase : progress->detail));
  }
  // What could not be delivered for good shows in the exit code of whoever has sent it.
  if (const auto* error = std::get_if<ErrorEvent>(&event);
      error != nullptr && parameters_.leave_at_end_of_input && !failure_) {
    failure_ = error_from_json(Json().set("code", error->code).set("text", error->text));
  }
  if (std::holds_alternative<ReadyEvent>(event) || std::holds_alternative<LinkEvent>(event)) {
    linked_ = true;
    take_input();
  }
}

void Front::on_message(const MessageEvent& message, std::int64_t seq) {
  auto shown = [this, alive = std::weak_ptr(alive_), shared = shown_, seq,
                loop = loop_.get_executor()] {
    const std::lock_guard lock(shared->mutex);
    shared->seqs.push_back(seq);
    if (!std::exchange(shared->told, false)) return;
    boost::asio::post(loop, [this, alive] {
      if (!alive.expired()) tell_shown();
    });
  };
  sink_.on_message(message, wall_now(), std::move(shown));
}

// All that were shown since the last time, at once.
void Front::tell_shown() {
  if (telling_) return;  // its answer brings us back
  ShownRequest request;
  {
    const std::lock_guard lock(shown_->mutex);
    request.seqs = std::exchange(shown_->seqs, {});
    shown_->told = true;
  }
  if (request.seqs.empty()) {
    if (result_) finish();
    return;
  }
  telling_ = true;
  owner_.call("shown", to_json(request), [this](const Result<Json>&) {
    telling_ = false;
    tell_shown();
  });
}

// Once there is somebody to talk to, and the room to say it in is known: of the two, either may
// come first.
void Front::take_input() {
  if (!linked_ || rooms_.empty()) return;
  if (input_ || input_ended_ || parameters_.input == InputKind::none) return;
  input_ = std::make_unique<net::LineInput>(
      loop_.get_executor(), wire::message_text_limit,
      [this](std::optional<std::string> line) { on_line(std::move(line)); });
}

void Front::start_chat() {
  if (parameters_.chat == nullptr) return;
  parameters_.chat->start(
      [this, alive = std::weak_ptr(alive_), loop = loop_.get_executor()](Wish wish) {
        boost::asio::post(loop, [this, alive, wish = std::move(wish)]() mutable {
          if (!alive.expired()) on_wish(std::move(wish));
        });
      });
}

void Front::on_wish(Wish wish) {
  if (result_) return;
  if (auto* asked = std::get_if<AskOwner>(&wish)) return ask(std::move(*asked));
  if (const auto signal = std::get<LeaveRoom>(wish).signal) {
    // A terminal that hangs up says so by a signal, too.
    if (signal_ && *signal == SIGHUP) return;
    if (signal_) return end({});  // as a second signal does
    signal_ = *signal;
  }
  leave();
}

void Front::ask(AskOwner wish) {
  if (rooms_.empty()) {
    early_.push_back(std::move(wish));
    return;
  }
  wish.params.set("room", rooms_.front());
  owner_.call(std::move(wish.method), std::move(wish.params), std::move(wish.done));
}

void Front::report(const Error& error) {
  if (!failure_) failure_ = error;
  sink_.on_event(ErrorEvent{error.name(), error.text()}, wall_now());
}

void Front::on_line(std::optional<std::string> line) {
  if (!line) {
    input_ended_ = true;
    if (saying_ == 0) leave_when_drained();
    return;
  }
  const auto checked = check_text(*line);
  if (!checked) report(checked.error());
  if (!checked || line->empty()) {
    input_->taken();
    return;
  }
  say(std::move(*line));
}

void Front::say(std::string text) {
  ++saying_;
  owner_.call("say", to_json(SayRequest{rooms_.front(), std::move(text)}),
              [this](const Result<Json>& said) {
                --saying_;
                if (!said) report(said.error());
                if (input_) input_->taken();
                if (input_ended_ && saying_ == 0) leave_when_drained();
              });
}

void Front::leave_when_drained() {
  if (!parameters_.leave_at_end_of_input) return;
  owner_.call("drain", to_json(RoomRequest{rooms_.front()}),
              [this](const Result<Json>& drained) {
                if (!drained && !failure_) failure_ = drained.error();
                leave();
              });
}

void Front::leave() {
  if (std::exchange(leaving_, true)) return;
  notices_.stopping();
  leave_limit_.expires_after(leave_limit);
  leave_limit_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    end(fail(Errc::rpc_failed,
             "The process that owns this profile does not answer. End it, then try again."));
  });
  // Before all is open there is nothing to leave yet: on_opened() comes back here.
  if (!opened_) return;
  if (rooms_.empty()) return end({});
  for (const std::string& room : rooms_) {
    owner_.call("leave", to_json(RoomRequest{room}), [this](const Result<Json>& left) {
      if (!left && rooms_.size() == 1) end({});
    });
  }
}

void Front::end(Result<void> result) {
  if (result_) return;
  result_ = std::move(result);
  input_.reset();
  boost::system::error_code ignored;
  leave_limit_.cancel();
  signals_.clear(ignored);  // from here on a signal ends the process, whoever else it serves
  sink_.flush();
  if (parameters_.chat != nullptr) parameters_.chat->stop();
  // An owner that hangs is not waited for long.
  farewell_.expires_after(farewell_limit);
  farewell_.async_wait([this](const boost::system::error_code& error) {
    if (!error) finish();
  });
  tell_shown();
}

void Front::finish() {
  if (!on_end_) return;
  farewell_.cancel();
  owner_.detach();
  if (signal_) {
    result_ = *signal_ == SIGINT ? fail(Errc::interrupted, "Interrupted.")
                                 : fail(Errc::terminated, "Terminated.");
  } else if (*result_ && failure_) {
    result_ = std::unexpected(*failure_);
  }
  std::exchange(on_end_, nullptr)(std::move(*result_));
}

}  // namespace sotto::node
