// What `outbox` found or did, as one JSON object and as lines for people.
#pragma once
#include <string>

#include "cli/style.h"
#include "node/outbox.h"

namespace sotto::cli {

std::string outbox_json(const node::OutboxReply& outbox);
std::string outbox_text(const node::OutboxReply& outbox, const Style& style);

std::string flushed_json(const node::FlushReply& flushed);
std::string flushed_text(const node::FlushReply& flushed);

std::string cancelled_json(const std::string& id);

// "40 s", "3 min", "5 h", "2 d": for the eye.
std::string age_text(milliseconds age);

}  // namespace sotto::cli
