#include "node/handshake_gate.h"

#include <algorithm>

namespace sotto::node {

HandshakeGate::Place::Place(HandshakeGate& gate, transport::ByteStream& stream)
    : gate_(&gate), stream_(stream) {
  gate.make_room();
  at_ = gate.places_.insert(gate.places_.end(), this);
}

HandshakeGate::Place::~Place() {
  leave();
}

void HandshakeGate::Place::heard_hello() {
  silent_ = false;
}

void HandshakeGate::Place::leave() {
  if (gate_ == nullptr) return;
  gate_->places_.erase(at_);
  gate_ = nullptr;
}

void HandshakeGate::close_all() {
  for (Place* const place : places_) place->stream_.close();
}

void HandshakeGate::make_room() {
  if (places_.size() < limit) return;
  const auto silent =
      std::ranges::find_if(places_, [](const Place* place) { return place->silent_; });
  Place* const oldest = silent == places_.end() ? places_.front() : *silent;
  oldest->stream_.close();
  oldest->leave();
}

}  // namespace sotto::node
