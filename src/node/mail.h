// When mail is left for those who are away, and when ours is fetched: for as long as somebody
// is attached to the owner of a profile.
//
//   left     a moment after somebody turned out to be away for whom something waits, and again
//            with longer and longer pauses while no relay takes it
//   fetched  when a room opens, and every few minutes as long as it is open
//
// A single `send`, which owns nothing, only leaves: Agent::send_through() asks for it.
#pragma once
#include <map>
#include <set>

#include "net/asio_timer.h"
#include "node/mail_fetch.h"
#include "store/rooms.h"

namespace sotto::node {

class Agent;

// Where mailboxes of this room are to be open.
std::vector<std::string> relay_urls(const store::RoomRow& room);

class Mail {
 public:
  // `agent` must outlive it.
  Mail(Agent& agent, OpenDesk open_desk);

  void start();

  // Somebody may be away for whom something waits in this room.
  void look(const RoomId& room);
  // Something waits again in its old place.
  void look_anew(const RoomId& room);
  // The room has opened: what waits for us is fetched.
  void fetch(const RoomId& room);
  // The other side was offered this mailbox of ours, which is to be open soon.
  void open_for(const RoomId& room, const crypto::Ed25519PublicKey& peer);

  // Leaves what waits for the host of a joined room at once.
  Async<LeftMail> leave(const store::RoomRow& joined);

  const std::shared_ptr<MailMarks>& marks() const { return marks_; }

 private:
  using Person = std::pair<RoomId, crypto::Ed25519PublicKey>;
  struct Errand {
    std::int64_t looked_up_to = 0;
    std::optional<SteadyTime> since_start;  // when it was last looked at from the first on
    milliseconds pause{};
    SteadyTime due;
    bool under_way = false;
  };
  struct Rounds {
    SteadyTime due;
    bool under_way = false;
  };
  class Ear;

  boost::asio::awaitable<void> run();
  void fetch_due(SteadyTime now);
  std::optional<MailboxesOf> mailboxes_of(const RoomId& room) const;
  bool look_by(const RoomId& room, SteadyTime due);
  boost::asio::awaitable<void> fetch_one(
      RoomId room, std::optional<crypto::Ed25519PublicKey> peer = std::nullopt);
  Async<void> look_into(RoomId room);
  std::int64_t begin_after(Errand& errand) const;
  boost::asio::awaitable<void> leave_for(room::Pair pair, bool over_tor);
  SteadyTime next_due() const;

  Agent& agent_;
  OpenDesk open_desk_;
  net::AsioTimer timer_;
  bool started_ = false;
  std::map<RoomId, SteadyTime> looks_;
  std::map<Person, Errand> errands_;
  std::map<RoomId, Rounds> rounds_;
  std::set<Person> opened_;
  // May outlive this: whoever sends holds on to them.
  std::shared_ptr<MailMarks> marks_ = std::make_shared<MailMarks>();
};

}  // namespace sotto::node
