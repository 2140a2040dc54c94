#include "room/files.h"

#include <deque>
#include <random>

#include "unit/session/session_pair.h"

namespace sotto::room {
namespace {

using session::ChannelKind;
using wire::FileRefusal;

// Remembers what it is told; keeps the credit of what arrives.
struct Ears final : FileListener {
  void on_offered(FileChannel file, const wire::FileOffer& offer) override {
    offered.emplace_back(file, offer);
  }
  void on_data(FileChannel, Bytes message, std::size_t credit) override {
    data += as_text(ByteView(message).subspan(wire::file_data_header));
    owed += credit;
  }
  void on_settled(FileChannel file) override { settled.push_back(file); }
  void on_answer(FileChannel) override { ++answers; }
  void on_room(FileChannel) override { ++rooms; }
  void on_lost(FileChannel file) override { lost.push_back(file); }

  std::vector<std::pair<FileChannel, wire::FileOffer>> offered;
  std::string data;
  std::size_t owed = 0;
  std::vector<FileChannel> settled;
  int answers = 0;
  int rooms = 0;
  std::vector<FileChannel> lost;
};

using Channels = std::vector<FileChannel>;

wire::FileOffer offer_of(std::uint64_t size) {
  wire::FileOffer offer;
  offer.name = "report.pdf";
  offer.size = size;
  return offer;
}

Bytes message_of(std::string_view text) {
  return wire::encode(wire::FileFrame(wire::FileData{as_bytes(text)}));
}

class FilesTest : public session::SessionPair {
 protected:
  // Until neither side has anything to say or to hear.
  void settle() {
    bool moved = true;
    while (std::exchange(moved, false)) {
      exchange();
      while (auto event = host_.next_event()) {
        at_host_->on_event(std::move(*event));
        moved = true;
      }
      while (auto event = joiner_.next_event()) {
        at_member_->on_event(std::move(*event));
        moved = true;
      }
    }
  }

  // A file of the member's that the host has accepted.
  FileChannel flowing(std::uint64_t size, std::uint64_t offset = 0) {
    const FileChannel file = at_member_->offer(offer_of(size));
    settle();
    at_host_->accept(file, offset);
    settle();
    return file;
  }
  FileSender::State state(FileChannel file) { return at_member_->sender(file)->state(); }

  Ears member_;
  Ears host_ears_;
  std::optional<Files> at_member_{std::in_place, joiner_, member_};
  std::optional<Files> at_host_{std::in_place, host_, host_ears_};
};

TEST_F(FilesTest, AFileGoesFromOfferToWhatIsKept) {
  const FileChannel file = flowing(10);
  ASSERT_EQ(host_ears_.offered.size(), 1U);
  EXPECT_EQ(host_ears_.offered[0], std::pair(file, offer_of(10)));
  at_member_->write(file, message_of("01234"));
  at_member_->write(file, message_of("56789"));
  settle();
  EXPECT_EQ(host_ears_.data, "0123456789");
  at_host_->tell_progress(file, 10);
  at_host_->keep(file);
  settle();
  EXPECT_EQ(state(file), FileSender::State::kept);
  EXPECT_TRUE(host_ears_.settled.empty());
  at_member_->close(file);
  settle();
  EXPECT_EQ(host_ears_.settled, Channels{file});
  EXPECT_TRUE(host_ears_.lost.empty() && member_.lost.empty());
  EXPECT_FALSE(at_host_->has(file) || at_member_->has(file));
}

TEST_F(FilesTest, AHostSendsToAMemberJustSo) {
  const FileChannel file = at_host_->offer(offer_of(2));
  settle();
  at_member_->accept(file, 0);
  settle();
  at_host_->write(file, message_of("ab"));
  settle();
  EXPECT_EQ(member_.data, "ab");
}

TEST_F(FilesTest, WhatIsThereIsNotSentAgain) {
  const FileChannel file = flowing(10, 7);
  EXPECT_EQ(at_member_->sender(file)->next(), 7U);
  at_member_->write(file, message_of("789"));
  settle();
  EXPECT_EQ(host_ears_.data, "789");
  at_host_->keep(file);
  settle();
  EXPECT_EQ(state(file), FileSender::State::kept);
}

TEST_F(FilesTest, ARefusalFreesTheChannelAndSaysWhy) {
  const FileChannel file = at_member_->offer(offer_of(10));
  settle();
  at_host_->refuse(file, FileRefusal::not_accepted);
  settle();
  EXPECT_FALSE(at_host_->has(file));
  // Whoever has sent it looks at the answer when it likes.
  EXPECT_EQ(member_.answers, 1);
  EXPECT_EQ(state(file), FileSender::State::refused);
  EXPECT_EQ(at_member_->sender(file)->refusal(), FileRefusal::not_accepted);
  at_member_->close(file);
  EXPECT_FALSE(at_member_->has(file));
  EXPECT_TRUE(member_.lost.empty());
}

TEST_F(FilesTest, WhatIsKeptStaysSoWhenTheReceiverClosesTheChannelAtOnce) {
  const FileChannel file = flowing(2);
  at_member_->write(file, message_of("ab"));
  settle();
  at_host_->keep(file);
  host_.close(file, 0);
  settle();
  ASSERT_TRUE(at_member_->has(file));
  EXPECT_EQ(state(file), FileSender::State::kept);
  EXPECT_TRUE(member_.lost.empty());
  at_member_->close(file);
  EXPECT_FALSE(at_member_->has(file));
}

TEST_F(FilesTest, ASenderThatGivesUpIsNoticed) {
  const FileChannel file = flowing(1'000'000);
  at_member_->write(file, message_of(std::string(60'000, 'x')));
  at_member_->close(file);
  settle();
  EXPECT_EQ(host_ears_.lost, Channels{file});
}

TEST_F(FilesTest, WhoeverFillsTheQueueWaitsAndIsWoken) {
  const FileChannel file = flowing(10'000'000);
  const std::string piece(60'000, 'x');
  while (at_member_->has_room(file)) at_member_->write(file, message_of(piece));
  EXPECT_EQ(member_.rooms, 0);
  settle();
  EXPECT_TRUE(at_member_->has_room(file));
  EXPECT_GT(member_.rooms, 0);
}

TEST_F(FilesTest, WhatIsNotWrittenHoldsTheSenderBack) {
  const FileChannel file = flowing(100'000'000);
  const std::string piece(60'000, 'x');
  for (int i = 0; i < 200; ++i) {
    if (at_member_->has_room(file)) at_member_->write(file, message_of(piece));
    settle();
  }
  EXPECT_LE(host_ears_.data.size(), session::initial_credit(ChannelKind::file));
  const std::size_t before = host_ears_.data.size();
  at_host_->written(file, std::exchange(host_ears_.owed, 0));
  settle();
  EXPECT_GT(host_ears_.data.size(), before);
}

TEST_F(FilesTest, WordsPassAFileThatWaits) {
  const FileChannel file = flowing(100'000'000);
  for (int i = 0; i < 20; ++i) {
    at_member_->write(file, message_of(std::string(60'000, 'x')));
  }
  joiner_.send(session::chat_channel, to_bytes("words"));
  // The very next record carries them.
  carry(joiner_);
  bool heard = false;
  while (auto event = host_.next_event()) {
    const auto* message = std::get_if<session::MessageArrived>(&*event);
    heard = heard || (message != nullptr && message->channel == session::chat_channel);
  }
  EXPECT_TRUE(heard);
}

// --- what breaks the rules resets the file, and nothing else

class Hostile : public FilesTest {
 protected:
  // The host's side of a file while the member says what it likes.
  void expect_reset(FileChannel file, Bytes message) {
    joiner_.send(file, std::move(message));
    settle();
    EXPECT_EQ(host_ears_.lost, Channels{file});
    EXPECT_FALSE(at_host_->has(file));
    const FileChannel other = flowing(1);
    at_member_->write(other, message_of("x"));
    settle();
    EXPECT_TRUE(host_ears_.data.ends_with("x"));
  }
};

TEST_F(Hostile, BytesBeforeTheAnswer) {
  const FileChannel file = at_member_->offer(offer_of(10));
  settle();
  expect_reset(file, message_of("early"));
}
TEST_F(Hostile, BytesBeyondTheSize) {
  expect_reset(flowing(10), message_of("01234567890"));
}
TEST_F(Hostile, NoBytesAtAll) {
  expect_reset(flowing(10), message_of(""));
}
TEST_F(Hostile, AnAnswerToAnOfferOfTheirOwn) {
  expect_reset(flowing(10), wire::encode(wire::FileFrame(wire::FileKept())));
}
TEST_F(Hostile, Nonsense) {
  expect_reset(flowing(10), to_bytes("\x07nonsense"));
}

TEST_F(Hostile, AnOfferThatIsNoneIsResetUnseen) {
  const auto file = joiner_.open(ChannelKind::file, to_bytes("nonsense"));
  wire::FileOffer path = offer_of(1);
  path.name = "../../etc/passwd";
  joiner_.open(ChannelKind::file, wire::encode(path));
  settle();
  EXPECT_TRUE(host_ears_.offered.empty());
  EXPECT_FALSE(at_host_->has(file));
}

TEST_F(Hostile, AReceiverThatKeepsWhatWasNotSent) {
  const FileChannel file = at_member_->offer(offer_of(10));
  settle();
  host_.send(file, wire::encode(wire::FileFrame(wire::FileKept())));
  settle();
  EXPECT_EQ(member_.lost, Channels{file});
}

// --- in bad weather

// One file from the member to the host, whatever becomes of links and channels meanwhile.
class Weather : public FilesTest {
 protected:
  void live_through(std::uint64_t seed) {
    random_.seed(seed);
    content_.resize(draw(1, 400'000));
    for (char& c : content_) c = static_cast<char>(random_());
    for (int step = 0; step < 4'000 && !done_; ++step) {
      const auto what = draw(0, 99);
      if (what < 30) {
        carry(joiner_);
      } else if (what < 60) {
        carry(host_);
      } else if (what < 75) {
        send_some();
      } else if (what < 92) {
        take_some();
      } else if (what < 97) {
        lose(draw(0, 1) == 0 ? joiner_ : host_);
        relink();
      } else if (what == 97) {
        begin_anew();
      } else {
        now_ += milliseconds(60);
      }
    }
    for (int step = 0; step < 200 && !done_; ++step) {
      settle();
      take_some();
      send_some();
    }
    EXPECT_TRUE(done_) << "seed " << seed;
    EXPECT_EQ(stored_ == content_, true) << "seed " << seed;
  }

 private:
  std::uint64_t draw(std::uint64_t least, std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>(least, most)(random_);
  }

  // The sessions have ended: whoever keeps files begins with new channels.
  void begin_anew() {
    at_member_.emplace(joiner_, member_);
    at_host_.emplace(host_, host_ears_);
    going_.reset();
    coming_.reset();
    host_ears_.data.clear();
    host_ears_.owed = 0;
  }

  void send_some() {
    if (!going_ || at_member_->sender(*going_) == nullptr) {
      going_ = at_member_->offer(offer_of(content_.size()));
      return;
    }
    const FileSender& sender = *at_member_->sender(*going_);
    done_ = sender.state() == FileSender::State::kept;
    if (sender.state() != FileSender::State::flowing || !at_member_->has_room(*going_)) return;
    const std::size_t bytes =
        draw(1, std::min<std::uint64_t>(40'000, sender.size() - sender.next()));
    at_member_->write(*going_,
                      message_of(std::string_view(content_).substr(sender.next(), bytes)));
  }

  // The host's part grows by what has come; a new offer goes on from there.
  void take_some() {
    while (auto event = host_.next_event()) at_host_->on_event(std::move(*event));
    while (auto event = joiner_.next_event()) at_member_->on_event(std::move(*event));
    for (const auto& [file, offer] : std::exchange(host_ears_.offered, {})) {
      if (coming_) at_host_->refuse(*coming_, FileRefusal::busy);
      coming_ = file;
      at_host_->accept(file, stored_.size());
    }
    stored_ += std::exchange(host_ears_.data, {});
    ASSERT_LE(stored_.size(), content_.size());
    if (!coming_) return;
    at_host_->written(*coming_, std::exchange(host_ears_.owed, 0));
    const FileReceiver* const receiver = at_host_->receiver(*coming_);
    if (receiver == nullptr) return;
    at_host_->tell_progress(*coming_, stored_.size());
    if (receiver->state() == FileReceiver::State::complete) at_host_->keep(*coming_);
  }

  std::mt19937_64 random_;
  std::string content_;
  std::string stored_;
  std::optional<FileChannel> going_;
  std::optional<FileChannel> coming_;
  bool done_ = false;
};

class WeatherSeed : public Weather, public testing::WithParamInterface<int> {};

TEST_P(WeatherSeed, TheFileArrivesWhole) {
  live_through(static_cast<std::uint64_t>(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Seeds, WeatherSeed, testing::Range(1, 101));

}  // namespace
}  // namespace sotto::room
