#include "conversation.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <utility>
#include <variant>

namespace sotto::sim {
namespace {

using session::ChannelId;
using session::ChannelKind;

constexpr std::uint64_t control_lane = 0;
constexpr std::uint64_t chat_lane = 1;
constexpr std::uint64_t first_file_lane = 2;
constexpr std::uint8_t end_of_file = 9;

// SplitMix64: cheap, and good enough to tell two messages apart.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

ChannelKind kind_of(std::uint64_t lane) {
  if (lane == control_lane) return ChannelKind::control;
  return lane == chat_lane ? ChannelKind::chat : ChannelKind::file;
}

std::size_t length_of(std::uint64_t lane, std::uint64_t chance, const Plan& plan) {
  if (lane == control_lane) return chance % 2'000;
  if (lane >= first_file_lane) return chance % 60'000;
  if (chance % 100 == 0) return plan.longest_chat;
  return std::min(chance % (chance % 10 == 0 ? 20'000 : 400), plan.longest_chat);
}

Bytes message_of(std::uint64_t speaker, std::uint64_t lane, int index, const Plan& plan) {
  Filler filler(speaker * 1'000'003 + lane * 10'007 + static_cast<std::uint64_t>(index));
  Bytes out(length_of(lane, filler.next() >> 8, plan));
  for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t word = filler.next();
    std::memcpy(&out[i], &word, std::min(sizeof word, out.size() - i));
  }
  return out;
}

std::string name_of_file(std::uint64_t lane) {
  return "file " + std::to_string(lane);
}

}  // namespace

Conversation::Conversation(World& world, const SessionId& id, session::Side side,
                           std::uint64_t says, std::uint64_t hears, const Plan& out,
                           const Plan& in)
    : world_(world),
      session_(id, side),
      says_(says),
      hears_(hears),
      out_(out),
      in_(in),
      chat_(std::make_shared<Lane>(Lane{chat_lane, session::chat_channel, out.chat})),
      lanes_left_to_say_(2 + out.files) {
  heard_.emplace(session::control_channel,
                 Lane{control_lane, session::control_channel, in.control});
  heard_.emplace(session::chat_channel, Lane{chat_lane, session::chat_channel, in.chat});
}

// --- saying

void Conversation::begin() {
  talk(std::make_shared<Lane>(Lane{control_lane, session::control_channel, out_.control}));
  talk(chat_);
  for (int i = 0; i < out_.files; ++i) {
    begin_file(first_file_lane + static_cast<std::uint64_t>(i));
  }
}

void Conversation::begin_file(std::uint64_t number) {
  const milliseconds pause = world_.draw(milliseconds(0), 5 * out_.longest_pause);
  world_.after(pause, [self = shared_from_this(), number] {
    const ChannelId channel =
        self->session_.open(ChannelKind::file, to_bytes(name_of_file(number)));
    self->talk(std::make_shared<Lane>(Lane{number, channel, self->out_.file_pieces}));
  });
}

void Conversation::say_next(Lane& lane) {
  session_.send(lane.channel, message_of(says_, lane.number, lane.next++, out_));
}

void Conversation::say(int messages) {
  chat_->messages += messages;
  for (int i = 0; i < messages; ++i) say_next(*chat_);
}

void Conversation::talk(const std::shared_ptr<Lane>& lane) {
  if (lane->next == lane->messages) {
    if (is_file(*lane)) session_.close(lane->channel, end_of_file);
    --lanes_left_to_say_;
    return;
  }
  const milliseconds pause = world_.draw(milliseconds(0), out_.longest_pause);
  world_.after(pause, [self = shared_from_this(), lane] {
    self->say_next(*lane);
    self->talk(lane);
  });
}

bool Conversation::said_everything() const {
  return lanes_left_to_say_ == 0 && session_.everything_acknowledged();
}

// --- hearing

void Conversation::on_events() {
  while (auto event = session_.next_event()) {
    std::visit([this](const auto& e) { heard(e); }, *event);
  }
}

void Conversation::heard(const session::MessageArrived& message) {
  const auto at = heard_.find(message.channel);
  if (at == heard_.end() || at->second.ended || at->second.next == at->second.messages) {
    ADD_FAILURE() << "a message too many on channel " << message.channel;
    return;
  }
  Lane& lane = at->second;
  if (message.message != message_of(hears_, lane.number, lane.next, in_)) {
    ADD_FAILURE() << "lane " << lane.number << ": message " << lane.next << " is not what came";
  }
  ++lane.next;
  lane.unconsumed += message.credit;
  EXPECT_LE(lane.unconsumed, session::initial_credit(kind_of(lane.number)));
  consume_later(message.channel, message.credit);
}

// The person reads, the disk writes: credit goes back a little later.
void Conversation::consume_later(ChannelId channel, std::size_t credit) {
  const milliseconds pause = world_.draw(milliseconds(0), milliseconds(300));
  world_.after(pause, [self = shared_from_this(), channel, credit] {
    self->heard_.at(channel).unconsumed -= credit;
    self->session_.consumed(channel, credit);
  });
}

void Conversation::heard(const session::ChannelOpened& opened) {
  const std::string name = to_string(opened.metadata);
  EXPECT_EQ(opened.kind, ChannelKind::file);
  const std::uint64_t number = std::strtoull(name.substr(5).c_str(), nullptr, 10);
  EXPECT_EQ(name, name_of_file(number));
  const bool is_new =
      heard_.emplace(opened.channel, Lane{number, opened.channel, in_.file_pieces}).second;
  EXPECT_TRUE(is_new) << "channel " << opened.channel << " was opened twice";
}

void Conversation::heard(const session::ChannelClosed& closed) {
  Lane& lane = heard_.at(closed.channel);
  EXPECT_EQ(closed.reason, end_of_file);
  EXPECT_EQ(lane.next, lane.messages) << "a file was closed before its end";
  EXPECT_FALSE(std::exchange(lane.ended, true)) << "a file was closed twice";
  ++files_heard_;
}

bool Conversation::heard_everything() const {
  if (files_heard_ != in_.files) return false;
  for (const auto& [channel, lane] : heard_) {
    if (lane.next != lane.messages) return false;
  }
  return true;
}

std::string Conversation::state() const {
  std::string out = "left to say: " + std::to_string(lanes_left_to_say_) + " lanes; heard:";
  for (const auto& [channel, lane] : heard_) {
    out += " " + std::to_string(lane.next) + "/" + std::to_string(lane.messages);
  }
  out += " and " + std::to_string(files_heard_) + "/" + std::to_string(in_.files) + " files";
  out += "; received up to " + std::to_string(session_.last_received());
  out += ", unacknowledged bytes " + std::to_string(session_.unacknowledged_bytes());
  return out;
}

}  // namespace sotto::sim
