#include "crypto/sealed_body.h"

#include <gtest/gtest.h>

#include "crypto/padding.h"
#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t chunk = 65536;
constexpr std::size_t sealed_chunk = chunk + 17;
constexpr std::size_t stream_header = 24;

class SealedBody : public testing::Test {
 protected:
  Bytes content_of(std::size_t length) {
    Bytes out(length);
    entropy_.fill(out);
    return out;
  }
  Bytes seal(ByteView content) {
    Bytes out(sealed_body_bytes(content.size()));
    seal_body(key_, nonce_, ad_, content, entropy_, out);
    return out;
  }
  Result<Secret> open(ByteView body) { return open_body(key_, nonce_, ad_, body); }

  void expect_damaged(ByteView body) {
    const auto result = open(body);
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().is(Errc::file_damaged));
  }

  SeededEntropy entropy_{8};
  SymmetricKey key_{entropy_};
  Nonce24 nonce_ = entropy_.bytes<24>();
  Bytes ad_ = to_bytes("header");
};

TEST_F(SealedBody, OfAnyLengthComesBack) {
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{100}, chunk - 4, chunk - 1, chunk,
        chunk + 1, 2 * chunk - 4, 2 * chunk, 3 * chunk + 5}) {
    const Bytes content = content_of(length);
    const Bytes body = seal(content);
    const auto opened = open(body);
    ASSERT_TRUE(opened) << length;
    EXPECT_EQ(to_bytes(opened->view()), content) << length;
  }
}

TEST_F(SealedBody, HasTheDocumentedLengths) {
  EXPECT_EQ(sealed_body_bytes(0), 4U + 16);
  EXPECT_EQ(sealed_body_bytes(chunk), padme(4 + chunk) + 16);
  EXPECT_EQ(sealed_body_bytes(chunk + 1), stream_header + padme(4 + chunk + 1) + 17 + 17);
}

TEST_F(SealedBody, LengthsAreHiddenByPadding) {
  EXPECT_EQ(sealed_body_bytes(1000), sealed_body_bytes(1010));
  EXPECT_EQ(sealed_body_bytes(200'000), sealed_body_bytes(200'001));
}

TEST_F(SealedBody, OfOneChunkIsDamagedByEveryChange) {
  const Bytes body = seal(content_of(50));
  for (std::size_t at = 0; at < body.size(); ++at) {
    expect_damaged(test::flipped(body, at, at % 8));
    expect_damaged(ByteView(body).first(at));
  }
}

TEST_F(SealedBody, OfManyChunksIsDamagedByFlippedBits) {
  const Bytes body = seal(content_of(2 * chunk));
  for (std::size_t at = 0; at < stream_header; ++at) {
    expect_damaged(test::flipped(body, at, at % 8));
  }
  for (std::size_t start = stream_header; start < body.size(); start += sealed_chunk) {
    for (const std::size_t at :
         {start, start + 1, start + 1000, std::min(start + sealed_chunk, body.size()) - 1}) {
      expect_damaged(test::flipped(body, std::min(at, body.size() - 1), 0));
    }
  }
}

TEST_F(SealedBody, OfManyChunksIsDamagedByTruncation) {
  const Bytes body = seal(content_of(3 * chunk));
  for (std::size_t border = stream_header; border < body.size(); border += sealed_chunk) {
    for (const std::size_t length :
         {border - 1, border, border + 1, border + 16, border + 17}) {
      expect_damaged(ByteView(body).first(length));
    }
  }
  expect_damaged(ByteView(body).first(body.size() - 1));
}

TEST_F(SealedBody, ChunksCannotBeDroppedSwappedOrRepeated) {
  const Bytes body = seal(content_of(3 * chunk));
  const auto header = ByteView(body).first(stream_header);
  const auto first = ByteView(body).subspan(stream_header, sealed_chunk);
  const auto second = ByteView(body).subspan(stream_header + sealed_chunk, sealed_chunk);
  const auto rest = ByteView(body).subspan(stream_header + 2 * sealed_chunk);
  const auto joined = [](std::initializer_list<ByteView> parts) {
    Bytes out;
    for (const ByteView part : parts) append(out, part);
    return out;
  };
  ASSERT_TRUE(open(joined({header, first, second, rest})));
  expect_damaged(joined({header, second, rest}));
  expect_damaged(joined({header, first, rest}));
  expect_damaged(joined({header, second, first, rest}));
  expect_damaged(joined({header, first, first, second, rest}));
  expect_damaged(joined({header, first, second, rest, rest}));
}

TEST_F(SealedBody, NothingFollowsTheLastChunk) {
  Bytes body = seal(content_of(2 * chunk));
  body.push_back(std::byte{0});
  expect_damaged(body);
  append(body, Bytes(sealed_chunk));
  expect_damaged(body);
}

TEST_F(SealedBody, IsBoundToItsKeyNonceAndHeader) {
  for (const std::size_t length : {std::size_t{100}, 2 * chunk}) {
    const Bytes body = seal(content_of(length));
    EXPECT_FALSE(open_body(SymmetricKey(entropy_), nonce_, ad_, body));
    EXPECT_FALSE(open_body(key_, nonce_, as_bytes("Header"), body));
    if (length <= chunk) {
      EXPECT_FALSE(open_body(key_, Nonce24{}, ad_, body));
    }
  }
}

}  // namespace
}  // namespace sotto::crypto
