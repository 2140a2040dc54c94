#include "node/relay_failures.h"

#include <cassert>

#include "base/text.h"
#include "net/errors.h"
#include "node/relay_errors.h"
#include "node/relay_url.h"
#include "session/errors.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

bool may_pass(const Error& error) {
  return error.kind() == Kind::unreached || may_come_back(error);
}

}  // namespace

bool may_come_back(const Error& error) {
  return error.is(net::DialErrc::relay_unreachable) ||
         error.is(net::DialErrc::proxy_unreachable);
}

Error relay_trouble(const Error& why, const wire::RelaySlot& relay) {
  const auto url = RelayUrl::parse(relay.url);
  if (!url) return why;
  const std::string name = "The relay " + displayable(url->address()) + " ";
  if (why.is(session::Errc::handshake)) {
    return Error(RelayErrc::not_host, name + "did not lead to the host. " + why.text());
  }
  if (why.is(transport::Errc::timeout)) {
    return Error(RelayErrc::silent, name + "led to somebody who says nothing.");
  }
  if (why.is(transport::Errc::closed) || why.is(transport::Errc::lost) ||
      why.is(session::Errc::link_lost)) {
    return Error(RelayErrc::lost, name + "broke the connection before the host had answered.");
  }
  return why;
}

void RelayFailures::add(const Error& why) {
  if (!first_) first_ = why;
  if (!passing_ && may_pass(why)) passing_ = why;
  said_ += (said_.empty() ? "" : " ") + why.text();
}

Error RelayFailures::result() const {
  assert(first_ || before_);
  if (!first_) return *before_;
  const Error& named = passing_                        ? *passing_
                       : before_ && may_pass(*before_) ? *before_
                                                       : *first_;
  return Error(named.code(), before_ ? before_->text() + " " + said_ : said_);
}

}  // namespace sotto::node
