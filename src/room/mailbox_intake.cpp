// What has waited in a mailbox: opened, put together, and taken in as if it had come live.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "room/deposit.h"
#include "room/errors.h"
#include "room/mailbox.h"
#include "room/people.h"
#include "store/chains.h"
#include "store/invites.h"
#include "store/members.h"
#include "wire/connection_file.h"

namespace sotto::room {
namespace {

using store::ChainRow;

// Whether this member may write in our room, as admission.cpp says it when they come live.
Result<bool> may_chat(store::Database& database, const Pair& pair) {
  const auto member = store::Members(database).find(pair.room, pair.peer);
  if (!member) return std::unexpected(member.error());
  if (!*member || (*member)->removed || (*member)->blocked) return false;
  if ((*member)->invite == InviteId()) return true;  // by the open door
  const auto invite = store::Invites(database).find((*member)->invite);
  if (!invite) return std::unexpected(invite.error());
  const auto allowed = wire::decode_permissions(*invite ? (*invite)->permissions : Bytes());
  if (!allowed) return std::unexpected(allowed.error());
  return allowed->chat;
}

class Intake {
 public:
  Intake(store::Database& database, const Pair& pair, WallTime now)
      : database_(database), pair_(pair), now_(now), chains_(database) {}

  Result<TakenIn> run(const crypto::Ed25519PublicKey& mailbox,
                      const std::vector<ByteView>& deposits) {
    auto rows = chains_.of(pair_.room, pair_.peer);
    if (!rows) return pass(rows);
    std::erase_if(*rows, [](const ChainRow& row) { return row.sending; });
    rows_ = std::move(*rows);
    for (const ChainRow& row : rows_) {
      for (const store::SkippedKey& skipped : row.skipped) {
        expected_.insert({row.id, skipped.index});
      }
    }
    const auto allowed = pair_.hosting ? may_chat(database_, pair_) : true;
    if (!allowed) return std::unexpected(allowed.error());
    allowed_ = *allowed;
    for (std::size_t i = 0; i < deposits.size(); ++i) sort(i, mailbox, deposits[i]);
    // Chains stand in the order of being made, and so did their sessions.
    for (auto& [place, whole] : wholes_) {
      if (auto taken = take(rows_[place.first], place.second, whole); !taken) {
        return pass(taken);
      }
    }
    std::ranges::sort(out_.done);
    count_missing();
    return std::move(out_);
  }

 private:
  struct Whole {
    std::map<std::uint8_t, DepositPart> parts;
    std::vector<std::size_t> deposits;  // that they came in
  };

  // Finds out whose part a deposit is; what is of no use is done with.
  void sort(std::size_t number, const crypto::Ed25519PublicKey& mailbox, ByteView deposit) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto index = index_of(rows_[i], mailbox, deposit);
      if (!index) continue;
      const auto key = peek_key(rows_[i], *index);
      // Its key was used: a copy from another relay, or of a relay that repeats itself.
      if (!key) {
        out_.done.push_back(number);
        return;
      }
      auto part = open_deposit(*key, mailbox, deposit);
      if (!part || part->part > *index) break;
      Whole& whole = wholes_[{i, *index - part->part}];
      whole.deposits.push_back(number);
      whole.parts.try_emplace(part->part, std::move(*part));
      return;
    }
    ++out_.unreadable;
    out_.done.push_back(number);
  }

  Result<void> take(ChainRow& chain, std::uint32_t first, const Whole& whole) {
    const std::uint8_t parts = whole.parts.begin()->second.parts;
    const bool alike = std::ranges::all_of(
        whole.parts, [&](const auto& part) { return part.second.parts == parts; });
    if (alike && whole.parts.size() < parts) {  // the rest may come yet
      for (std::uint32_t i = 0; i < parts; ++i) expected_.insert({chain.id, first + i});
      return {};
    }
    Bytes content;
    for (const auto& [number, part] : whole.parts) {
      // Gone for good, together with what is taken in.
      [[maybe_unused]] const auto key = take_key(chain, first + number);
      append(content, part.bytes);
    }
    if (auto put = chains_.put(chain); !put) return put;
    out_.done.insert(out_.done.end(), whole.deposits.begin(), whole.deposits.end());
    const auto said = alike ? decode_offline_message(content)
                            : Result<OfflineMessage>(fail(wire::Errc::malformed, "Parts."));
    if (!said) {
      ++out_.unreadable;
      return {};
    }
    return hear(*said);
  }

  // What was passed over just now: a relay that gives everything gives the older ones first.
  void count_missing() {
    for (const ChainRow& row : rows_) {
      for (const store::SkippedKey& skipped : row.skipped) {
        if (!expected_.contains({row.id, skipped.index})) ++out_.missing;
      }
    }
  }

  // The rules of a live conversation; who breaks them is told there.
  Result<void> hear(const OfflineMessage& said) {
    const bool own_words = said.message.author == pair_.peer;
    if (pair_.hosting ? !own_words || !allowed_ : said.message.author == pair_.self) return {};
    if (!wire::verify_message(said.message, pair_.room)) {
      ++out_.unreadable;
      return {};
    }
    if (said.author && !pair_.hosting && said.author->identity_pk == said.message.author) {
      auto met = meet(database_, *said.author, now_);
      if (!met && met.error().is(Errc::key_changed)) {
        out_.key_changes.push_back(std::move(met.error()));
        return {};
      }
      if (!met) return pass(met);
    }
    auto author = store::Contacts(database_).by_identity(said.message.author);
    if (!author) return pass(author);
    if (!*author) return {};
    const auto accepted = accept(database_, pair_.room, said.message, now_);
    if (!accepted) return std::unexpected(accepted.error());
    if (accepted->outcome != store::Messages::Added::added) return {};
    out_.messages.push_back({accepted->seq, said.message, std::move(**author)});
    out_.fanned_out = out_.fanned_out || accepted->fanned_out;
    return {};
  }

  store::Database& database_;
  const Pair& pair_;
  WallTime now_;
  store::Chains chains_;
  bool allowed_ = false;
  std::vector<ChainRow> rows_;
  // By the chain's place in rows_, and the index of the first part.
  std::map<std::pair<std::size_t, std::uint32_t>, Whole> wholes_;
  // Indices that were passed over before, or whose message has come in part.
  std::set<std::pair<ChainId, std::uint32_t>> expected_;
  TakenIn out_;
};

}  // namespace

Result<TakenIn> take_in(store::Database& database, const Pair& pair,
                        const crypto::Ed25519PublicKey& mailbox,
                        const std::vector<ByteView>& deposits, WallTime now) {
  return Intake(database, pair, now).run(mailbox, deposits);
}

}  // namespace sotto::room
