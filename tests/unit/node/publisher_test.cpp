#include "node/publisher.h"

#include "node/invites.h"
#include "room/membership.h"
#include "store/connection.h"
#include "store/invites.h"
#include "store/members.h"
#include "unit/node/fake_directory.h"
#include "unit/node/loops.h"

namespace sotto::node {
namespace {

class Publishing : public LoopsTest {
 protected:
  Publishing() { room_ = add_room(anna_.profile, "lobby"); }
  ~Publishing() override {
    if (publisher_) publisher_->close();
  }

  using Directories = std::vector<std::shared_ptr<FakeDirectory>>;
  void publish(const Directories& directories) {
    Publisher::Parameters parameters;
    parameters.room = room_.id;
    parameters.directories = {directories.begin(), directories.end()};
    parameters.ways = [this] {
      ++looked_;
      return ways_;
    };
    parameters.first_pause = first_pause_;
    parameters.tell = [this](const NoticeEvent& notice) { notices_.push_back(notice); };
    publisher_ = std::make_shared<Publisher>(*anna_.runtime, std::move(parameters));
    publisher_->start();
  }
  static rendezvous::Whereabouts ways_at(std::uint16_t port) {
    rendezvous::Whereabouts ways;
    ways.direct = {{{"192.0.2.1", port}, wire::AddressSource::interface}};
    return ways;
  }
  // On the store's thread, as everything there.
  template <class Body>
  void in_store(Body body) {
    auto job = [body](store::Database& database) -> Result<bool> {
      body(database);
      return true;
    };
    must(run(anna_, anna_.runtime->store().run<bool>(std::move(job))));
  }
  void add_members(int count) {
    in_store([id = room_.id, count](store::Database& database) {
      for (int i = 0; i < count; ++i) {
        store::MemberRow row;
        row.room = id;
        row.identity_pk = crypto::Ed25519PublicKey::random(system_entropy());
        row.tag = LinkRef::random(system_entropy());
        row.record_secret = crypto::SymmetricKey(system_entropy());
        row.access_used = true;
        row.joined = wall_now();
        must(store::Members(database).put(row));
      }
    });
  }
  void has(const FakeDirectory& directory, std::size_t count) {
    until([&] { return directory.blobs.size() == count; });
  }

  store::RoomRow room_;
  rendezvous::Whereabouts ways_ = ways_at(4711);
  int looked_ = 0;  // times that the publisher asked for them
  milliseconds first_pause_{5'000};
  std::vector<NoticeEvent> notices_;
  std::shared_ptr<Publisher> publisher_;
  const std::shared_ptr<FakeDirectory> one_ = std::make_shared<FakeDirectory>("one");
  const std::shared_ptr<FakeDirectory> two_ = std::make_shared<FakeDirectory>("two");
};

TEST_F(Publishing, EveryBearerHasTwoKeysEverywhere) {
  invite(anna_, "lobby");
  add_members(2);
  publish({one_, two_});
  has(*one_, 6);
  has(*two_, 6);
  EXPECT_TRUE(notices_.empty());
}

TEST_F(Publishing, OnlyWhatChangesIsSent) {
  invite(anna_, "lobby");
  publish({one_});
  has(*one_, 2);
  publisher_->refresh();
  invite(anna_, "lobby");
  publisher_->refresh();
  has(*one_, 4);
  EXPECT_EQ(one_->puts, 4);
  const auto before = one_->blobs;
  ways_ = ways_at(4712);
  publisher_->refresh();
  until([&] {
    return std::ranges::none_of(
        before, [&](const auto& kept) { return one_->blobs.at(kept.first) == kept.second; });
  });
  until([&] { return one_->puts == 8; });
  EXPECT_EQ(one_->removals, 0);
}

TEST_F(Publishing, ARoomThatIsNowhereIsNotPublishedAsBeingNowhere) {
  invite(anna_, "lobby");
  ways_ = {};
  publish({one_});
  run_for(milliseconds(50));
  EXPECT_EQ(one_->puts, 0);
  ways_ = ways_at(1);
  publisher_->refresh();
  has(*one_, 2);
}

TEST_F(Publishing, OneThatFailsIsToldOnceAndHoldsNobodyUp) {
  add_members(5);
  one_->refuses = [](const auto&) { return true; };
  publish({one_, two_});
  has(*two_, 10);
  until([&] { return one_->puts >= 3; });
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(notices_[0].code, "directory.failed");
  EXPECT_NE(notices_[0].text.find("in one:"), std::string::npos) << notices_[0].text;
}

// Whatever wakes the publisher meanwhile, what has failed comes again when its time has come.
TEST_F(Publishing, WhatHasFailedIsTriedAgainHoweverOftenAnythingChanges) {
  first_pause_ = milliseconds(600);
  invite(anna_, "lobby");
  one_->refuses = [this](const auto&) { return one_->puts <= 2; };
  publish({one_});
  until([&] {
    publisher_->refresh();
    return one_->blobs.size() == 2;
  });
}

TEST_F(Publishing, AStoreThatFailsIsNotAskedAgainAndAgain) {
  in_store([](store::Database& database) {
    must(database.connection().execute("ALTER TABLE members RENAME TO gone"));
  });
  publish({one_});
  until([&] { return looked_ > 0; });
  const auto limit = std::chrono::steady_clock::now() + milliseconds(1'000);
  until([&] {
    publisher_->refresh();
    return std::chrono::steady_clock::now() >= limit;
  });
  EXPECT_EQ(looked_, 1);
}

TEST_F(Publishing, WhoeverJamsTheirOwnRecordJamsNoOther) {
  add_members(20);
  std::optional<FakeDirectory::Key> jammed;
  one_->refuses = [&](const FakeDirectory::Key& key) {
    if (!jammed) jammed = key;
    return key == *jammed;
  };
  publish({one_});
  has(*one_, 38);  // that member's other key waits with it
  EXPECT_FALSE(one_->blobs.contains(*jammed));
}

TEST_F(Publishing, WhatIsTakenBackGoes) {
  invite(anna_, "lobby");
  add_members(1);
  publish({one_, two_});
  has(*one_, 4);
  has(*two_, 4);
  in_store([id = room_.id](store::Database& database) {
    for (const auto& row : must(store::Invites(database).of(id))) {
      must(store::Invites(database).revoke(row.id));
    }
  });
  publisher_->refresh();
  has(*one_, 2);
  has(*two_, 2);
  const auto withdrawn = start(anna_, publisher_->withdraw_all(SteadyTime::max()));
  until([&] { return withdrawn.ended(); });
  EXPECT_TRUE(one_->blobs.empty());
  EXPECT_TRUE(two_->blobs.empty());
}

TEST_F(Publishing, WithdrawingEndsInTimeWhereADirectoryDoesNot) {
  invite(anna_, "lobby");
  publish({one_, two_});
  has(*one_, 2);
  has(*two_, 2);
  one_->refuses = [](const auto&) { return true; };
  must(run(anna_,
           publisher_->withdraw_all(std::chrono::steady_clock::now() + milliseconds(100))));
  EXPECT_TRUE(two_->blobs.empty());
}

TEST_F(Publishing, ManyMembersAreNoTrouble) {
  add_members(300);
  publish({one_});
  has(*one_, 600);
  EXPECT_EQ(one_->puts, 600);
}

TEST_F(Publishing, WhatWasPublishedStaysWhenTheRoomCloses) {
  invite(anna_, "lobby");
  publish({one_});
  has(*one_, 2);
  publisher_->close();
  run_for(milliseconds(30));
  EXPECT_EQ(one_->blobs.size(), 2U);
  EXPECT_EQ(one_->removals, 0);
}

}  // namespace
}  // namespace sotto::node
