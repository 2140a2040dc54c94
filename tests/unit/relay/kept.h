// A store of a relay for tests of what is in it: on the test's own thread, in a file.
#pragma once
#include <gtest/gtest.h>

#include "relay/mailboxes.h"
#include "relay/schema.h"
#include "store/connection.h"
#include "support/results.h"
#include "support/seeded_entropy.h"
#include "support/temp_dir.h"

namespace sotto::relay {

class KeptTest : public testing::Test {
 protected:
  KeptTest() {
    must(check_ours(*connection));
    must(connection->configure());
    must(prepare_schema(*connection, entropy));
  }

  static std::string name_of(const Result<Reply>& reply) {
    if (!reply) return reply.error().name();
    const auto* refused = std::get_if<wire::RelayRefused>(&*reply);
    if (refused == nullptr) return "";
    constexpr const char* names[] = {"",       "token",    "signature", "nobody", "busy",
                                     "ticket", "unknown",  "older",     "quota",  "id_reused",
                                     "rate",   "draining", "store"};
    return names[static_cast<std::size_t>(refused->reason)];
  }

  TempDir dir;
  SeededEntropy entropy{17};
  std::unique_ptr<store::Connection> connection =
      must(store::Connection::open(dir.path() / "relay.db"));
  Limits limits;
  Payer payer = Payer::random(entropy);
  WallTime now = from_unix_ms(1'800'000'000'000);
};

}  // namespace sotto::relay
