#include "room/mailbox.h"

#include <algorithm>
#include <utility>

#include "room/deposit.h"
#include "room/errors.h"
#include "store/chains.h"
#include "store/mailboxes.h"
#include "store/outbox.h"
#include "wire/card.h"
#include "wire/limits.h"

namespace sotto::room {
namespace {

using store::ChainRow;

// The mailbox row of the pair; made, with a key of its own, when there is none.
Result<store::MailboxRow> own_mailbox(store::Database& database, const Pair& pair,
                                      const std::vector<std::string>& relays,
                                      Entropy& entropy) {
  store::Mailboxes mailboxes(database);
  auto found = mailboxes.find(pair.room, pair.peer);
  if (!found) return pass(found);
  store::MailboxRow row =
      *found ? std::move(**found)
             : store::MailboxRow{
                   pair.room, pair.peer, crypto::Ed25519SecretKey(entropy), {}, std::nullopt};
  // Where it was open before, something may wait still.
  std::vector<std::string> all = relays;
  for (std::string& url : row.relays) {
    const bool is_new = std::ranges::find(all, url) == all.end();
    if (is_new && all.size() < wire::relays_limit) all.push_back(std::move(url));
  }
  row.relays = std::move(all);
  if (auto put = mailboxes.put(row); !put) return pass(put);
  return row;
}

bool was_outlived(const ChainRow& row, WallTime now) {
  return row.replaced && now >= *row.replaced + chain_outlives;
}

// Of those that are read, what need not be kept: outlived, or more than the limit.
Result<void> prune(store::Chains& chains, const Pair& pair, WallTime now) {
  const auto rows = chains.of(pair.room, pair.peer);
  if (!rows) return std::unexpected(rows.error());
  std::size_t kept = 0;
  bool known_to_be_written = false;
  for (auto row = rows->rbegin(); row != rows->rend(); ++row) {
    if (row->sending) continue;
    const bool is_newest_written = row->kept && !std::exchange(known_to_be_written, true);
    const bool stays = !was_outlived(*row, now) && (kept < chains_limit || is_newest_written);
    if (stays) {
      ++kept;
    } else if (auto gone = chains.remove(row->id); !gone) {
      return gone;
    }
  }
  return {};
}

// The chain that may be written to the peer, and its mailbox.
struct Way {
  ChainRow chain;
  store::TheirMailbox mailbox;
};

Result<Way> way_to(store::Database& database, const Pair& pair) {
  auto mailbox = store::Mailboxes(database).find(pair.room, pair.peer);
  if (!mailbox) return pass(mailbox);
  auto rows = store::Chains(database).of(pair.room, pair.peer);
  if (!rows) return pass(rows);
  const auto chain =
      std::ranges::find_if(*rows, [](const ChainRow& row) { return row.sending && row.kept; });
  if (chain == rows->end() || !*mailbox || !(*mailbox)->theirs) {
    return fail(Errc::mailbox_no_session,
                "Nothing can be left for somebody you have not met since both sides use "
                "mailboxes: be connected once, then it works. With --queue the message waits "
                "here meanwhile.");
  }
  if ((*mailbox)->theirs->relays.empty()) {
    return fail(Errc::mailbox_no_relay,
                "The other side had no relay when you last met, so there is no mailbox to "
                "leave the message in. Use --queue to keep it here until they are back, or "
                "agree on a relay (--relay).");
  }
  return Way{std::move(*chain), std::move(*(*mailbox)->theirs)};
}

// With the card of the author, if a member might not know them.
Result<Bytes> content_of(store::Database& database, const Pair& pair,
                         const store::MessageRow& row) {
  std::optional<crypto::Card> author;
  if (pair.hosting && row.author != pair.self) {
    const auto contact = store::Contacts(database).by_identity(row.author);
    if (!contact) return std::unexpected(contact.error());
    if (*contact) {
      auto card = wire::decode_card((*contact)->card);
      if (!card) return pass(card);
      author = std::move(*card);
    }
  }
  return encode(author, row.message);
}

Result<void> seal_anew(store::Database& database, const Pair& pair,
                       const store::MessageRow& message, Way& way, store::DepositRow& row,
                       WallTime now, Entropy& entropy) {
  const auto content = content_of(database, pair, message);
  if (!content) return std::unexpected(content.error());
  row = {message.seq, pair.room, pair.peer, now, way.mailbox.id, {}, {}};
  row.parts = seal_deposits(way.chain, way.mailbox.id, *content, entropy);
  if (auto advanced = store::Chains(database).put(way.chain); !advanced) return advanced;
  auto put = store::Deposits(database).put(row);
  if (!put) return pass(put);
  return {};
}

}  // namespace

Result<wire::MailboxOffer> begin_chains(store::Database& database, const Pair& pair,
                                        const crypto::SymmetricKey& exporter,
                                        const std::vector<std::string>& relays, WallTime now,
                                        Entropy& entropy) {
  auto mailbox = own_mailbox(database, pair, relays, entropy);
  if (!mailbox) return pass(mailbox);
  store::Chains chains(database);
  const auto before = chains.of(pair.room, pair.peer);
  if (!before) return std::unexpected(before.error());
  for (const ChainRow& row : *before) {
    // Of a session that ended before the peer could say that it has the other end.
    if (!row.sending || row.kept) continue;
    if (auto gone = chains.remove(row.id); !gone) return pass(gone);
  }
  ChainId reading;
  for (const auto direction : {ChainDirection::to_host, ChainDirection::to_joiner}) {
    ChainRow row = derive_chain(exporter, direction);
    row.room = pair.room;
    row.peer = pair.peer;
    row.sending = (direction == ChainDirection::to_joiner) == pair.hosting;
    row.made = now;
    if (!row.sending) reading = row.id;
    if (auto put = chains.put(row); !put) return pass(put);
  }
  if (auto pruned = prune(chains, pair, now); !pruned) return pass(pruned);
  const auto own = crypto::Ed25519KeyPair::from(std::move(mailbox->own));
  return wire::MailboxOffer{reading, own.public_key, relays};
}

Result<bool> take_offer(store::Database& database, const Pair& pair,
                        const wire::MailboxOffer& offer,
                        const std::vector<std::string>& accepted) {
  store::Chains chains(database);
  auto chain = chains.find(offer.chain);
  if (!chain) return pass(chain);
  const bool ours =
      *chain && (*chain)->sending && (*chain)->room == pair.room && (*chain)->peer == pair.peer;
  store::Mailboxes mailboxes(database);
  auto mailbox = mailboxes.find(pair.room, pair.peer);
  if (!mailbox) return pass(mailbox);
  if (!ours || !*mailbox) return false;
  std::vector<std::string> relays = offer.relays;
  std::erase_if(relays, [&](const std::string& url) {
    return std::ranges::find(accepted, url) == accepted.end();
  });
  (*mailbox)->theirs = store::TheirMailbox{offer.mailbox, std::move(relays)};
  if (auto put = mailboxes.put(**mailbox); !put) return pass(put);
  (*chain)->kept = true;
  if (auto put = chains.put(**chain); !put) return pass(put);
  const auto rows = chains.of(pair.room, pair.peer);
  if (!rows) return std::unexpected(rows.error());
  for (const ChainRow& row : *rows) {
    if (!row.sending || row.id == offer.chain) continue;
    if (auto gone = chains.remove(row.id); !gone) return pass(gone);
  }
  return true;
}

Result<void> take_kept(store::Database& database, const Pair& pair, const ChainId& chain,
                       WallTime now) {
  store::Chains chains(database);
  auto rows = chains.of(pair.room, pair.peer);
  if (!rows) return pass(rows);
  const auto kept = std::ranges::find_if(
      *rows, [&](const ChainRow& row) { return row.id == chain && !row.sending; });
  if (kept == rows->end()) return {};
  kept->kept = true;
  if (auto put = chains.put(*kept); !put) return put;
  for (auto row = rows->begin(); row != kept; ++row) {
    if (row->sending || row->replaced) continue;
    row->replaced = now;
    if (auto put = chains.put(*row); !put) return put;
  }
  return prune(chains, pair, now);
}

Result<std::optional<Deposit>> next_deposit(store::Database& database, const Pair& pair,
                                            std::int64_t after_seq, WallTime now,
                                            Entropy& entropy,
                                            const std::set<std::int64_t>& kept_back) {
  store::Deposits deposits(database);
  while (true) {
    const auto waiting = store::Outbox(database).waiting(pair.room, pair.peer, after_seq, 1);
    if (!waiting) return std::unexpected(waiting.error());
    if (waiting->empty()) return std::nullopt;
    const store::MessageRow& message = waiting->front();
    after_seq = message.seq;
    if (kept_back.contains(message.seq)) continue;
    auto found = deposits.find(message.seq, pair.room, pair.peer);
    if (!found) return pass(found);
    const bool lasts = *found && now < (*found)->made + deposit_lasts;
    if (lasts && (*found)->parts.empty()) continue;
    auto way = way_to(database, pair);
    if (!way) return pass(way);
    store::DepositRow row;
    if (lasts && (*found)->mailbox == way->mailbox.id) {
      row = std::move(**found);
    } else if (auto sealed = seal_anew(database, pair, message, *way, row, now, entropy);
               !sealed) {
      return pass(sealed);
    }
    return Deposit{row.message_seq, message.id, row.mailbox, std::move(way->mailbox.relays),
                   std::move(row.parts)};
  }
}

Result<bool> mark_relayed(store::Database& database, const Pair& pair, std::int64_t seq,
                          const std::vector<std::string>& relays) {
  store::Deposits deposits(database);
  auto row = deposits.find(seq, pair.room, pair.peer);
  if (!row) return pass(row);
  if (!*row) return false;  // delivered meanwhile
  (*row)->relays = relays;
  (*row)->parts.clear();
  auto put = deposits.put(**row);
  if (!put) return pass(put);
  const auto all = is_relayed(database, seq);
  if (!all) return std::unexpected(all.error());
  if (!*all) return false;
  const auto message = store::Messages(database).find(seq);
  if (!message) return std::unexpected(message.error());
  if (!*message || (*message)->author != pair.self) return false;
  return store::Messages(database).set_stage(seq, store::Stage::relayed);
}

Result<bool> is_relayed(store::Database& database, std::int64_t seq) {
  const auto entries = store::Outbox(database).of(seq);
  if (!entries) return std::unexpected(entries.error());
  if (entries->empty()) {
    const auto message = store::Messages(database).find(seq);
    if (!message) return std::unexpected(message.error());
    return *message && (*message)->stage >= store::Stage::delivered;
  }
  for (const store::OutboxEntry& entry : *entries) {
    const auto row = store::Deposits(database).find(seq, entry.room, entry.recipient);
    if (!row) return std::unexpected(row.error());
    if (!*row || (*row)->relays.empty()) return false;
  }
  return true;
}

Result<void> drop_mailbox(store::Database& database, const RoomId& room,
                          const crypto::Ed25519PublicKey& peer) {
  if (auto gone = store::Chains(database).remove_all(room, peer); !gone) return gone;
  return store::Mailboxes(database).remove(room, peer);
}

}  // namespace sotto::room
