#include "cli/render_outbox.h"

#include "base/text.h"
#include "cli/json_line.h"

namespace sotto::cli {
namespace {

Json json_of(const node::OutboxItem& item) {
  Json out = Json()
                 .set("id", item.id)
                 .set("room", item.room)
                 .set("to", Json().set("name", item.name).set("fingerprint", item.to))
                 .set("own", item.own)
                 .set("queued", to_rfc3339(item.queued))
                 .set("age_ms", std::int64_t{item.age.count()})
                 .set("size", static_cast<std::int64_t>(item.size))
                 .set("relayed", item.relayed);
  if (item.attempts) out.set("attempts", *item.attempts);
  if (item.error) {
    out.set("error", Json().set("code", item.error->name()).set("text", item.error->text()));
  }
  return out;
}

}  // namespace

std::string age_text(milliseconds age) {
  const auto in_seconds = std::chrono::duration_cast<seconds>(age).count();
  if (in_seconds < 60) return std::to_string(in_seconds) + " s";
  if (in_seconds < 60 * 60) return std::to_string(in_seconds / 60) + " min";
  if (in_seconds < 48 * 60 * 60) return std::to_string(in_seconds / (60 * 60)) + " h";
  return std::to_string(in_seconds / (24 * 60 * 60)) + " d";
}

std::string outbox_json(const node::OutboxReply& outbox) {
  Json::Array messages;
  messages.reserve(outbox.messages.size());
  for (const node::OutboxItem& item : outbox.messages) messages.push_back(json_of(item));
  return json_line(Json()
                       .set("messages", std::move(messages))
                       .set("total", static_cast<std::int64_t>(outbox.total)));
}

std::string outbox_text(const node::OutboxReply& outbox, const Style& style) {
  if (outbox.total == 0) return "Nothing waits.\n";
  std::string out;
  for (const node::OutboxItem& item : outbox.messages) {
    out += faint(item.id, style) + "  " + bold(displayable(item.room), style) + "  to " +
           displayable(item.name.empty() ? item.to : item.name) + "  for " +
           age_text(item.age) + "  " + std::to_string(item.size) + " bytes";
    if (!item.own) out += "  passed on";
    if (item.relayed) out += "  left on a relay";
    if (item.attempts) {
      out += "  tried " + std::to_string(*item.attempts) +
             (*item.attempts == 1 ? " time" : " times");
    }
    if (item.error) out += "\n    " + displayable(item.error->text());
    out += "\n";
  }
  if (outbox.messages.size() < outbox.total) {
    out += "and " + std::to_string(outbox.total - outbox.messages.size()) + " more\n";
  }
  return out;
}

std::string flushed_json(const node::FlushReply& flushed) {
  Json out = Json()
                 .set("delivered", static_cast<std::int64_t>(flushed.delivered))
                 .set("left", static_cast<std::int64_t>(flushed.left));
  if (flushed.error) {
    out.set("error",
            Json().set("code", flushed.error->name()).set("text", flushed.error->text()));
  }
  return json_line(out);
}

std::string flushed_text(const node::FlushReply& flushed) {
  return std::to_string(flushed.delivered) + " delivered, " + std::to_string(flushed.left) +
         " left\n";
}

std::string cancelled_json(const std::string& id) {
  return json_line(Json().set("id", id).set("status", "cancelled"));
}

}  // namespace sotto::cli
