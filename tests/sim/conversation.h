// What two people say to each other over a session, and the check that it arrives.
//
// Every message follows from who says it, on which lane and as which: the receiver makes the
// one that must come next and compares.  A message that is missing, twice, out of order or
// changed fails the test where it happens.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "session/session.h"
#include "world.h"

namespace sotto::sim {

// What one side says.
struct Plan {
  int control = 2;  // messages
  int chat = 20;
  int files = 1;
  int file_pieces = 4;                // messages of each file
  milliseconds longest_pause{2'000};  // between two messages of a lane
  std::size_t longest_chat = session::message_limit(session::ChannelKind::chat);
};

class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  // `says` and `hears` name the two sides, equally on both.
  Conversation(World& world, const SessionId& id, session::Side side, std::uint64_t says,
               std::uint64_t hears, const Plan& out, const Plan& in);

  session::Session& session() { return session_; }
  void begin();  // to talk
  // Chat beyond the plan, at once; the other side must expect it.
  void say(int messages);
  void expect(int messages) { heard_.at(session::chat_channel).messages += messages; }
  void on_events();  // the session may have some

  bool heard_everything() const;
  bool said_everything() const;  // and all of it acknowledged
  std::string state() const;     // for failure messages

 private:
  // One sequence of messages: control, chat, or a file.
  struct Lane {
    std::uint64_t number;
    session::ChannelId channel;
    int messages;
    int next = 0;
    std::size_t unconsumed = 0;  // credit, of what was heard
    bool ended = false;
  };

  void talk(const std::shared_ptr<Lane>& lane);
  void say_next(Lane& lane);
  void begin_file(std::uint64_t number);
  void heard(const session::MessageArrived& message);
  void heard(const session::ChannelOpened& opened);
  void heard(const session::ChannelClosed& closed);
  void consume_later(session::ChannelId channel, std::size_t credit);
  bool is_file(const Lane& lane) const { return lane.number >= 2; }

  World& world_;
  session::Session session_;
  std::uint64_t says_;
  std::uint64_t hears_;
  Plan out_;
  Plan in_;
  std::shared_ptr<Lane> chat_;  // what is said there
  int lanes_left_to_say_;
  std::map<session::ChannelId, Lane> heard_;
  int files_heard_ = 0;
};

}  // namespace sotto::sim
