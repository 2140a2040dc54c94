#include "cli/render_result.h"

#include "base/text.h"
#include "cli/json_line.h"
#include "node/file_words.h"

namespace sotto::cli {
namespace {

Json json_of(const node::OwnCard& card) {
  return Json()
      .set("name", card.name)
      .set("fingerprint", card.fingerprint)
      .set("card", card.card);
}

Json json_of(const Error& error) {
  return Json().set("code", error.name()).set("text", error.text());
}

Json json_of(const node::SentFile& file) {
  Json out = Json()
                 .set("id", file.id)
                 .set("path", file.path)
                 .set("name", file.name)
                 .set("size", static_cast<std::int64_t>(file.size))
                 .set("to", file.to)
                 .set("to_name", file.to_name)
                 .set("status", file.status);
  if (file.error) out.set("error", json_of(*file.error));
  return out;
}

Json json_of(const node::HistoryEntry& entry) {
  Json out = Json()
                 .set("id", entry.id)
                 .set("time", to_rfc3339(entry.time))
                 .set("from", entry.from)
                 .set("name", entry.name)
                 .set("own", entry.own)
                 .set("verified", entry.verified)
                 .set("text", entry.text);
  if (entry.own) out.set("stage", entry.stage);
  return out;
}

}  // namespace

std::string card_json(const node::OwnCard& card, const std::optional<std::string>& qr) {
  Json out = json_of(card);
  if (qr) out.set("qr", *qr);
  return json_line(out);
}

std::string card_text(const node::OwnCard& card, const Style& style) {
  return "name         " + bold(displayable(card.name), style) + "\n" + "fingerprint  " +
         bold(card.fingerprint, style) + "\n" + "card         " + card.card + "\n";
}

std::string made_json(const MadeProfile& made) {
  return json_line(json_of(made.card)
                       .set("home", made.home)
                       .set("locked_by", made.has_passphrase ? "passphrase" : "key_file"));
}

std::string made_text(const MadeProfile& made, const Style& style) {
  return card_text(made.card, style) + "home         " + displayable(made.home) + "\n" +
         "locked by    " +
         (made.has_passphrase ? "your passphrase"
                              : "a key file beside it, with no passphrase") +
         "\n";
}

std::string exported_json(const node::Exported& exported, const std::string& file,
                          const std::optional<std::string>& uri,
                          const std::optional<std::string>& qr) {
  Json out = Json()
                 .set("invite", exported.invite_id)
                 .set("file", file.empty() ? Json() : Json(file))
                 .set("room", exported.room)
                 .set("uses", static_cast<std::int64_t>(exported.uses))
                 .set("expires", json_time(exported.expires));
  if (uri) out.set("uri", *uri);
  if (qr) out.set("qr", *qr);
  return json_line(out);
}

std::string exported_text(const node::Exported& exported, const std::string& file,
                          bool unsealed) {
  std::string out = displayable(file) + " lets " + std::to_string(exported.uses) +
                    (exported.uses == 1 ? " person" : " people") + " into the room " +
                    displayable(exported.room);
  if (exported.expires) out += " until " + date_and_time(*exported.expires);
  out += ".\n";
  if (unsealed) out += "It is not locked: whoever reads it can use it.\n";
  return out;
}

std::string imported_json(const node::Imported& imported) {
  return json_line(Json()
                       .set("room", imported.room)
                       .set("host", Json()
                                        .set("name", imported.host_name)
                                        .set("fingerprint", imported.host_fingerprint))
                       .set("verified", imported.verified)
                       .set("introduced", imported.introduced)
                       .set("expires", json_time(imported.expires)));
}

std::string imported_text(const node::Imported& imported, const Style& style) {
  const std::string room = displayable(imported.room);
  std::string out = "room         " + bold(room, style) + "\n" + "host         " +
                    displayable(imported.host_name) + "\n" + "fingerprint  " +
                    bold(imported.host_fingerprint, style) + "\n";
  if (imported.expires) out += "expires      " + date_and_time(*imported.expires) + "\n";
  if (imported.verified) {
    out += "The host is verified.\n";
  } else if (imported.introduced) {
    out += "Whoever gave you the passphrase vouches for this host.\n";
  } else {
    out +=
        "Nobody vouches for this host: compare the fingerprint with theirs, by voice or in "
        "person.\n";
  }
  return out;
}

std::string sent_json(const node::Sent& sent) {
  Json phases = Json::Object();
  for (const auto& [name, ms] : sent.phases) phases.set(name, ms);
  Json out = Json()
                 .set("id", sent.id.empty() ? Json() : Json(sent.id))
                 .set("status", sent.status)
                 .set("route", sent.route.empty() ? Json() : Json(sent.route))
                 .set("address", sent.address.empty() ? Json() : Json(sent.address))
                 .set("attempts", sent.attempts)
                 .set("elapsed_ms", std::int64_t{sent.elapsed.count()})
                 .set("phases", std::move(phases))
                 .set("verified", sent.verified);
  if (!sent.files.empty()) {
    Json::Array files;
    for (const node::SentFile& file : sent.files) files.push_back(json_of(file));
    out.set("files", std::move(files));
  }
  if (sent.error) out.set("error", json_of(*sent.error));
  return json_line(out);
}

std::string sent_text(const node::Sent& sent, const std::string& target) {
  std::string out;
  for (const node::SentFile& file : sent.files) {
    out += displayable(file.status) + ": " + displayable(file.name) + " (" +
           node::size_text(file.size) + ") to " + displayable(file.to_name) + "\n";
  }
  out += displayable(sent.status) + ": " + displayable(target);
  if (!sent.route.empty()) out += ", " + displayable(sent.route);
  if (sent.route == "relay") out += " " + displayable(sent.address);
  return out + ", " + std::to_string(sent.elapsed.count()) + " ms\n";
}

std::string history_json(const std::string& who,
                         const std::vector<node::HistoryEntry>& entries) {
  Json::Array messages;
  messages.reserve(entries.size());
  for (const node::HistoryEntry& entry : entries) messages.push_back(json_of(entry));
  return json_line(Json().set("who", who).set("messages", std::move(messages)));
}

std::string history_text(const std::vector<node::HistoryEntry>& entries, const Style& style) {
  std::string out;
  for (const node::HistoryEntry& entry : entries) {
    out += faint(date_and_time(entry.time), style) + " ";
    out += entry.own ? "> " + bold(displayable(entry.name), style)
                     : speaker(entry.name, entry.from, entry.verified, style);
    out += ": " + body(entry.text);
    if (entry.own && !entry.stage.empty() && entry.stage != "delivered") {
      out += faint("  (" + displayable(entry.stage) + ")", style);
    }
    out += "\n";
  }
  return out;
}

std::string error_json(const Error& error) {
  return json_line(Json().set("error", json_of(error)));
}

}  // namespace sotto::cli
