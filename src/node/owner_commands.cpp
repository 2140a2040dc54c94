// Commands about the owner itself: `agent stop`, `rpc`.
#include <thread>

#include "base/json.h"
#include "node/commands.h"
#include "node/errors.h"
#include "node/perform.h"
#include "node/rpc_client.h"
#include "store/errors.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

constexpr milliseconds answer_limit{5'000};
constexpr milliseconds end_limit{15'000};  // more than any room takes to say goodbye
constexpr milliseconds end_pause{10};

}  // namespace

Result<void> stop_agent(Access& access) {
  if (access.owner() == nullptr) return {};
  const auto asked = access.owner()->ask("stop", Json::Object(), answer_limit);
  // One that was ending already may hang up.
  if (!asked && !asked.error().is(Errc::rpc_failed)) return std::unexpected(asked.error());
  access.owner()->detach();
  const SteadyTime limit = std::chrono::steady_clock::now() + end_limit;
  while (true) {
    auto lock = store::OwnerLock::take(access.home());
    if (lock) return {};
    if (!lock.error().is(store::Errc::locked)) return pass(lock);
    if (std::chrono::steady_clock::now() >= limit) {
      return fail(Errc::rpc_failed,
                  "The process that owns this profile does not end. " + lock.error().text());
    }
    std::this_thread::sleep_for(end_pause);
  }
}

Result<std::string> call_method(Access& access, const std::string& method,
                                const std::string& params, milliseconds limit,
                                EventSink& sink) {
  auto parsed = params.empty() ? Result<Json>(Json::Object()) : Json::parse(params);
  if (!parsed) return pass(parsed);
  const auto reply = perform(access, method, std::move(*parsed), limit, sink);
  if (!reply) return std::unexpected(reply.error());
  return reply->dump();
}

}  // namespace sotto::node
