// A directory of records in memory, which fails as a test says.
#pragma once
#include <functional>
#include <map>

#include "node/errors.h"
#include "rendezvous/directory.h"

namespace sotto::node {

class FakeDirectory final : public rendezvous::Directory {
 public:
  using Key = crypto::Ed25519PublicKey;

  explicit FakeDirectory(std::string name = "fake") : name_(std::move(name)) {}

  std::string name() const override { return name_; }
  bool is_near() const override { return true; }

  Async<void> put(Bytes blob) override {
    ++puts;
    const Key key = *Key::from(ByteView(blob).first(Key::size));
    if (refuses && refuses(key)) co_return broken();
    blobs[key] = std::move(blob);
    co_return Result<void>();
  }
  Async<std::optional<Bytes>> get(Key key) override {
    ++gets;
    if (refuses && refuses(key)) co_return broken();
    const auto at = blobs.find(key);
    if (at == blobs.end()) co_return std::nullopt;
    co_return at->second;
  }
  Async<void> remove(crypto::Ed25519KeyPair key) override {
    ++removals;
    if (refuses && refuses(key.public_key)) co_return broken();
    blobs.erase(key.public_key);
    co_return Result<void>();
  }

  std::map<Key, Bytes> blobs;
  std::function<bool(const Key&)> refuses;  // null: nothing
  int puts = 0;
  int gets = 0;
  int removals = 0;

 private:
  static std::unexpected<Error> broken() {
    return fail(Errc::directory_failed, "It is broken.");
  }
  std::string name_;
};

}  // namespace sotto::node
