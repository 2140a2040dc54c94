// The host of a room, as far as sessions go: takes connections, knows its guests by their refs,
// keeps one session with each.
#pragma once
#include <map>
#include <memory>

#include "connection.h"
#include "session/handshake.h"
#include "support/people.h"

namespace sotto::sim {

using Guest = std::size_t;  // the number of a joiner

// Who takes part, and what they say.
struct Cast {
  Guest joiners = 1;
  Plan joiners_say = {};
  Plan host_says = {};
  session::LinkTiming timing = {};
};

class Host final : public Machine {
 public:
  Host(World& world, const Cast& cast);

  const Person& person() const { return person_; }

  struct Invite {
    LinkRef ref;
    crypto::SymmetricKey psk;
  };
  const Invite& invite(Guest guest) const { return invites_.at(guest); }

  void accept(const WireEnd& wire);
  // Null until a guest has come.
  std::shared_ptr<Conversation> conversation(Guest guest) const;
  // The newest that carries it; null until there was one.
  std::shared_ptr<Connection> connection(Guest guest) const;
  // What the guest's own session has received, to check acknowledgements with.
  void set_guest_has(std::function<std::uint64_t(Guest)> guest_has);

  // The next Welcome is the last thing that its wire carries to the host's knowledge.
  void lose_next_welcome() { lose_welcome_ = true; }
  int resumed() const { return resumed_; }

 private:
  class Reception;

  std::optional<Guest> guest_of(const LinkRef& ref) const;
  Result<wire::Welcome> receive(Guest guest, const wire::JoinerAuth& auth,
                                Reception& reception);

  Cast cast_;
  Person person_;
  std::vector<Invite> invites_;
  std::map<Guest, std::shared_ptr<Conversation>> conversations_;
  std::map<Guest, std::shared_ptr<Connection>> connections_;
  std::function<std::uint64_t(Guest)> guest_has_;
  bool lose_welcome_ = false;
  int resumed_ = 0;
};

// Names of speakers, for Conversation.
inline std::uint64_t speaker_host(Guest guest) {
  return 2 * guest;
}
inline std::uint64_t speaker_joiner(Guest guest) {
  return 2 * guest + 1;
}

}  // namespace sotto::sim
