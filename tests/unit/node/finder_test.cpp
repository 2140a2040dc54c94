#include "node/finder.h"

#include "rendezvous/publishing.h"
#include "room/publishing.h"
#include "unit/node/fake_directory.h"
#include "unit/node/loops.h"

namespace sotto::node {
namespace {

// Bob has a connection file of a room that anna has since moved.
class Finding : public LoopsTest {
 protected:
  Finding() {
    add_room(anna_.profile, "lobby", 4711);
    const auto target = invite(anna_, "lobby");
    const auto file = must(wire::decode_connection_file(target.content->view()));
    room_ = file.room_id;
    secret_ = file.record_secret.copy();
    must(room::keep_connection(bob_.profile.database(), file, std::nullopt, wall_now()));
    Finder::Parameters parameters;
    parameters.room = room_;
    parameters.directories = [this] { return std::vector<SharedDirectory>{one_, two_}; };
    parameters.moved = [this](Secret reach) {
      moved_.push_back(must(wire::decode_reach(reach.view())).direct.front().port);
    };
    parameters.notice = [this](const Error& why) { notices_.push_back(why.name()); };
    finder_ = std::make_shared<Finder>(*bob_.runtime, std::move(parameters));
  }
  ~Finding() override { finder_->close(); }

  wire::RendezvousRecord record_at(std::uint16_t port, std::uint64_t last_seq = 0) {
    wire::Reach reach;
    reach.direct.push_back({"192.0.2.1", port});
    return rendezvous::renewed(last_seq, room::whereabouts_of(reach, {}), wall_now());
  }
  void put(FakeDirectory& to, const wire::RendezvousRecord& record) {
    for (const std::uint32_t day : rendezvous::days_of(record)) {
      const auto blob = must(rendezvous::publish(record, anna_.profile.keys().identity, secret_,
                                                 day, system_entropy()));
      to.blobs[*FakeDirectory::Key::from(ByteView(blob).first(32))] = blob;
    }
  }

  RoomId room_;
  crypto::SymmetricKey secret_;
  const std::shared_ptr<FakeDirectory> one_ = std::make_shared<FakeDirectory>("one");
  const std::shared_ptr<FakeDirectory> two_ = std::make_shared<FakeDirectory>("two");
  std::vector<std::uint16_t> moved_;
  std::vector<std::string> notices_;
  std::shared_ptr<Finder> finder_;
};

TEST_F(Finding, NobodyIsAskedBeforeItIsNeeded) {
  put(*one_, record_at(5000));
  run_for(milliseconds(50));
  EXPECT_EQ(one_->gets, 0);
  finder_->seek();
  until([&] { return !moved_.empty(); });
  EXPECT_EQ(moved_, std::vector<std::uint16_t>{5000});
  EXPECT_TRUE(notices_.empty());
}

TEST_F(Finding, TheNewestOfAllHolds) {
  const auto older = record_at(5000);
  put(*one_, older);
  put(*two_, record_at(6000, older.seq));
  finder_->seek();
  until([&] { return !moved_.empty() && moved_.back() == 6000; });
  run_for(milliseconds(50));
  EXPECT_EQ(moved_.back(), 6000);
}

TEST_F(Finding, ItLooksAgainWhileItSeeks) {
  finder_->seek();
  until([&] { return one_->gets >= 3; });
  put(*one_, record_at(5000));
  until([&] { return !moved_.empty(); });
}

TEST_F(Finding, ItRestsWhenTheHostIsReached) {
  finder_->seek();
  until([&] { return one_->gets >= 3 && two_->gets >= 3; });
  finder_->rest();
  const int asked = one_->gets;
  run_for(milliseconds(1'500));  // near ones are asked each second
  EXPECT_EQ(one_->gets, asked);
}

TEST_F(Finding, LiesAreToldOnceAndTheTruthIsFoundElsewhere) {
  put(*one_, record_at(5000));
  for (auto& [key, blob] : one_->blobs) blob[500] ^= std::byte{1};
  finder_->seek();
  until([&] { return one_->gets >= 6; });
  EXPECT_EQ(notices_, std::vector<std::string>{"record.invalid"});
  put(*two_, record_at(6000));
  until([&] { return !moved_.empty(); });
  EXPECT_EQ(moved_.front(), 6000);
}

TEST_F(Finding, OneThatIsBrokenIsToldAndKeepsNobodyFromTheOthers) {
  one_->refuses = [](const auto&) { return true; };
  put(*two_, record_at(6000));
  finder_->seek();
  until([&] { return !moved_.empty() && !notices_.empty(); });
  EXPECT_EQ(moved_.front(), 6000);
  EXPECT_EQ(notices_, std::vector<std::string>{"directory.failed"});
}

TEST_F(Finding, NothingComesAfterTheEnd) {
  put(*one_, record_at(5000));
  finder_->seek();
  finder_->close();
  run_for(milliseconds(50));
  EXPECT_TRUE(moved_.empty());
  finder_->seek();
  run_for(milliseconds(20));
  EXPECT_TRUE(moved_.empty());
}

}  // namespace
}  // namespace sotto::node
