#include "node/relay_directory.h"

#include <algorithm>

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

void add_relay_directories(const Relays& relays, const std::vector<DirectoryWord>& words,
                           const std::vector<ByteView>& reaches, bool over_tor,
                           std::vector<SharedDirectory>& to) {
  std::vector<std::string> urls;
  const auto add = [&](const std::string& url) {
    if (std::ranges::find(urls, url) == urls.end()) urls.push_back(url);
  };
  for (const DirectoryWord& word : words) {
    if (!word.relay.empty()) add(word.relay);
  }
  for (const ByteView encoded : reaches) {
    const auto reach = wire::decode_reach(encoded);
    if (!reach) continue;
    for (const wire::RelaySlot& relay : reach->relays) add(relay.url);
  }
  for (const std::string& url : urls) {
    // What is no address leads nowhere.
    if (auto desk = relays.desk(url, over_tor)) to.push_back(relay_directory(std::move(*desk)));
  }
}

}  // namespace sotto::node
