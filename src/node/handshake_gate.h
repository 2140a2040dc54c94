// Keeps strangers from locking the door: at most 256 connections may be in their handshake, and
// when they are, the one that has been silent longest makes room (docs/protocol.md section 3).
#pragma once
#include <list>
#include <memory>

#include "transport/byte_stream.h"

namespace sotto::node {

class HandshakeGate {
 public:
  static constexpr std::size_t limit = 256;

  // One connection's place; given up when destroyed.
  class Place {
   public:
    Place(HandshakeGate& gate, transport::ByteStream& stream);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

    void heard_hello();  // message 1 has decrypted: silent ones are dropped before this one
    void leave();        // the handshake is over

   private:
    friend class HandshakeGate;
    HandshakeGate* gate_;
    transport::ByteStream& stream_;
    bool silent_ = true;
    std::list<Place*>::iterator at_;
  };

  std::size_t waiting() const { return places_.size(); }
  void close_all();  // nobody's handshake is waited for any more

 private:
  void make_room();

  std::list<Place*> places_;  // the oldest first
};

}  // namespace sotto::node
