// Offline messages in bad weather: two people, two relays that lose, keep back, repeat, reorder
// and change what they are given, crashes between a commit and what follows it, sessions in
// between.  Nothing is lost, nothing is taken in twice, no key seals two things.
#include <algorithm>
#include <map>
#include <set>

#include "room/admission.h"
#include "room/deposit.h"
#include "room/mailbox.h"
#include "store/chains.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

const std::vector<std::string> relays{"wss://one.example/", "wss://two.example/"};

// One direction: what is written, where it lies, and what was read of it.
struct Flow {
  Household* from;
  Household* to;
  Pair writer;
  Pair reader;
  crypto::Ed25519PublicKey mailbox;               // the reader's
  std::vector<std::vector<Bytes>> lying{{}, {}};  // on each relay
  std::set<std::string> said = {};
  std::multiset<std::string> taken = {};
};

class MailboxStorm : public RoomTest, public testing::WithParamInterface<int> {
 protected:
  MailboxStorm() {
    room_ = add_room(host_, "kitchen");
    const auto file = invite(host_, room_);
    joined_ = must(keep_connection(member_.database, file, std::nullopt, now_)).room;
    must(admit(host_.database, {file.invite_id, member_.card(), room_.id, {}, now_}, entropy_));
    const Pair hosts{room_.id, host_.identity(), member_.identity(), true};
    const Pair members{room_.id, member_.identity(), host_.identity(), false};
    flows_.push_back({&member_, &host_, members, hosts, {}});
    flows_.push_back({&host_, &member_, hosts, members, {}});
  }

  std::size_t draw(std::size_t below) {
    return std::to_integer<std::size_t>(weather_.bytes<1>()[0]) % below;
  }

  // Runs in a transaction; one that the process does not live to see the end of half the time.
  template <class Body>
  bool commit(Household& who, bool may_crash, Body body) {
    const bool crashes = may_crash && draw(8) == 0;
    const auto done = who.database.transaction([&]() -> Result<void> {
      body();
      if (crashes) return fail(Errc::busy, "The process was killed.");
      return {};
    });
    return done.has_value();
  }

  void say(Flow& flow) {
    const std::string text = "message " + std::to_string(++messages_) +
                             std::string(draw(6) == 0 ? 70'000 : draw(500), '.');
    const auto& room = flow.from == &host_ ? room_ : joined_;
    commit(*flow.from, false, [&] {
      must(compose(flow.from->database, room, flow.from->person.identity.identity, text,
                   MessageId::random(entropy_), now_));
    });
    flow.said.insert(text);
  }

  // What goes to the relays was committed; the mark that it arrived may get lost.
  void leave(Flow& flow) {
    std::optional<Deposit> deposit;
    const bool committed = commit(*flow.from, true, [&] {
      auto next = next_deposit(flow.from->database, flow.writer, 0, now_, entropy_);
      if (next) deposit = std::move(*next);
    });
    if (!committed || !deposit) return;
    for (const Bytes& part : deposit->parts) expect_new_key(flow, part);
    std::vector<std::string> took;
    for (std::size_t relay = 0; relay < relays.size(); ++relay) {
      if (draw(4) == 0) continue;  // not reached
      took.push_back(relays[relay]);
      if (draw(8) == 0) continue;  // it lies
      for (const Bytes& part : deposit->parts) {
        if (draw(16) != 0) flow.lying[relay].push_back(part);
      }
    }
    if (took.empty()) return;
    commit(*flow.from, true,
           [&] { must(mark_relayed(flow.from->database, flow.writer, deposit->seq, took)); });
  }

  // Everything of one nonce and header is the same deposit: its key was used once.
  void expect_new_key(const Flow& flow, const Bytes& part) {
    for (const auto& chain :
         must(store::Chains(flow.from->database).of(room_.id, flow.writer.peer))) {
      const auto index = index_of(chain, flow.mailbox, part);
      if (!index || !chain.sending) continue;
      EXPECT_LT(*index, chain.next) << "the step was committed before";
      const auto [at, is_new] = sealed_.emplace(std::pair(chain.id, *index), part);
      EXPECT_TRUE(is_new || at->second == part);
    }
  }

  void fetch(Flow& flow) {
    std::vector<Bytes> given;
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t relay = 0; relay < relays.size(); ++relay) {
      for (std::size_t i = 0; i < flow.lying[relay].size(); ++i) {
        if (draw(6) == 0) continue;  // kept back
        given.push_back(flow.lying[relay][i]);
        places.emplace_back(relay, i);
        if (draw(8) == 0) given.back()[draw(200)] ^= std::byte{1};
        if (draw(8) != 0) continue;
        given.push_back(flow.lying[relay][i]);
        places.emplace_back(relay, i);
      }
    }
    if (draw(2) == 0) {
      std::ranges::reverse(given);
      std::ranges::reverse(places);
    }
    const std::vector<ByteView> views(given.begin(), given.end());
    TakenIn taken;
    const bool committed = commit(*flow.to, true, [&] {
      taken = must(take_in(flow.to->database, flow.reader, flow.mailbox, views, now_));
    });
    if (!committed) return;
    for (const auto& one : taken.messages) flow.taken.insert(one.message.text);
    if (draw(6) == 0) return;  // killed before it could acknowledge
    std::set<std::pair<std::size_t, std::size_t>> gone;
    for (const std::size_t number : taken.done) gone.insert(places[number]);
    for (auto at = gone.rbegin(); at != gone.rend(); ++at) {
      auto& lying = flow.lying[at->first];
      lying.erase(lying.begin() + static_cast<std::ptrdiff_t>(at->second));
    }
  }

  // `whole`: everything that waits is said and acknowledged, too.
  void meet_live(bool whole) {
    const crypto::SymmetricKey exporter(entropy_);
    std::vector<wire::MailboxOffer> offers;
    for (Flow& flow : flows_) {
      commit(*flow.to, false, [&] {
        offers.push_back(must(
            begin_chains(flow.to->database, flow.reader, exporter, relays, now_, entropy_)));
      });
      flow.mailbox = offers.back().mailbox;
    }
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      if (!whole && draw(3) == 0) continue;  // the link is lost before it is heard
      Flow& flow = flows_[i];
      commit(*flow.from, false, [&] {
        must(take_offer(flow.from->database, flow.writer, offers[i], offers[i].relays));
      });
      if (!whole && draw(3) == 0) continue;
      commit(*flow.to, false,
             [&] { must(take_kept(flow.to->database, flow.reader, offers[i].chain, now_)); });
    }
    if (whole) {
      for (Flow& flow : flows_) deliver(flow);
    }
  }

  void deliver(Flow& flow) {
    const auto waiting = must(store::Outbox(flow.from->database)
                                  .waiting(room_.id, flow.writer.peer, 0, 1000, 100 << 20));
    for (const auto& row : waiting) {
      const auto message = must(wire::decode_message(row.message));
      commit(*flow.to, false, [&] {
        const auto accepted = must(accept(flow.to->database, room_.id, message, now_));
        if (accepted.outcome == store::Messages::Added::added) flow.taken.insert(message.text);
      });
      commit(*flow.from, false, [&] {
        must(delivered(flow.from->database, room_.id, flow.writer.self, message.author,
                       message.id, flow.writer.peer));
      });
    }
  }

  SeededEntropy weather_{static_cast<std::uint64_t>(GetParam()) + 100};
  Household host_{entropy_, "Ada"};
  Household member_{entropy_, "Bob"};
  store::RoomRow room_;
  store::RoomRow joined_;
  std::vector<Flow> flows_;
  int messages_ = 0;
  std::map<std::pair<ChainId, std::uint32_t>, Bytes> sealed_;
};

TEST_P(MailboxStorm, NothingIsLostNothingComesTwice) {
  meet_live(true);
  for (int step = 0; step < 120; ++step) {
    Flow& flow = flows_[draw(2)];
    switch (draw(8)) {
      case 0:
      case 1:
        say(flow);
        break;
      case 2:
      case 3:
      case 4:
        leave(flow);
        break;
      case 5:
      case 6:
        fetch(flow);
        break;
      default:
        now_ += std::chrono::hours(draw(40));
        if (draw(4) == 0) meet_live(draw(4) == 0);
    }
  }
  meet_live(true);
  for (Flow& flow : flows_) {
    fetch(flow);  // copies of what was had long ago
    EXPECT_TRUE(std::ranges::equal(flow.taken, flow.said)) << flow.from->person.card.name;
    EXPECT_FALSE(flow.said.empty());
  }
  EXPECT_FALSE(sealed_.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, MailboxStorm, testing::Range(0, 40));

}  // namespace
}  // namespace sotto::room
