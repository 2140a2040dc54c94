// An opened profile: its identity and its store.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "node/directory_request.h"
#include "node/relay_request.h"
#include "node/sandbox.h"
#include "node/tor_request.h"
#include "store/database.h"
#include "store/identities.h"

namespace sotto::node {

struct ProfileOptions {
  std::filesystem::path home;
  // Asked for when the profile has a passphrase.
  std::function<Result<Secret>()> passphrase;
  // Asked for when a new profile is made; an empty Secret: lock it by a key file.
  std::function<Result<Secret>()> new_passphrase;
  // The name on the card of a new profile; empty: the login name, else "someone".
  std::string name;
  // What the command says of tor; how tor is configured holds for all that the profile does.
  TorRequest tor = {};
  std::vector<DirectoryWord> directories = {};  // to look in for where hosts are
  RelayRequest relay = {};                      // likewise of relays
  SandboxOptions sandbox = {};                  // of whoever comes to own the profile
};

class Profile {
 public:
  // Opens the profile, or makes one when there is none and `make_missing`; `made` says which.
  // store's and crypto's errors; node's bad_name.
  static Result<Profile> open(const ProfileOptions& options, bool make_missing = true);

  bool made() const { return made_; }
  bool has_passphrase() const { return has_passphrase_; }
  const std::filesystem::path& home() const { return home_; }
  const std::string& name() const { return identity_.name; }
  const crypto::Identity& keys() const { return identity_.keys; }
  const crypto::Card& card() const { return card_; }
  store::Database& database() { return *database_; }
  const TorRequest& tor() const { return tor_; }
  const std::vector<DirectoryWord>& directories() const { return directories_; }
  const RelayRequest& relay() const { return relay_; }

 private:
  Profile() = default;

  bool made_ = false;
  bool has_passphrase_ = false;
  std::filesystem::path home_;
  store::OwnIdentity identity_;
  crypto::Card card_;
  std::unique_ptr<store::Database> database_;
  TorRequest tor_;
  std::vector<DirectoryWord> directories_;
  RelayRequest relay_;
};

}  // namespace sotto::node
