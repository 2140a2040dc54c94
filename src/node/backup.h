// `sotto backup` and `sotto restore`: a profile in one sealed file (docs/protocol.md section 2,
// "Backups").
//
// Both open the profile's files themselves, also while another process owns the profile: what
// they read is one moment of the store.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "node/commands.h"
#include "node/profile.h"
#include "store/archive.h"

namespace sotto::node {

using store::Contents;

struct BackupOptions {
  std::filesystem::path file;  // "-": standard output
  bool force = false;
  FileProtection protection;  // by a passphrase or for cards
};
struct BackedUp {
  WallTime created;
  store::Contents contents;
  std::size_t bytes = 0;  // of the file
};
// file.exists (exit 2), file.io, file.too_large, card.invalid; store's.
Result<BackedUp> back_up(Profile& profile, const BackupOptions& options);

struct RestoreOptions {
  std::string file;                                   // "-": standard input
  std::filesystem::path home;                         // where there is nothing yet
  std::function<Result<Secret>()> backup_passphrase;  // asked for when the file has one
  // Opens the profile that the backup is sealed for; null: nobody knows one.
  std::function<Result<Profile>()> recipient;
  std::function<Result<Secret>()> new_passphrase;  // empty: a key file
};
struct Restored {
  OwnCard card;
  bool has_passphrase = false;
  WallTime created;  // the backup
  store::Contents contents;
};
// Makes the profile beside `home` and moves it there when it is whole: a kill leaves no half
// profile, and nothing is made on an error.  store.exists; crypto's file.*; store.newer.
Result<Restored> restore(const RestoreOptions& options);

}  // namespace sotto::node
