#include "node/access.h"

#include "node/rpc_client.h"

namespace sotto::node {
namespace {

// Long enough for a search through years of history.
constexpr milliseconds answer_limit{60'000};

}  // namespace

Access::Access(Access&&) noexcept = default;
Access& Access::operator=(Access&&) noexcept = default;
Access::~Access() = default;

Result<Access> Access::open(const ProfileOptions& options, bool make_missing) {
  Access access;
  access.home_ = options.home;
  access.tor_ = options.tor;
  access.relay_ = options.relay.copy();
  access.sandbox_ = options.sandbox;
  access.directories_ = options.directories;
  auto owner = RpcClient::connect(options.home);
  if (!owner) return pass(owner);
  if (*owner) {
    access.owner_ = std::move(*owner);
    return access;
  }
  auto profile = Profile::open(options, make_missing);
  if (!profile) return pass(profile);
  access.profile_ = std::move(*profile);
  return access;
}

Result<void> Access::attach() {
  auto owner = RpcClient::connect(home_);
  if (!owner) return pass(owner);
  if (*owner) {
    owner_ = std::move(*owner);
    profile_.reset();
  }
  return {};
}

Result<Json> Access::ask_owner(const char* method, Json params) {
  return owner_->ask(method, std::move(params), answer_limit);
}

}  // namespace sotto::node
