#include "cli/render_people.h"

#include "base/text.h"
#include "cli/json_line.h"

namespace sotto::cli {
namespace {

Json json_of(const node::ContactInfo& contact) {
  Json out =
      Json()
          .set("name", contact.name)
          .set("fingerprint", contact.fingerprint)
          .set("card_name", contact.card_name)
          .set("verified", contact.verified)
          .set("blocked", contact.blocked)
          .set("tor_only", contact.tor_only)
          .set("added", to_rfc3339(contact.added))
          .set("hosts", json_texts(contact.hosts))
          .set("member_of", json_texts(contact.member_of))
          .set("last_seen", contact.last_seen ? Json(to_rfc3339(*contact.last_seen)) : Json());
  if (!contact.safety_number.empty()) out.set("safety_number", contact.safety_number);
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + displayable(name);
  return out;
}

std::string head(const node::ContactInfo& contact, const Style& style) {
  return speaker(contact.name, contact.fingerprint, contact.verified, style) +
         (contact.blocked ? "  BLOCKED" : "");
}

// "12345 67890 ...", two lines of thirty digits.
std::string number_lines(const std::string& number, const std::string& indent) {
  const std::size_t middle = number.size() / 2;
  if (middle == 0) return number + "\n";
  return number.substr(0, middle) + "\n" + indent + number.substr(middle + 1) + "\n";
}

}  // namespace

std::string contacts_json(const node::ContactsReply& reply) {
  Json::Array contacts;
  for (const auto& contact : reply.contacts) contacts.push_back(json_of(contact));
  return json_line(Json().set("contacts", std::move(contacts)));
}

std::string contacts_text(const node::ContactsReply& reply, const Style& style) {
  if (reply.contacts.empty()) {
    return "Nobody yet: people come in by a connection file, yours or theirs.\n";
  }
  std::string out;
  for (const auto& contact : reply.contacts) {
    out += head(contact, style) + "  " + faint(contact.fingerprint, style);
    if (!contact.hosts.empty()) out += "  hosts " + listed(contact.hosts);
    if (!contact.member_of.empty()) out += "  in " + listed(contact.member_of);
    out += "\n";
  }
  return out;
}

std::string contact_json(const node::ContactInfo& contact) {
  return json_line(json_of(contact));
}

std::string contact_text(const node::ContactInfo& contact, const Style& style) {
  std::string out = "name           " + head(contact, style) + "\n";
  if (contact.card_name != contact.name) {
    out += "calls themself " + displayable(contact.card_name) + "\n";
  }
  out += "fingerprint    " + bold(contact.fingerprint, style) + "\n";
  if (!contact.safety_number.empty()) {
    out += "safety number  " + number_lines(contact.safety_number, "               ");
  }
  out += "verified       " + std::string(contact.verified ? "yes" : "no") + "\n" +
         "known since    " + date_and_time(contact.added) + "\n";
  if (!contact.hosts.empty()) out += "hosts          " + listed(contact.hosts) + "\n";
  if (!contact.member_of.empty()) out += "member of      " + listed(contact.member_of) + "\n";
  if (contact.tor_only) out += "promise        reached through Tor only\n";
  if (contact.last_seen) out += "last seen      " + date_and_time(*contact.last_seen) + "\n";
  return out;
}

std::string verified_json(const node::ContactInfo& contact) {
  return json_line(Json()
                       .set("contact", contact.name)
                       .set("fingerprint", contact.fingerprint)
                       .set("verified", contact.verified));
}

std::string comparison_text(const node::ContactInfo& contact,
                            const std::string& own_fingerprint, const Style& style) {
  return "Yours          " + bold(own_fingerprint, style) + "\n" + "Theirs         " +
         bold(contact.fingerprint, style) + "  " + displayable(contact.name) + "\n" +
         "Safety number  " + number_lines(contact.safety_number, "               ") +
         "Compare by voice, in person or from paper: the two fingerprints, or the safety "
         "number,\nwhich is the same on both sides.\n";
}

std::string live_text(const node::LiveReply& shown, const Style& style) {
  std::string emoji;
  for (const auto& [symbol, name] : shown.emoji) {
    emoji += "  " + displayable(symbol) + " " + displayable(name);
  }
  std::string numbers;
  for (const int number : shown.numbers) numbers += "  " + std::to_string(number);
  return bold(emoji, style) + "\n" + bold(numbers, style) + "\n";
}

}  // namespace sotto::cli
