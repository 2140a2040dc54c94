// A joiner: connects, resumes its session when a link is lost, and may move to a better link
// while the old one lives.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "connection.h"
#include "host.h"
#include "session/handshake.h"

namespace sotto::sim {

class Joiner final : public Machine {
 public:
  // A new wire to the host, or nothing when it cannot be reached.
  using Dial = std::function<std::optional<WireEnd>()>;

  Joiner(World& world, const Cast& cast, Guest number, const Host& host, Dial dial);

  void connect();  // also while a link is alive: make before break
  void leave();    // for good

  const std::shared_ptr<Conversation>& conversation() const { return conversation_; }
  // The newest that has been welcomed; null until there was one.
  const std::shared_ptr<Connection>& connection() const { return connection_; }
  int links() const { return links_; }  // that were welcomed

 private:
  class Visit;

  Result<void> welcomed(Visit& visit, const wire::Welcome& welcome);
  void on_end_of_visit();
  void connect_later();

  Cast cast_;
  Guest number_;
  const Host& host_;
  Dial dial_;
  Person person_;

  std::shared_ptr<Conversation> conversation_;
  std::shared_ptr<Connection> connection_;
  std::uint64_t next_link_no_ = 2;  // of a session that is resumed
  std::size_t open_ = 0;            // connections that have not ended
  bool waiting_ = false;            // to connect
  bool left_ = false;
  milliseconds backoff_;
  int links_ = 0;
};

}  // namespace sotto::sim
