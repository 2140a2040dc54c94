#include "node/local_owner.h"

#include <boost/asio/co_spawn.hpp>

namespace sotto::node {

void LocalOwner::call(std::string method, Json params, Done done) {
  auto answer = [done = std::move(done)](const std::exception_ptr& thrown,
                                         Result<Json> result) {
    if (thrown) std::rethrow_exception(thrown);
    done(std::move(result));
  };
  boost::asio::co_spawn(agent_.runtime().executor(),
                        agent_.call(client_.value_or(0), std::move(method), std::move(params)),
                        std::move(answer));
}

void LocalOwner::set_on_notice(OnNotice on_notice) {
  detach();
  client_ = agent_.attach(std::move(on_notice));
}

void LocalOwner::detach() {
  if (client_) agent_.detach(*client_);
  client_.reset();
}

}  // namespace sotto::node
