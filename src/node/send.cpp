// `sotto send`: messages into the outbox, to the host, and the answer.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "node/commands.h"
#include "node/errors.h"
#include "node/joiner.h"
#include "node/rendering.h"
#include "node/system.h"
#include "room/delivery.h"
#include "store/outbox.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

// To the microsecond.
double to_ms(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count() / 1000) / 1000.0;
}

double ms_since(SteadyTime start) {
  return to_ms(std::chrono::steady_clock::now() - start);
}

Result<void> check_texts(const SendOptions& options) {
  for (const std::string& text : options.texts) {
    if (text.size() > wire::message_text_limit) {
      return fail(Errc::too_large, "A message has at most 1 MiB of text. Send it in pieces.");
    }
    if (!is_utf8(text)) return fail(Errc::not_text, "A message is UTF-8 text; this is not.");
  }
  return {};
}

class SendCommand final : public JoinerListener {
 public:
  SendCommand(Runtime& runtime, const SendOptions& options, Target target,
              std::vector<room::Composed> messages, SteadyTime started)
      : runtime_(runtime),
        options_(options),
        messages_(std::move(messages)),
        started_(started),
        deadline_(runtime.executor()),
        joiner_(
            runtime,
            {std::move(target.joined), wire::Purpose::send, started + options.timeout, false},
            *this) {
    for (const auto& message : messages_) {
      if (message.stage < store::Stage::delivered) waiting_.insert(message.id);
    }
  }

  Async<void> run() {
    if (waiting_.empty()) co_return Result<void>();
    watch_deadline();
    const auto ended = co_await joiner_.run();
    deadline_.cancel();
    if (!ended) failure_ = ended.error();
    if (!waiting_.empty()) co_await give_up();
    co_return Result<void>();
  }

  void stop() { joiner_.leave(); }

  Sent result() {
    Sent sent;
    sent.id = id_text(messages_.back().id);
    sent.route = joiner_.was_linked() ? "direct" : "";
    sent.attempts = joiner_.attempts();
    sent.elapsed = milliseconds(static_cast<std::int64_t>(ms_since(started_)));
    if (joiner_.was_linked()) {
      sent.phases = {{"connect", to_ms(joiner_.phases().connect)},
                     {"handshake", to_ms(joiner_.phases().handshake)}};
      if (delivered_at_ > linked_at_)
        sent.phases.emplace_back("delivered", to_ms(delivered_at_ - linked_at_));
    }
    if (waiting_.empty() && !rejected_) {
      sent.status = "delivered";
      return sent;
    }
    if (rejected_) {
      sent.status = "cancelled";
      sent.error = rejected_;
      return sent;
    }
    sent.status = options_.queue ? "queued" : joiner_.was_linked() ? "sent" : "cancelled";
    sent.error = failure_
                     ? failure_
                     : Error(Errc::not_delivered,
                             "The host did not acknowledge the message in time. It may have "
                             "arrived: try again with the same --id.");
    return sent;
  }

 private:
  void watch_deadline() {
    deadline_.expires_at(started_ + options_.timeout);
    deadline_.async_wait([this](const boost::system::error_code& error) {
      if (!error) joiner_.leave();
    });
  }

  // Without --queue nothing stays behind that would surprise by leaving later.
  Async<void> give_up() {
    if (options_.queue) co_return Result<void>();
    auto job = [messages = messages_,
                host = joiner_.room().host](store::Database& database) -> Result<bool> {
      store::Outbox outbox(database);
      for (const auto& message : messages) {
        if (auto removed = outbox.remove(message.seq, host); !removed) return removed;
      }
      return true;
    };
    const auto removed = co_await runtime_.store().run<bool>(std::move(job));
    if (!removed) failure_ = removed.error();
    co_return Result<void>();
  }

  void on_linked(const LinkEvent&) override { linked_at_ = std::chrono::steady_clock::now(); }

  void on_retry(const Error& why) override {
    runtime_.emit(ProgressEvent{"send", "retrying", std::nullopt, why.text()});
  }

  void on_message(std::int64_t, const wire::Message&, const store::ContactRow&) override {}

  void on_delivered(const MessageId& id) override {
    waiting_.erase(id);
    finish_when_done();
  }

  void on_rejected(const MessageId& id, const Error& why) override {
    if (waiting_.erase(id) > 0) rejected_ = why;
    finish_when_done();
  }

  void on_presence(const store::ContactRow&, bool) override {}
  void on_notice(const Error& what) override {
    runtime_.emit(NoticeEvent{what.name(), what.text()});
  }

  void finish_when_done() {
    if (!waiting_.empty()) return;
    delivered_at_ = std::chrono::steady_clock::now();
    joiner_.leave();
  }

  Runtime& runtime_;
  const SendOptions& options_;
  std::vector<room::Composed> messages_;
  SteadyTime started_;
  boost::asio::steady_timer deadline_;
  std::set<MessageId> waiting_;
  std::optional<Error> failure_;
  std::optional<Error> rejected_;
  SteadyTime linked_at_;
  SteadyTime delivered_at_;
  Joiner joiner_;
};

Result<std::vector<room::Composed>> compose_all(Profile& profile, const store::RoomRow& room,
                                                const SendOptions& options) {
  std::vector<room::Composed> out;
  const auto composed = profile.database().transaction([&]() -> Result<void> {
    for (const std::string& text : options.texts) {
      const MessageId id = options.id ? room::named_message_id(*options.id)
                                      : MessageId::random(system_entropy());
      const auto one = room::compose(profile.database(), room, profile.keys().identity, text,
                                     id, wall_now());
      if (!one) return std::unexpected(one.error());
      out.push_back(*one);
    }
    return {};
  });
  if (!composed) return std::unexpected(composed.error());
  return out;
}

}  // namespace

Result<Sent> send(Profile& profile, const SendOptions& options, EventSink& sink) {
  const SteadyTime started = std::chrono::steady_clock::now();
  if (auto checked = check_texts(options); !checked) return pass(checked);
  auto target =
      resolve_target(profile, options.target, options.keys, options.expected_fingerprint);
  if (!target) return pass(target);
  auto messages = compose_all(profile, target->joined.room, options);
  if (!messages) return pass(messages);
  if (options.wait == WaitFor::queued) {
    Sent sent;
    sent.id = id_text(messages->back().id);
    sent.status = "queued";
    sent.elapsed = milliseconds(static_cast<std::int64_t>(ms_since(started)));
    return sent;
  }
  Runtime runtime(profile, sink);
  SendCommand command(runtime, options, std::move(*target), std::move(*messages), started);
  const auto ended = runtime.run(command.run(), [&command] { command.stop(); });
  Sent sent = command.result();
  if (!ended && sent.status != "delivered") sent.error = ended.error();
  return sent;
}

}  // namespace sotto::node
