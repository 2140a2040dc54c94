#include "cli/render_inspect.h"

#include "base/text.h"
#include "cli/json_line.h"

namespace sotto::cli {
namespace {

Json json_of(const node::InspectedInvite& invite) {
  return Json()
      .set("host", Json().set("name", invite.host).set("fingerprint", invite.fingerprint))
      .set("room", invite.room)
      .set("room_id", invite.room_id)
      .set("invite", invite.invite)
      .set("addresses", json_texts(invite.addresses))
      .set("tor_only", invite.tor_only)
      .set("uses", static_cast<std::int64_t>(invite.uses))
      .set("expires", invite.expires ? Json(to_rfc3339(*invite.expires)) : Json())
      .set("allow", json_texts(invite.allow));
}

std::string line(const std::string& label, const std::string& text) {
  return label + std::string(13 - label.size(), ' ') + text + "\n";
}

std::string lock_text(const node::Inspected& file) {
  if (file.kdf_passes && file.kdf_memory_kib) {
    return "by a passphrase (Argon2id, " + std::to_string(*file.kdf_passes) + " passes over " +
           std::to_string(*file.kdf_memory_kib / 1024) + " MiB)";
  }
  if (file.recipients) {
    return "for " + std::to_string(*file.recipients) +
           (*file.recipients == 1 ? " card" : " cards");
  }
  return file.lock == "none" ? "not at all: whoever reads it can use it" : "by a key file";
}

std::string invite_text(const node::InspectedInvite& invite, const Style& style) {
  std::string out = line("host", displayable(invite.host)) +
                    line("fingerprint", bold(invite.fingerprint, style)) +
                    line("room", bold(displayable(invite.room), style)) +
                    line("room id", invite.room_id) + line("invite", invite.invite);
  for (const std::string& address : invite.addresses)
    out += line("address", displayable(address));
  if (invite.tor_only) out += line("promise", "reached through Tor only");
  out += line("uses", std::to_string(invite.uses)) +
         line("expires", invite.expires ? date_and_time(*invite.expires) : "never");
  std::string allowed;
  for (const std::string& word : invite.allow) {
    allowed += (allowed.empty() ? "" : ",") + displayable(word);
  }
  return out + line("may", allowed.empty() ? "nothing" : allowed);
}

}  // namespace

std::string inspected_json(const node::Inspected& file) {
  Json out = Json()
                 .set("kind", file.kind)
                 .set("form", file.form)
                 .set("version", static_cast<std::int64_t>(file.version))
                 .set("size", static_cast<std::int64_t>(file.size))
                 .set("lock", file.lock);
  if (file.kdf_passes && file.kdf_memory_kib) {
    out.set("kdf", Json()
                       .set("name", "argon2id")
                       .set("passes", static_cast<std::int64_t>(*file.kdf_passes))
                       .set("memory_kib", static_cast<std::int64_t>(*file.kdf_memory_kib)));
  }
  if (file.recipients) out.set("recipients", static_cast<std::int64_t>(*file.recipients));
  out.set("content", file.invite ? json_of(*file.invite) : Json());
  return json_line(out);
}

std::string inspected_text(const node::Inspected& file, const Style& style) {
  const std::string form = file.form == "uri"     ? "a URI"
                           : file.form == "armor" ? "armored text"
                                                  : "bytes";
  const std::string kind = file.kind == "connection" ? "connection file" : file.kind;
  std::string out = line("kind", kind + ", version " + std::to_string(file.version)) +
                    line("form", form + ", " + std::to_string(file.size) + " bytes") +
                    line("locked", lock_text(file));
  if (file.invite) return out + invite_text(*file.invite, style);
  return out + "What is inside cannot be read without the key.\n";
}

}  // namespace sotto::cli
