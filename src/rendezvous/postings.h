// Which blobs each directory of a room still lacks, or has to lose: what is wanted comes in,
// errands go out, one at a time a directory.  Pure: it knows neither time nor directories, and
// only what changed is an errand.
#pragma once
#include <cassert>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/fixed_bytes.h"
#include "crypto/keys.h"
#include "wire/record.h"

namespace sotto::rendezvous {

// A record for the bearers of one secret.
struct Posting {
  LinkRef ref;  // of the invite or the member whose secret it is
  crypto::SymmetricKey secret;
  wire::RendezvousRecord record;
  // Days whose keys may have an older record of it, put by a process before this one.
  std::vector<std::uint32_t> old_days = {};
};

struct Errand {
  std::size_t directory = 0;
  LinkRef ref;
  std::uint32_t day = 0;  // of the key
  std::uint64_t seq = 0;  // of the record to put; 0: remove what is there
};

class Postings {
 public:
  // Directories, of which there is one at least, have the numbers below `directories`.
  explicit Postings(std::size_t directories) : due_(directories), put_off_(directories) {
    assert(directories > 0);
  }

  // From now on it is to be found, in the place of the record before.
  void post(Posting posting);
  // It is not to be found any more, wherever it was put.  No harm when it was not known.
  void withdraw(const LinkRef& ref);
  // The same for one that a process before this one has put everywhere.
  void withdraw(Posting posting);

  // What is posted, without what was withdrawn.
  std::vector<LinkRef> posted() const;
  // Null when nothing is posted under it.
  const wire::RendezvousRecord* find(const LinkRef& ref) const;

  // Something that this directory lacks, if anything; the same until it is done, put off or
  // wanted no more.
  std::optional<Errand> next(std::size_t directory) const;
  // What an errand is about: valid until the next change.  Null once it is wanted no more.
  const Posting* subject(const Errand& errand) const;
  void done(const Errand& errand);
  // It has failed: others go first, until resume().
  void put_off(const Errand& errand);
  bool has_put_off(std::size_t directory) const { return !put_off_[directory].empty(); }
  void resume(std::size_t directory);

  // Withdrawn ones that are gone from every directory, each told once.
  std::vector<Posting> gone();

 private:
  struct Entry {
    Posting posting;
    bool withdrawn = false;
    // By directory: the days whose keys have something, and the seq of what.
    std::vector<std::map<std::uint32_t, std::uint64_t>> kept;
  };
  Entry& entry(Posting posting);
  void mark(const LinkRef& ref);
  std::optional<Errand> lacking(const Entry& entry, std::size_t directory) const;

  std::map<LinkRef, Entry> entries_;
  std::vector<std::set<LinkRef>> due_;      // by directory: those that may lack something
  std::vector<std::set<LinkRef>> put_off_;  // those of which something has failed
  std::vector<Posting> gone_;
};

}  // namespace sotto::rendezvous
