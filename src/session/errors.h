// What can go wrong between two peers.
#pragma once
#include "base/error.h"

namespace sotto::session {

enum class Errc {
  handshake = 1,   // session.handshake: the peer is not who it should be, or no sotto
  protocol,        // session.protocol: an authenticated peer broke the protocol
  link_lost,       // session.link_lost: silence, reset or a record that is not authentic
  other_card,      // session.other_card: the host of an open room shows a card that is not the
                   // one that was confirmed (exit 4)
  left,            // session.left: the peer said goodbye
  wrong_password,  // session.wrong_password: not the password of the open room (exit 5)
  not_open,        // session.not_open: a host that lets no strangers in, or not so (exit 5)
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::session

template <>
struct std::is_error_code_enum<sotto::session::Errc> : std::true_type {};
