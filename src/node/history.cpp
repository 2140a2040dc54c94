#include "node/history.h"

#include <algorithm>

#include "base/fold.h"
#include "base/text.h"
#include "node/rendering.h"
#include "room/errors.h"
#include "store/contacts.h"
#include "store/history.h"
#include "store/rooms.h"

namespace sotto::node {
namespace {

std::string stage_name(store::Stage stage) {
  switch (stage) {
    case store::Stage::queued:
      return "queued";
    case store::Stage::cancelled:
      return "cancelled";
    case store::Stage::expired:
      return "expired";
    case store::Stage::relayed:
      return "relayed";
    case store::Stage::sent:
      return "sent";
    case store::Stage::delivered:
      return "delivered";
    case store::Stage::read:
      break;
  }
  return "read";
}

// A room by its name, or everything that a contact of that name said.
Result<store::PageQuery> find(store::Database& database, const std::string& who) {
  store::PageQuery query;
  const auto room = store::Rooms(database).by_name(who);
  if (!room) return std::unexpected(room.error());
  if (*room) {
    query.room = (*room)->id;
    return query;
  }
  const auto contact = store::Contacts(database).by_name(who);
  if (!contact) return std::unexpected(contact.error());
  if (*contact) {
    query.author = (*contact)->identity_pk;
    return query;
  }
  return fail(room::Errc::unknown,
              "There is no room or contact called " + displayable(who) + ".");
}

Result<HistoryEntry> entry_of(const Profile& profile, store::Contacts& contacts,
                              const store::MessageRow& row) {
  auto message = wire::decode_message(row.message);
  if (!message) return pass(message);
  HistoryEntry entry;
  entry.id = id_text(message->id);
  entry.time = message->time;
  entry.stage = stage_name(row.stage);
  entry.text = std::move(message->text);
  entry.own = row.author == profile.card().identity_pk;
  if (entry.own) {
    entry.name = profile.name();
    entry.from = crypto::to_string(crypto::fingerprint(profile.card()));
    entry.verified = true;
    return entry;
  }
  const auto author = contacts.by_identity(row.author);
  if (!author) return std::unexpected(author.error());
  if (*author) {
    entry.name = (*author)->name;
    entry.from = crypto::to_string((*author)->fingerprint);
    entry.verified = (*author)->verified;
  }
  return entry;
}

}  // namespace

Result<HistoryPage> read_history_page(const Profile& profile, store::Database& database,
                                      const HistoryPageRequest& request) {
  auto query = find(database, request.who);
  if (!query) return pass(query);
  query->since = request.since;
  if (request.before) query->before = *request.before;
  if (request.limit) query->most_rows = std::min(query->most_rows, *request.limit);
  if (request.search) {
    query->matches = [wanted = fold_case(*request.search)](ByteView encoded) {
      const auto message = wire::decode_message(encoded);
      return message && fold_case(message->text).find(wanted) != std::string::npos;
    };
  }
  const auto page = store::read_page(database, *query);
  if (!page) return std::unexpected(page.error());
  store::Contacts contacts(database);
  HistoryPage out;
  out.next = page->next;
  out.looked_at = page->looked_at;
  for (const store::MessageRow& row : page->rows) {
    auto entry = entry_of(profile, contacts, row);
    if (!entry) return pass(entry);
    out.messages.push_back(*std::move(entry));
  }
  std::ranges::reverse(out.messages);
  return out;
}

Result<HistoryPage> read_history(Profile& profile, const HistoryPageRequest& request) {
  return read_history_page(profile, profile.database(), request);
}

Result<std::vector<HistoryEntry>> history(Access& access, const HistoryOptions& options,
                                          const std::function<void(std::size_t)>& progress) {
  HistoryPageRequest request{options.who, options.since, options.limit, options.search, {}};
  std::vector<std::vector<HistoryEntry>> pages;  // the newest first
  std::size_t found = 0;
  std::size_t looked_at = 0;
  while (true) {
    auto page = access.ask<HistoryPage, HistoryPageRequest, read_history>("history", request);
    if (!page) return pass(page);
    found += page->messages.size();
    looked_at += page->looked_at;
    pages.push_back(std::move(page->messages));
    if (progress) progress(looked_at);
    if (!page->next || (options.limit && found >= *options.limit)) break;
    request.before = page->next;
    if (options.limit) request.limit = *options.limit - found;
  }
  std::vector<HistoryEntry> all;
  all.reserve(found);
  for (auto page = pages.rbegin(); page != pages.rend(); ++page) {
    std::ranges::move(*page, std::back_inserter(all));
  }
  return all;
}

}  // namespace sotto::node
