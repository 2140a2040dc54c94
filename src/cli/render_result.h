// What a finished command found out, as one JSON object and as lines for people.  Each JSON is
// a whole line; each text ends with a newline.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/style.h"
#include "node/commands.h"

namespace sotto::cli {

// `qr`: the card as a drawn code, when that is to be in there.
std::string card_json(const node::OwnCard& card,
                      const std::optional<std::string>& qr = std::nullopt);
std::string card_text(const node::OwnCard& card, const Style& style);

struct MadeProfile {
  node::OwnCard card;
  std::string home;
  bool has_passphrase = false;
};
std::string made_json(const MadeProfile& made);
std::string made_text(const MadeProfile& made, const Style& style);

// `file` as it was given on the command line.
// Without one, "".  `uri` and `qr` when they are to be in there.
std::string exported_json(const node::Exported& exported, const std::string& file,
                          const std::optional<std::string>& uri = std::nullopt,
                          const std::optional<std::string>& qr = std::nullopt);
std::string exported_text(const node::Exported& exported, const std::string& file,
                          bool unsealed);

std::string imported_json(const node::Imported& imported);
std::string imported_text(const node::Imported& imported, const Style& style);

// `id`: nothing when the message never got one; `sent.error` is in the JSON, not in the text.
std::string sent_json(const node::Sent& sent);
std::string sent_text(const node::Sent& sent, const std::string& target);

std::string history_json(const std::string& who,
                         const std::vector<node::HistoryEntry>& entries);
std::string history_text(const std::vector<node::HistoryEntry>& entries, const Style& style);

// {"error": {"code", "text"}}
std::string error_json(const Error& error);

}  // namespace sotto::cli
