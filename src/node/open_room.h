// A room that this process keeps open: one it hosts, or one it has joined.
#pragma once
#include <cstdint>
#include <optional>

#include "crypto/hash.h"
#include "node/events.h"
#include "node/room_files.h"
#include "store/contacts.h"
#include "store/rooms.h"
#include "wire/room_frame.h"

namespace sotto::node {

// Who hears what happens in open rooms; all calls on the loop.
class RoomObserver {
 public:
  virtual ~RoomObserver() = default;

  // `seq`: of a message in the store, to be marked as shown once somebody has seen it.
  virtual void on_room_event(const RoomId& room, const Event& event,
                             std::optional<std::int64_t> seq) = 0;
  // A step of a live verification for us.  `binding`: of the session that it came over (h of
  // the session's first link), which is also the way back.
  virtual void on_verification(const RoomId& room, const wire::VerificationStep& step,
                               const crypto::Hash64& binding) = 0;
  // Somebody of the room was offered a mailbox of ours; somebody may be away by now.
  virtual void on_mailbox(const RoomId& /*room*/, const crypto::Ed25519PublicKey& /*peer*/) {}
  virtual void on_away(const RoomId& /*room*/) {}
  // The room is closed; the object may be destroyed from now on.
  virtual void on_room_ended(const RoomId& room, const Result<void>& why) = 0;
};

class OpenRoom {
 public:
  virtual ~OpenRoom() = default;

  virtual const store::RoomRow& row() const = 0;
  // Whether this person has a link to us in the room, or is expected back in a moment.
  virtual bool is_connected(const crypto::Ed25519PublicKey& identity) const = 0;

  // Something was added to the outbox of this room.
  virtual void pump() = 0;
  // The message `seq` was taken out of the outbox before and waits there again; pump() follows.
  virtual void requeued(std::int64_t seq) = 0;

  // Messages of this author were shown here.
  virtual void tell_read(const crypto::Ed25519PublicKey& author) = 0;
  // Sends a step of a live verification on its way, if there is one at the moment: over the
  // session with this binding, or over all that lead to its receiver.
  virtual void send(const wire::VerificationStep& step,
                    const std::optional<crypto::Hash64>& binding) = 0;

  virtual RoomFiles& files() = 0;

  // A client (Agent::ClientId) that held it has left, while others may stay.
  virtual void on_released(std::uint64_t client) = 0;

  // Comes to a clean end; on_room_ended() follows.
  virtual void close() = 0;
  virtual bool closing() const = 0;

  // A contact was renamed, verified, blocked or unblocked.
  virtual void on_contact_changed(const store::ContactRow& who) = 0;

  // What somebody who attaches later should hear first.
  virtual std::vector<Event> greeting() const = 0;
};

}  // namespace sotto::node
