// What the tests of room/ share: people with a store each, and a room that one of them hosts.
#pragma once
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "room/invitation.h"
#include "store/contacts.h"
#include "store/invites.h"
#include "store/members.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/rooms.h"
#include "support/people.h"
#include "support/results.h"
#include "support/temp_dir.h"

namespace sotto::room {

// A genuine address of nobody's.
inline constexpr const char* onion_host =
    "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

inline WallTime at_ms(std::int64_t ms) {
  return from_unix_ms(1'800'000'000'000 + ms);
}

// Somebody with a store of their own.
struct Household {
  Household(Entropy& entropy, std::string name)
      : person(entropy, std::move(name)), key(entropy), database(reopen(entropy)) {}

  // Another connection to the same store.
  store::Database reopen(Entropy& entropy) const {
    return must(store::Database::open(dir / "sotto.db", key, entropy));
  }

  const crypto::Card& card() const { return person.card; }
  const crypto::Ed25519PublicKey& identity() const { return person.card.identity_pk; }

  TempDir dir;
  Person person;
  crypto::SymmetricKey key;
  store::Database database;
};

// Runs `body` as the store's thread runs a job: in a transaction.
template <class Body>
auto in_transaction(store::Database& database, Body body) {
  using R = decltype(body());
  std::optional<R> result;
  const auto done = database.transaction([&]() -> Result<void> {
    result.emplace(body());
    if (!*result) return std::unexpected(result->error());
    return {};
  });
  if (!done) return R(std::unexpected(done.error()));
  return std::move(*result);
}

inline InviteTerms terms(std::uint32_t uses, std::optional<WallTime> expires = std::nullopt,
                         wire::Permissions permissions = {}) {
  return {uses, expires, std::move(permissions)};
}

class RoomTest : public testing::Test {
 protected:
  // A room of `host`, stored.
  store::RoomRow add_room(Household& host, const std::string& name) {
    store::RoomRow row = room_row(host, name);
    must(store::Rooms(host.database).put(row));
    return row;
  }

  store::RoomRow room_row(const Household& host, const std::string& name) {
    store::RoomRow row;
    row.id = RoomId::random(entropy_);
    row.name = name;
    row.hosted = true;
    row.host = host.identity();
    row.reach = wire::encode(reach("192.0.2.1"));
    row.added = at_ms(0);
    return row;
  }

  static wire::Reach reach(const std::string& address) {
    wire::Reach out;
    out.direct.push_back({address, 4711});
    return out;
  }

  // The connection file of a new invite that the host honours.
  wire::ConnectionFile invite(Household& host, const store::RoomRow& room,
                              InviteTerms its_terms = {}) {
    auto file = must(draft_invite(room, host.card(), std::move(its_terms), entropy_));
    must(keep_invite(host.database, file, now_));
    return file;
  }

  // Makes `who` a member of a hosted room, and known there, without an invite.
  void add_member(Household& host, const store::RoomRow& room, const crypto::Card& who,
                  bool removed = false) {
    store::MemberRow row;
    row.room = room.id;
    row.identity_pk = who.identity_pk;
    row.tag = LinkRef::random(entropy_);
    row.removed = removed;
    row.joined = now_;
    must(store::Members(host.database).put(row));
  }

  static std::vector<std::string> contact_names(Household& of) {
    std::vector<std::string> names;
    for (const auto& row : must(store::Contacts(of.database).all())) names.push_back(row.name);
    return names;
  }

  using Names = std::vector<std::string>;

  SeededEntropy entropy_{1};
  WallTime now_ = at_ms(1000);
};

// The same person with another static key, as after a loss of it, or an impostor's attempt.
inline crypto::Card with_other_static_key(const Person& person, Entropy& entropy) {
  const crypto::Identity changed{
      crypto::Ed25519KeyPair::from(person.identity.identity.secret.copy()),
      crypto::X25519KeyPair::generate(entropy),
      crypto::SealKeyPair::from(person.identity.seal.secret.copy())};
  return crypto::make_card(changed, person.card.name);
}

}  // namespace sotto::room
