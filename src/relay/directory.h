// The relay's directory: records (docs/protocol.md section 6) under their publishing keys.
//
// The higher seq wins.  The relay cannot see when a record expires, so it keeps each for three
// days: its key is of one day, and who comes a day late still asks for it.  Functions run on
// the store's threads; errors are store's, refusals are replies.
#pragma once
#include "relay/limits.h"
#include "relay/reply.h"
#include "relay/store.h"
#include "wire/record_blob.h"

namespace sotto::relay {

// `record` is `blob` opened.  RelayDone also for what is there already; RelayRefused older,
// quota.
Result<Reply> put_record(store::Connection& connection, const wire::RecordBlob& record,
                         ByteView blob, const Payer& payer, const Limits& limits, WallTime now);

// RelayFound, or RelayRefused unknown.
Result<Reply> get_record(store::Connection& connection, const crypto::Ed25519PublicKey& key,
                         WallTime now);

// RelayDone, whether there was one or not.
Result<Reply> delete_record(store::Connection& connection, const crypto::Ed25519PublicKey& key);

}  // namespace sotto::relay
