#include "node/chat.h"

#include "base/text.h"
#include "node/errors.h"
#include "node/rendering.h"
#include "node/system.h"
#include "room/errors.h"
#include "store/contacts.h"
#include "store/messages.h"
#include "store/rooms.h"
#include "wire/limits.h"

namespace sotto::node {

Chat::Chat(Runtime& runtime, std::function<void()> on_outbox, std::function<void()> on_end)
    : runtime_(runtime), on_outbox_(std::move(on_outbox)), on_end_(std::move(on_end)) {}

Async<void> Chat::show_missed(RoomId room) {
  using Missed = std::vector<std::pair<std::int64_t, MessageEvent>>;
  auto job = [room](store::Database& database) -> Result<Missed> {
    const auto rows = store::Messages(database).not_shown(room);
    if (!rows) return std::unexpected(rows.error());
    store::Contacts contacts(database);
    Missed missed;
    for (const auto& row : *rows) {
      const auto message = wire::decode_message(row.message);
      if (!message) return std::unexpected(message.error());
      const auto author = contacts.by_identity(row.author);
      if (!author) return std::unexpected(author.error());
      if (*author) missed.emplace_back(row.seq, message_event(*message, **author, true));
    }
    return missed;
  };
  const auto missed = co_await runtime_.store().run<Missed>(std::move(job));
  if (!missed) co_return std::unexpected(missed.error());
  for (const auto& [seq, event] : *missed) show(seq, event);
  co_return Result<void>();
}

void Chat::show(std::int64_t seq, const MessageEvent& event) {
  if (runtime_.emit(event)) mark_shown(seq);
}

void Chat::mark_shown(std::int64_t seq) {
  runtime_.store().post(
      [seq](store::Database& database) { return store::Messages(database).mark_shown(seq); },
      [this](const Result<void>& marked) {
        if (!marked) runtime_.emit(ErrorEvent{marked.error().name(), marked.error().text()});
      });
}

void Chat::start_input(InputKind kind, const store::RoomRow& room) {
  room_ = room.id;
  if (kind == InputKind::none) return;
  input_ = std::make_unique<net::LineInput>(
      runtime_.executor(), wire::message_text_limit,
      [this](std::optional<std::string> line) { on_line(std::move(line)); });
}

void Chat::report(const Error& error) {
  if (!failure_) failure_ = error;
  runtime_.emit(ErrorEvent{error.name(), error.text()});
}

void Chat::on_line(std::optional<std::string> line) {
  if (!line) {
    ended_ = true;
    if (composing_ == 0) on_end_();
    return;
  }
  if (line->empty()) return;
  if (line->size() > wire::message_text_limit) {
    return report({Errc::too_large, "A line of over 1 MiB was not sent: cut it up."});
  }
  if (!is_utf8(*line)) {
    return report({Errc::not_text, "A line that is not UTF-8 text was not sent."});
  }
  compose(std::move(*line));
}

void Chat::compose(std::string text) {
  ++composing_;
  auto job = [this, room_id = room_, text = std::move(text),
              id = MessageId::random(system_entropy()),
              now = wall_now()](store::Database& database) -> Result<void> {
    const auto room = store::Rooms(database).by_id(room_id);
    if (!room) return std::unexpected(room.error());
    if (!*room) return fail(room::Errc::unknown, "The room was removed in the meantime.");
    const auto composed =
        room::compose(database, **room, runtime_.profile().keys().identity, text, id, now);
    if (!composed) return std::unexpected(composed.error());
    return {};
  };
  runtime_.store().post(std::move(job), [this](const Result<void>& composed) {
    if (!composed) {
      report(composed.error());
    } else {
      on_outbox_();
    }
    --composing_;
    if (ended_ && composing_ == 0) on_end_();
  });
}

}  // namespace sotto::node
