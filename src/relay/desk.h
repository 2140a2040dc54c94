// What a connection may ask for, and what it gets, as far as no other connection has a part in
// it.
//
//   request -> check(): is it the next one, admitted, within its rate, signed by its owner?
//           -> keep():  the directory and the mailboxes
// Listen, Open and Take are session.cpp's, which has the connections.
#pragma once
#include <expected>
#include <optional>

#include "relay/access_tokens.h"
#include "relay/address_block.h"
#include "relay/close_code.h"
#include "relay/guard.h"
#include "relay/limits.h"
#include "relay/reply.h"
#include "relay/store.h"

namespace sotto::relay {

// Of one connection.
struct Visitor {
  AddressBlock block;
  wire::RelayBinding binding;
  std::uint32_t last_number = 0;  // of its requests
  bool admitted = false;          // it has shown a token, or none is wanted
  Payer payer;                    // of what it leaves here: its token's owner, else its block
  std::string token_name;         // for the log
};

// Why a request is not carried out; with `close` the connection ends after the reply.
struct Verdict {
  std::optional<wire::RelayRefusal> refusal;
  std::optional<CloseCode> close;
};

// `tokens`: null where everybody may use the relay.  `rate_holds`: guard.h's take_request().
// Notes in `visitor` what the request has shown.
std::expected<void, Verdict> check(Visitor& visitor, const wire::RelayRequest& request,
                                   const AccessTokens* tokens, bool rate_holds,
                                   const Store& store);

// Whether keep() carries it out.
bool is_kept(const wire::RelayAction& action);

// A failing store is RelayRefused store; `error` then says how.
struct Kept {
  Reply reply;
  std::optional<Error> error;
};
boost::asio::awaitable<Kept> keep(Store& store, wire::RelayAction action, Payer payer,
                                  const Limits& limits, WallTime now);

}  // namespace sotto::relay
