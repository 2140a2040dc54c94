#include "node/relay_directory.h"

#include "node/relay_errors.h"

namespace sotto::node {
namespace {

class RelayDirectory final : public rendezvous::Directory {
 public:
  explicit RelayDirectory(std::shared_ptr<RelayDesk> desk) : desk_(std::move(desk)) {}

  std::string name() const override { return "the relay " + desk_->relay(); }
  bool is_near() const override { return false; }

  Async<void> put(Bytes blob) override {
    wire::RelayAction action = wire::RelayPut{std::move(blob)};
    const auto done = co_await desk_->ask(std::move(action));
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>();
  }
  Async<std::optional<Bytes>> get(crypto::Ed25519PublicKey key) override {
    wire::RelayAction action = wire::RelayGet{key};
    auto found = co_await desk_->ask(std::move(action));
    if (!found && found.error().is(RelayErrc::unknown)) co_return std::nullopt;
    if (!found) co_return std::unexpected(found.error());
    co_return std::move(std::get<wire::RelayFound>(*found).blob);
  }
  Async<void> remove(crypto::Ed25519KeyPair key) override {
    wire::RelayDelete request;
    request.key = key.public_key;
    wire::RelayAction action = std::move(request);
    const auto done = co_await desk_->ask(std::move(action), &key);
    if (!done && !done.error().is(RelayErrc::unknown)) co_return std::unexpected(done.error());
    co_return Result<void>();
  }

 private:
  std::shared_ptr<RelayDesk> desk_;
};

}  // namespace

SharedDirectory relay_directory(std::shared_ptr<RelayDesk> desk) {
  return std::make_shared<RelayDirectory>(std::move(desk));
}

}  // namespace sotto::node
