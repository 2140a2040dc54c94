// What the tests of tor/ share.
#pragma once
#include <gtest/gtest.h>

#include "paths.h"
#include "support/results.h"
#include "tor/reply.h"
#include "unit/crypto/testing.h"

namespace sotto::tor::test {

// The one reply in `text`.
inline Reply reply(std::string_view text) {
  ReplyParser parser;
  auto replies = must(parser.feed(as_bytes(text)));
  if (replies.size() != 1) throw std::runtime_error("not one reply");
  return std::move(replies[0]);
}

inline Json reference() {
  return *sotto::test::read_json(SOTTO_TEST_DATA "/onion-reference.json");
}

inline crypto::Ed25519KeyPair key_pair(std::uint64_t seed) {
  SeededEntropy entropy(seed);
  return crypto::Ed25519KeyPair::generate(entropy);
}

}  // namespace sotto::tor::test
