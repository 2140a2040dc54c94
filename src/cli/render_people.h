// Contacts as one JSON object and as lines for people.
#pragma once
#include <string>

#include "cli/style.h"
#include "node/live_requests.h"
#include "node/people.h"

namespace sotto::cli {

std::string contacts_json(const node::ContactsReply& reply);
std::string contacts_text(const node::ContactsReply& reply, const Style& style);

std::string contact_json(const node::ContactInfo& contact);
std::string contact_text(const node::ContactInfo& contact, const Style& style);

// {"contact", "fingerprint", "verified"}
std::string verified_json(const node::ContactInfo& contact);

// What two people compare: both fingerprints and the safety number.
std::string comparison_text(const node::ContactInfo& contact,
                            const std::string& own_fingerprint, const Style& style);

// What two people compare while both are here: seven emoji with their names, three numbers.
std::string live_text(const node::LiveReply& shown, const Style& style);

}  // namespace sotto::cli
