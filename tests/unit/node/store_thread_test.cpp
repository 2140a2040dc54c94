#include "node/store_thread.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <latch>
#include <thread>
#include <vector>

#include "store/connection.h"
#include "store/rooms.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/seeded_entropy.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

class StoreThreadTest : public testing::Test {
 protected:
  store::Database open() {
    return must(store::Database::open(dir_ / "sotto.db", key_, entropy_));
  }

  StoreThread::Job add_room(const std::string& name) {
    return [name, id = RoomId::random(entropy_)](store::Database& database) {
      store::RoomRow row;
      row.id = id;
      row.name = name;
      return store::Rooms(database).put(row);
    };
  }
  // What another process would see.
  std::vector<std::string> rooms() {
    std::vector<std::string> names;
    auto other = open();
    for (const auto& row : must(store::Rooms(other).all())) names.push_back(row.name);
    return names;
  }

  // Keeps the thread busy until release(), so that what is posted meanwhile is one batch.
  void hold() {
    thread_.post(
        [this](store::Database&) {
          held_.count_down();
          released_.wait();
          return Result<void>();
        },
        [](const Result<void>&) {});
    held_.wait();
  }
  void release() { released_.count_down(); }

  // Answers go to `answers_`, as the names of errors.
  void post(StoreThread::Job job) {
    const std::size_t at = answers_.size();
    answers_.emplace_back("none");
    thread_.post(std::move(job),
                 [this, at](const Result<void>& result) { answers_[at] = error_of(result); });
  }
  // Whether the commits succeeded is what the answers say.
  void wait_for_answers() {
    [[maybe_unused]] const auto settled = finish(io_, thread_.settled());
  }

  using Names = std::vector<std::string>;

  TempDir dir_;
  SeededEntropy entropy_{1};
  crypto::SymmetricKey key_{entropy_};
  store::Database database_ = open();
  boost::asio::io_context io_;
  std::latch held_{1};
  std::latch released_{1};
  StoreThread thread_{io_.get_executor(), database_};
  std::vector<std::string> answers_;
};

TEST_F(StoreThreadTest, AnswersComeOnTheLoopAfterTheCommit) {
  const auto loop = std::this_thread::get_id();
  std::thread::id job_ran_on;
  std::thread::id answered_on;
  Names seen;
  auto job = add_room("kitchen");
  thread_.post(
      [&](store::Database& database) {
        job_ran_on = std::this_thread::get_id();
        return job(database);
      },
      [&](const Result<void>& result) {
        EXPECT_TRUE(result);
        answered_on = std::this_thread::get_id();
        seen = rooms();
      });
  wait_for_answers();
  EXPECT_EQ(answered_on, loop);
  EXPECT_NE(job_ran_on, loop);
  EXPECT_EQ(seen, Names{"kitchen"});
}

TEST_F(StoreThreadTest, RunGivesWhatTheJobGives) {
  auto good = [](store::Database&) -> Result<std::string> { return "value"; };
  EXPECT_EQ(must(finish(io_, thread_.run<std::string>(std::move(good)))), "value");
  auto bad = [](store::Database&) -> Result<std::string> {
    return fail(store::Errc::gone, "It is gone.");
  };
  EXPECT_EQ(error_of(finish(io_, thread_.run<std::string>(std::move(bad)))), "store.gone");
}

TEST_F(StoreThreadTest, WhatArrivesDuringACommitSharesTheNext) {
  const auto work = boost::asio::make_work_guard(io_);
  hold();
  for (int i = 0; i < 100; ++i) post(add_room(std::to_string(i)));
  release();
  // A batch is answered by one handler.
  std::vector<std::size_t> batches;
  std::size_t answered = 0;
  while (answered < answers_.size()) {
    ASSERT_EQ(io_.run_one_for(patience), 1U);
    const auto now =
        answers_.size() - static_cast<std::size_t>(std::ranges::count(answers_, "none"));
    if (now > answered) batches.push_back(now - answered);
    answered = now;
  }
  EXPECT_EQ(batches, (std::vector<std::size_t>{64, 36}));
  EXPECT_EQ(rooms().size(), 100U);
}

TEST_F(StoreThreadTest, AJobThatFailsDoesNotTakeOthersAlong) {
  hold();
  post(add_room("one"));
  post([job = add_room("two")](store::Database& database) -> Result<void> {
    must(job(database));
    return fail(store::Errc::gone, "It is gone.");
  });
  post(add_room("one"));  // the name is taken
  post(add_room("three"));
  release();
  wait_for_answers();
  EXPECT_EQ(answers_, (Names{"", "store.gone", "store.name_taken", ""}));
  EXPECT_EQ(rooms(), (Names{"one", "three"}));
}

TEST_F(StoreThreadTest, ACommitThatFailsReachesAllOfItsBatch) {
  hold();
  post(add_room("one"));
  post([](store::Database&) -> Result<void> { return fail(store::Errc::gone, "It is gone."); });
  // As SQLite does by itself when the disk is full.
  post([](store::Database& database) { return database.connection().execute("ROLLBACK"); });
  post(add_room("two"));
  release();
  wait_for_answers();
  ASSERT_EQ(answers_.size(), 4U);
  EXPECT_EQ(answers_[1], "store.gone");  // why it failed before
  for (const std::size_t i : {0U, 2U, 3U}) EXPECT_TRUE(answers_[i].starts_with("store.")) << i;
  EXPECT_TRUE(rooms().empty());

  post(add_room("three"));
  wait_for_answers();
  EXPECT_EQ(answers_.back(), "");
  EXPECT_EQ(rooms(), Names{"three"});
}

TEST_F(StoreThreadTest, AJobAloneIsInNoTransactionAndKeepsItsTurn) {
  const auto is_in_transaction = [](store::Database& database) -> Result<bool> {
    return !database.connection().execute("BEGIN; ROLLBACK");
  };
  EXPECT_FALSE(must(finish(io_, thread_.run_alone<bool>(is_in_transaction))));
  hold();
  Names order;
  const auto note = [&order](const char* name) {
    return [&order, name](store::Database&) -> Result<void> {
      order.emplace_back(name);
      return {};
    };
  };
  post(note("before"));
  boost::asio::co_spawn(io_,
                        thread_.run_alone<bool>([&order](store::Database&) -> Result<bool> {
                          order.emplace_back("alone");
                          return fail(store::Errc::gone, "It is gone.");
                        }),
                        [](const std::exception_ptr&, const Result<bool>& result) {
                          EXPECT_EQ(error_of(result), "store.gone");
                        });
  io_.restart();
  io_.poll();
  post(note("after"));
  release();
  wait_for_answers();
  EXPECT_EQ(order, (Names{"before", "alone", "after"}));
}

TEST_F(StoreThreadTest, StopFinishesWhatIsQueuedAndTakesNoMore) {
  hold();
  for (int i = 0; i < 200; ++i) post(add_room(std::to_string(i)));
  release();
  thread_.stop();
  EXPECT_EQ(rooms().size(), 200U);
  thread_.post(
      [](store::Database&) -> Result<void> {
        ADD_FAILURE() << "ran after stop()";
        return {};
      },
      [](const Result<void>&) { ADD_FAILURE() << "was answered after stop()"; });
  thread_.stop();
  io_.poll();
  EXPECT_TRUE(std::ranges::all_of(answers_, [](const auto& answer) { return answer.empty(); }));
}

TEST_F(StoreThreadTest, ALoopThatPostsFasterThanTheDiskDoesNotWaitForIt) {
  constexpr int count = 10'000;
  int ran = 0;
  int answered = 0;
  hold();  // a disk that has stopped
  for (int i = 0; i < count; ++i) {
    thread_.post(
        [&ran, i](store::Database&) {
          EXPECT_EQ(ran++, i);
          return Result<void>();
        },
        [&answered, i](const Result<void>&) { EXPECT_EQ(answered++, i); });
  }
  release();
  wait_for_answers();
  EXPECT_EQ(answered, count);
}

TEST_F(StoreThreadTest, ACoroutineMayBeGoneBeforeItsAnswer) {
  auto ran = std::make_shared<bool>(false);
  auto database = open();
  {
    boost::asio::io_context loop;
    StoreThread thread(loop.get_executor(), database);
    auto job = [ran](store::Database&) -> Result<bool> { return *ran = true; };
    auto operation = thread.run<bool>(std::move(job));
    boost::asio::co_spawn(loop, std::move(operation), boost::asio::detached);
    loop.poll_one();  // the job is posted, and nobody waits for the rest
  }
  EXPECT_TRUE(*ran);
}

}  // namespace
}  // namespace sotto::node
