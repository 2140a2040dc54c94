// Looks for the record of a host (docs/protocol.md section 6): which keys to ask a directory
// for, and which of its answers to believe.  Pure: blobs come in.
#pragma once
#include <optional>
#include <vector>

#include "rendezvous/record.h"

namespace sotto::rendezvous {

class Search {
 public:
  // Where to look: yesterday's, today's and tomorrow's key, for clocks that are wrong.
  struct Place {
    std::uint32_t day = 0;
    crypto::Ed25519PublicKey key;
  };

  // `last_seq`: of the newest record that was ever accepted; 0: none.
  Search(const crypto::Ed25519PublicKey& host, crypto::SymmetricKey record_secret,
         std::uint64_t last_seq, WallTime now);

  // Today's first.
  const std::vector<Place>& places() const { return places_; }

  // What a directory has returned for `place`, one of places().  Errors for what no honest
  // directory and host give: blob_invalid, forged.
  Result<void> offer(const Place& place, ByteView blob);

  // The newest record that was offered and may be accepted, an equal seq included.  Else why
  // what was there may not: rolled_back, expired, what offer() has returned.  Nothing when
  // nothing was there.
  Result<std::optional<wire::RendezvousRecord>> result() const;

 private:
  crypto::Ed25519PublicKey host_;
  crypto::SymmetricKey secret_;
  std::uint64_t last_seq_;
  WallTime now_;
  std::vector<Place> places_;
  std::optional<wire::RendezvousRecord> best_;
  std::optional<Error> trouble_;
};

}  // namespace sotto::rendezvous
