// `sotto join`: a member's chat.
#include "node/chat.h"
#include "node/commands.h"
#include "node/errors.h"
#include "node/joiner.h"
#include "node/rendering.h"
#include "room/errors.h"
#include "store/outbox.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

class JoinCommand final : public JoinerListener {
 public:
  JoinCommand(Runtime& runtime, const JoinOptions& options, Target target)
      : runtime_(runtime),
        options_(options),
        chat_(
            runtime, [this] { joiner_.pump(); }, [this] { leave_once_delivered(true); }),
        joiner_(runtime,
                {std::move(target.joined), wire::Purpose::enter,
                 std::chrono::steady_clock::now() + options.timeout, true},
                *this) {}

  Async<void> run() {
    const auto shown = co_await chat_.show_missed(joiner_.room().id);
    if (!shown) co_return shown;
    runtime_.emit(ProgressEvent{"join", "connecting", std::nullopt, joiner_.room().name});
    const auto ended = co_await joiner_.run();
    chat_.stop_input();
    if (!ended) co_return ended;
    runtime_.emit(ClosedEvent{leaving_ ? "left" : "host left"});
    if (chat_.failure()) co_return std::unexpected(*chat_.failure());
    co_return ended;
  }

  void stop() {
    leaving_ = true;
    joiner_.leave();
  }

 private:
  void on_linked(const LinkEvent& link) override {
    runtime_.emit(link);
    // Typed lines are taken once there is somebody to read them.
    if (!std::exchange(input_started_, true)) chat_.start_input(options_.input, joiner_.room());
  }

  void on_retry(const Error& why) override {
    runtime_.emit(ProgressEvent{"join", joiner_.was_linked() ? "reconnecting" : "retrying",
                                std::nullopt, why.text()});
  }

  void on_message(std::int64_t seq, const wire::Message& message,
                  const store::ContactRow& author) override {
    chat_.show(seq, message_event(message, author, false));
  }

  void on_delivered(const MessageId& id) override {
    runtime_.emit(DeliveredEvent{id_text(id)});
    leave_once_delivered(false);
  }

  void on_rejected(const MessageId&, const Error& why) override {
    runtime_.emit(ErrorEvent{why.name(), why.text()});
    leave_once_delivered(false);
  }

  void on_presence(const store::ContactRow& who, bool here) override {
    runtime_.emit(member_event(who, here));
  }

  void on_notice(const Error& what) override {
    runtime_.emit(NoticeEvent{what.name(), what.text()});
  }

  // After the end of input: leaves when nothing waits for the host any more.
  void leave_once_delivered(bool input_ended) {
    input_ended_ = input_ended_ || input_ended;
    if (!input_ended_) return;
    auto left = std::make_shared<bool>(false);
    auto job = [room = joiner_.room().id, host = joiner_.room().host,
                left](store::Database& database) -> Result<void> {
      const auto waiting = store::Outbox(database).waiting(room, host, 0, 1);
      if (!waiting) return std::unexpected(waiting.error());
      *left = !waiting->empty();
      return {};
    };
    runtime_.store().post(std::move(job), [this, left](const Result<void>& looked) {
      if (looked && !*left) stop();
    });
  }

  Runtime& runtime_;
  const JoinOptions& options_;
  Chat chat_;
  Joiner joiner_;
  bool input_started_ = false;
  bool input_ended_ = false;
  bool leaving_ = false;
};

}  // namespace

Result<void> join(Profile& profile, const JoinOptions& options, EventSink& sink) {
  auto owner = store::OwnerLock::take(profile.home());
  if (!owner) return pass(owner);
  auto target =
      resolve_target(profile, options.target, options.keys, options.expected_fingerprint);
  if (!target) return pass(target);
  Runtime runtime(profile, sink);
  if (!target->introduced) {
    runtime.emit(
        NoticeEvent{"host.unverified",
                    "Nothing vouches for the host of this room: compare the fingerprint " +
                        crypto::to_string(crypto::fingerprint(target->joined.host)) +
                        " with theirs over another channel."});
  }
  JoinCommand command(runtime, options, std::move(*target));
  return runtime.run(command.run(), [&command] { command.stop(); });
}

}  // namespace sotto::node
