#include "node/courier.h"

#include "store/outbox.h"
#include "unit/node/loops.h"

namespace sotto::node {
namespace {

class CourierTest : public LoopsTest {
 protected:
  // Bob knows Anna's room, and something waits for it.
  void queue(const std::string& text) {
    SendRequest request;
    request.target = named("kitchen");
    request.texts = {text};
    request.wait = WaitFor::queued;
    EXPECT_EQ(must(run(bob_, bob_.agent->send(guest_->id(), std::move(request)))).status,
              "queued");
  }
  std::size_t waiting() {
    auto job = [](store::Database& database) { return store::Outbox(database).count(); };
    return must(run(bob_, bob_.runtime->store().run<std::size_t>(std::move(job))));
  }
  void meet() {
    must(host(host_, "kitchen"));
    EXPECT_EQ(send(*guest_, invite(anna_, "kitchen"), "hello").status, "delivered");
    leave(host_, "kitchen");
    until([&] { return host_.ended().has_value(); });
    run_for(milliseconds(50));
  }

  Client host_{anna_};
  std::optional<Client> guest_{std::in_place, bob_};
};

TEST_F(CourierTest, WhatWaitsLeavesByItself) {
  meet();
  must(host(host_, "kitchen"));
  queue("one");
  queue("two");
  bob_.agent->start_courier();
  until([&] { return host_.texts() == (Names{"hello", "one", "two"}); });
  until([&] { return waiting() == 0; });
  queue("three");
  until([&] { return host_.texts().size() == 4; });
}

TEST_F(CourierTest, IsSilentWhileNobodyIsAttached) {
  meet();
  must(host(host_, "kitchen"));
  queue("one");
  guest_.reset();
  bob_.agent->start_courier();
  run_for(milliseconds(200));
  EXPECT_EQ(host_.texts(), Names{"hello"});
  guest_.emplace(bob_);
  until([&] { return host_.texts() == (Names{"hello", "one"}); });
}

TEST_F(CourierTest, ComesBackAfterAPauseWhenTheHostIsAway) {
  meet();
  queue("one");
  bob_.agent->start_courier();
  run_for(milliseconds(300));
  const auto listed = must(run(bob_, bob_.agent->outbox(guest_->id(), {})));
  ASSERT_EQ(listed.messages.size(), 1U);
  EXPECT_EQ(listed.messages[0].attempts, 1);
  must(host(host_, "kitchen"));
  until([&] { return host_.texts() == (Names{"hello", "one"}); });
}

TEST_F(CourierTest, KeepsNobodyFromEnding) {
  meet();
  queue("one");
  bob_.agent->start_courier();
  run_for(milliseconds(100));
  guest_.reset();
  EXPECT_TRUE(is_idle(bob_));
}

TEST_F(CourierTest, AFlushTellsWhatIsLeft) {
  meet();
  queue("one");
  auto left = must(run(bob_, bob_.agent->flush(guest_->id(), {milliseconds(300)})));
  EXPECT_EQ(left.delivered, 0U);
  EXPECT_EQ(left.left, 1U);
  ASSERT_TRUE(left.error);
  EXPECT_EQ(left.error->name(), "outbox.waits");
  must(host(host_, "kitchen"));
  left = must(run(bob_, bob_.agent->flush(guest_->id(), {milliseconds(5000)})));
  EXPECT_EQ(left.delivered, 1U);
  EXPECT_EQ(left.left, 0U);
  EXPECT_FALSE(left.error);
}

TEST_F(CourierTest, WhatHasWaitedTooLongIsToldOnce) {
  meet();
  queue("too late");
  // As if it had been queued two weeks ago.
  auto job = [](store::Database& database) -> Result<bool> {
    store::Outbox outbox(database);
    for (auto entry : must(outbox.all())) {
      must(outbox.remove(entry.message_seq, entry.recipient));
      entry.queued -= std::chrono::days(15);
      must(outbox.add(entry));
    }
    return true;
  };
  must(run(bob_, bob_.runtime->store().run<bool>(std::move(job))));
  bob_.agent->start_courier();
  until([&] { return guest_->all<ErrorEvent>().size() == 1; });
  EXPECT_EQ(guest_->all<ErrorEvent>()[0].code, "message.expired");
  EXPECT_EQ(waiting(), 0U);
}

}  // namespace
}  // namespace sotto::node
