// The files of a room over sessions in memory: what a peer may do at any moment, by hand.
#include "node/room_files.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <future>
#include <gtest/gtest.h>

#include "node/file_send.h"
#include "node/file_session.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

using room::FileReceiver;
using session::ChannelKind;
using wire::FileFrame;

constexpr std::uint64_t client = 1;
constexpr room::FileChannel file_of_theirs = session::first_dynamic_channel + 1;

wire::FileOffer offer_of(std::string_view content, std::string name = "report.pdf") {
  wire::FileOffer offer;
  offer.name = std::move(name);
  offer.size = content.size();
  offer.hash = crypto::blake2b_256({as_bytes(content)});
  return offer;
}

class RoomFilesTest : public testing::Test {
 protected:
  RoomFilesTest() {
    peer_.fingerprint = "theirs";
    peer_.may_offer = peer_.takes = true;
    files_->accept(client, {folder_.path().string()});
  }
  ~RoomFilesTest() override {
    files_->close();
    run_for(milliseconds(20));
  }

  std::shared_ptr<FileSession> attach(session::Session& session) {
    return std::dynamic_pointer_cast<FileSession>(files_->attach(session, peer_));
  }

  // --- what the peer says

  static void say(FileSession& to, room::FileChannel file, const FileFrame& frame) {
    Bytes message = wire::encode(frame);
    const std::size_t credit = message.size();
    to.on_event(session::MessageArrived{file, std::move(message), credit});
  }
  static void offer(FileSession& to, const wire::FileOffer& offer,
                    room::FileChannel file = file_of_theirs) {
    to.on_event(session::ChannelOpened{file, ChannelKind::file, wire::encode(offer)});
  }
  static void close(FileSession& to, room::FileChannel file = file_of_theirs) {
    to.on_event(session::ChannelClosed{file, 0});
  }

  // --- what has come of it

  static std::optional<FileReceiver::State> state(FileSession& of,
                                                  room::FileChannel file = file_of_theirs) {
    const FileReceiver* const receiver = of.files().receiver(file);
    return receiver == nullptr ? std::nullopt : std::optional(receiver->state());
  }
  void until_accepted(FileSession& of, room::FileChannel file = file_of_theirs) {
    until([&] { return state(of, file) == FileReceiver::State::flowing; });
  }
  void until_kept(FileSession& of, room::FileChannel file = file_of_theirs) {
    until([&] { return state(of, file) == FileReceiver::State::kept; });
  }
  // All of it, from the offer until the peer knows.
  void take(FileSession& of, const wire::FileOffer& what, std::string_view content,
            room::FileChannel file) {
    offer(of, what, file);
    until_accepted(of, file);
    say(of, file, wire::FileData{as_bytes(content)});
    until_kept(of, file);
    close(of, file);
    until([&] { return names().size() == count<FileEvent>(); });
  }
  std::set<std::string> names() {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      out.insert(entry.path().filename());
    }
    return out;
  }
  template <class E>
  std::size_t count() {
    return static_cast<std::size_t>(std::ranges::count_if(
        events_, [](const Event& event) { return std::holds_alternative<E>(event); }));
  }

  // --- files of ours

  std::shared_ptr<FileSource> source(std::string_view content) {
    std::ofstream(other_ / "ours.txt") << content;
    return must(FileSource::open(other_ / "ours.txt"));
  }

  template <class Done>
  void until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > limit)
        throw std::runtime_error("it did not happen");
      run_for(milliseconds(1));
    }
  }
  void run_for(milliseconds duration) {
    io_.restart();
    io_.run_for(duration);
  }

  using Names = std::set<std::string>;

  asio::io_context io_;
  TempDir folder_;
  TempDir other_;
  Disk disk_{io_.get_executor()};
  session::Session session_{SessionId(), session::Side::host};
  session::Session newer_{SessionId(), session::Side::host};
  FilePeer peer_;
  std::vector<Event> events_;
  std::shared_ptr<RoomFiles> files_ =
      std::make_shared<RoomFiles>(io_.get_executor(), disk_, "lobby",
                                  [this](const Event& event) { events_.push_back(event); });
};

TEST_F(RoomFilesTest, ARefusalWhileTheDiskIsReadEndsTheFile) {
  const auto peer = attach(session_);
  const auto send = files_->send(source("hello"), offer_of("hello"), peer_);
  until(
      [&] { return !peer->can_offer() || peer->files().has(session::first_dynamic_channel); });
  // Both threads of the disk are busy until the refusal is there.
  std::promise<void> over;
  const std::shared_future<void> gate = over.get_future().share();
  for (int i = 0; i < 2; ++i) {
    auto wait = [gate]() -> Result<bool> {
      gate.wait();
      return true;
    };
    asio::co_spawn(io_, disk_.run<bool>(std::move(wait)), asio::detached);
  }
  run_for(milliseconds(5));
  say(*peer, session::first_dynamic_channel, wire::FileAccepted{0});
  run_for(milliseconds(5));
  say(*peer, session::first_dynamic_channel, wire::FileRefused{wire::FileRefusal::no_space});
  over.set_value();
  until([&] { return send->ended().has_value(); });
  ASSERT_FALSE(*send->ended());
  EXPECT_TRUE(send->ended()->error().is(Errc::file_no_space));
}

TEST_F(RoomFilesTest, WhoeverHasEndedHoldsNoFileOpen) {
  auto file = source("hello");
  const std::weak_ptr<FileSource> watched = file;
  const auto send = files_->send(std::move(file), offer_of("hello"), peer_);
  EXPECT_FALSE(watched.expired());
  send->cancel({Errc::file_cancelled, "Enough."});
  run_for(milliseconds(5));
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(send->path(), (other_ / "ours.txt").string());
}

TEST_F(RoomFilesTest, SeveralWaitForTheSameFileEachInItsOwnTime) {
  const auto send = files_->send(source("hello"), offer_of("hello"), peer_);
  int rounds = 0;
  const auto keep_waiting = [&]() -> asio::awaitable<void> {
    while (!send->ended()) {
      ++rounds;
      co_await send->wait(std::chrono::steady_clock::now() + milliseconds(50));
    }
  };
  asio::co_spawn(io_, keep_waiting(), asio::detached);
  asio::co_spawn(io_, keep_waiting(), asio::detached);
  run_for(milliseconds(130));
  EXPECT_GE(rounds, 2);
  EXPECT_LE(rounds, 6);
  // The end wakes them at once.
  send->cancel({Errc::file_cancelled, "Enough."});
  EXPECT_TRUE(comes_to_rest(io_));
}

TEST_F(RoomFilesTest, WhatWasKeptAndComesAgainOverANewerSessionIsThereOnce) {
  const auto older = attach(session_);
  const wire::FileOffer what = offer_of("hello");
  offer(*older, what);
  until_accepted(*older);
  say(*older, file_of_theirs, wire::FileData{as_bytes("hello")});
  until_kept(*older);
  // Its sender has not heard of it, and begins anew.
  const auto newer = attach(newer_);
  offer(*newer, what);
  until_kept(*newer);
  close(*newer);
  until([&] { return names() == Names{"report.pdf"}; });
  close(*older);
  run_for(milliseconds(5));
  EXPECT_EQ(count<FileEvent>(), 1U);
  EXPECT_EQ(names(), Names{"report.pdf"});
}

TEST_F(RoomFilesTest, AnotherFileWithAnOldIdIsToldLikeAnyOther) {
  const auto peer = attach(session_);
  take(*peer, offer_of("one", "one"), "one", file_of_theirs);
  take(*peer, offer_of("two", "two"), "two", file_of_theirs + 2);
  EXPECT_EQ(names(), (Names{"one", "two"}));
  EXPECT_EQ(count<FileEvent>(), 2U);
}

TEST_F(RoomFilesTest, FilesThatFailAreToldSeldomAndFailNothingElse) {
  const auto peer = attach(session_);
  for (room::FileChannel file = file_of_theirs; file < file_of_theirs + 20; file += 2) {
    offer(*peer, offer_of("hello"), file);
    until_accepted(*peer, file);
    say(*peer, file, wire::FileData{as_bytes("hallo")});
    until([&] { return !state(*peer, file); });
  }
  EXPECT_EQ(count<ErrorEvent>(), 0U);
  EXPECT_EQ(count<NoticeEvent>(), 1U);
}

TEST_F(RoomFilesTest, AnOfferThatNothingFollowsLeavesNothing) {
  const auto peer = attach(session_);
  offer(*peer, offer_of("hello"));
  until_accepted(*peer);
  EXPECT_EQ(names().size(), 1U);
  close(*peer);
  until([&] { return names().empty(); });
}

}  // namespace
}  // namespace sotto::node
