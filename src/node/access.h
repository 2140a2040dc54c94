// How a command gets at a profile: through the process that owns it, or, where there is none,
// by opening it.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/json.h"
#include "node/json_fields.h"
#include "node/profile.h"

namespace sotto::node {

class RpcClient;

class Access {
 public:
  // profile.h's errors; rpc.failed when there is an owner that does not answer.
  static Result<Access> open(const ProfileOptions& options, bool make_missing = true);
  Access(Access&&) noexcept;
  Access& operator=(Access&&) noexcept;
  ~Access();

  // Null when another process owns the profile.
  Profile* profile() { return profile_ ? &*profile_ : nullptr; }
  // The owner's socket; null when this process has opened the profile.
  RpcClient* owner() { return owner_.get(); }
  // Tries once to leave the profile to a process that owns it meanwhile; no error when there is
  // none that answers yet.
  Result<void> attach();
  bool made() const { return profile_ && profile_->made(); }
  const std::filesystem::path& home() const { return home_; }
  // How tor is configured, from ProfileOptions.
  const TorRequest& tor() const { return tor_; }
  // What the settings say of relays, and the flags that every command takes.
  const RelayRequest& relay() const { return relay_; }
  const SandboxOptions& sandbox() const { return sandbox_; }
  const std::vector<DirectoryWord>& directories() const { return directories_; }

  // Asks the owner for `method`, or runs `function`, which does the same, here.
  template <class Reply, class Request, Result<Reply> (*function)(Profile&, const Request&)>
  Result<Reply> ask(const char* method, const Request& request) {
    if (profile_) return function(*profile_, request);
    const auto reply = ask_owner(method, to_json(request));
    if (!reply) return std::unexpected(reply.error());
    return from_json<Reply>(*reply);
  }

 private:
  Access() = default;
  Result<Json> ask_owner(const char* method, Json params);

  std::filesystem::path home_;
  TorRequest tor_;
  RelayRequest relay_;
  SandboxOptions sandbox_;
  std::vector<DirectoryWord> directories_;
  std::optional<Profile> profile_;
  std::unique_ptr<RpcClient> owner_;
};

}  // namespace sotto::node
