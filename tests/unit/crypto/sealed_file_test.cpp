#include "crypto/sealed_file.h"

#include <functional>
#include <gtest/gtest.h>

#include "base/big_endian.h"
#include "crypto/hash.h"
#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

constexpr Argon2idParameters cheapest{.ops = 1, .memory_kib = 8 * 1024};
constexpr auto kind = FileKind::connection;

// Keys for the four locks, and each lock with what opens it.
class SealedFile : public testing::Test {
 protected:
  struct Way {
    std::string name;
    LockKind kind;
    FileLock lock;
    FileUnlock unlock;
  };

  std::vector<Way> ways() {
    return {
        {"anyone", LockKind::anyone, ForAnyone{}, UnlockAnyone{}},
        {"passphrase", LockKind::passphrase, WithPassphrase{passphrase_, cheapest},
         UnlockPassphrase{passphrase_}},
        {"recipients", LockKind::recipients, ForRecipients{recipients_}, UnlockSealKey{bob_}},
        {"key", LockKind::key, WithKey{key_}, UnlockKey{key_}},
    };
  }

  Bytes seal(const FileLock& lock, ByteView content) {
    auto file = seal_file(kind, lock, content, entropy_);
    if (!file) throw std::runtime_error(file.error().text());
    return std::move(*file);
  }

  SeededEntropy entropy_{9};
  Secret passphrase_{as_bytes("correct horse battery staple")};
  SymmetricKey key_{entropy_};
  SealKeyPair ada_ = SealKeyPair::generate(entropy_);
  SealKeyPair bob_ = SealKeyPair::generate(entropy_);
  SealKeyPair eve_ = SealKeyPair::generate(entropy_);
  std::vector<SealPublicKey> recipients_{ada_.public_key, bob_.public_key};
  Bytes content_ = to_bytes("how to reach a room");
};

// What a forger would do after a change: the final hash needs no key.
Bytes rehashed(ByteView file) {
  const ByteView content = file.first(file.size() - 32);
  Bytes out = to_bytes(content);
  append(out, blake2b_256({content}));
  return out;
}

template <class T>
void expect_error(const Result<T>& result, Errc code) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name(), Error(code, "").name());
}

TEST_F(SealedFile, OpensWithWhatItWasLockedFor) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    const Bytes file = seal(way.lock, content_);
    const auto opened = open_file(kind, file, way.unlock);
    ASSERT_TRUE(opened);
    EXPECT_EQ(to_bytes(opened->view()), content_);
  }
}

TEST_F(SealedFile, ShowsItsHeaderToWhoeverHasNoKey) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    const auto header = inspect_file(seal(way.lock, content_));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->kind, kind);
    EXPECT_EQ(header->lock, way.kind);
    if (way.kind == LockKind::passphrase) {
      EXPECT_EQ(header->argon2id, cheapest);
    }
    EXPECT_EQ(header->recipients, way.kind == LockKind::recipients ? 2U : 0U);
  }
}

TEST_F(SealedFile, OfAnyLengthComesBack) {
  for (const std::size_t length : {0, 1, 65536, 65537, 300'000}) {
    Bytes content(length);
    entropy_.fill(content);
    const auto opened = open_file(kind, seal(WithKey{key_}, content), UnlockKey{key_});
    ASSERT_TRUE(opened) << length;
    EXPECT_EQ(to_bytes(opened->view()), content);
  }
}

// Header lengths of the documented layout, body (20 + 19 padded + tag) and hash.
TEST_F(SealedFile, HasTheDocumentedLengths) {
  const std::size_t rest = 24 + 32 + 8 + (24 + 16) + 32;
  EXPECT_EQ(seal(ForAnyone{}, content_).size(), 8 + rest);
  EXPECT_EQ(seal(WithPassphrase{passphrase_, cheapest}, content_).size(), 8 + 24 + rest);
  EXPECT_EQ(seal(ForRecipients{recipients_}, content_).size(), 8 + 1 + 160 + rest);
}

TEST_F(SealedFile, IsAnotherEveryTime) {
  for (const Way& way : ways()) {
    EXPECT_NE(seal(way.lock, content_), seal(way.lock, content_)) << way.name;
  }
}

TEST_F(SealedFile, EveryTruncationIsDamage) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    const Bytes file = seal(way.lock, content_);
    for (std::size_t length = 0; length < file.size(); ++length) {
      expect_error(open_file(kind, ByteView(file).first(length), way.unlock),
                   length < 5 ? Errc::not_sealed_file : Errc::file_damaged);
    }
  }
}

TEST_F(SealedFile, EveryFlippedBitIsDamage) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    const Bytes file = seal(way.lock, content_);
    for (std::size_t at = 0; at < file.size(); ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        expect_error(open_file(kind, test::flipped(file, at, bit), way.unlock),
                     at < 5 ? Errc::not_sealed_file : Errc::file_damaged);
      }
    }
  }
}

TEST_F(SealedFile, TrailingBytesAreDamage) {
  for (const Way& way : ways()) {
    Bytes file = seal(way.lock, content_);
    file.push_back(std::byte{0});
    expect_error(open_file(kind, file, way.unlock), Errc::file_damaged);
    expect_error(open_file(kind, rehashed(file), way.unlock), Errc::file_damaged);
  }
}

// One who repairs the hash still opens nothing.
TEST_F(SealedFile, EveryForgedBitFailsToo) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    const Bytes file = seal(way.lock, content_);
    for (std::size_t at = 0; at < file.size() - 32; ++at) {
      const Bytes forged = rehashed(test::flipped(file, at, at % 8));
      const auto opened = open_file(kind, forged, way.unlock);
      ASSERT_FALSE(opened) << at;
      if (at < 5) expect_error(opened, Errc::not_sealed_file);
      if (at == 5) expect_error(opened, Errc::not_sealed_file);
      if (at == 6) expect_error(opened, Errc::file_version);
      if (at >= file.size() - 32 - 40) expect_error(opened, Errc::file_damaged);
    }
  }
}

TEST_F(SealedFile, StreamsAreCheckedToTheirEnd) {
  Bytes content(200'000);
  entropy_.fill(content);
  const Bytes file = seal(WithKey{key_}, content);
  const std::size_t body = 8 + 24 + 32 + 8;
  for (const std::size_t border : {body, body + 24, body + 24 + 65553, body + 24 + 131106}) {
    Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(border));
    store_be<std::uint64_t>(MutableBytes(cut).subspan(body - 8, 8), border - body);
    append(cut, Bytes(32));
    expect_error(open_file(kind, rehashed(cut), UnlockKey{key_}), Errc::file_damaged);
  }
}

TEST_F(SealedFile, AWrongPassphraseIsNotDamage) {
  const Bytes file = seal(WithPassphrase{passphrase_, cheapest}, content_);
  const Secret wrong(as_bytes("correct horse battery stable"));
  expect_error(open_file(kind, file, UnlockPassphrase{wrong}), Errc::file_locked);
  expect_error(open_file(kind, file, UnlockPassphrase{Secret()}), Errc::file_locked);
}

TEST_F(SealedFile, AWrongKeyIsNotDamage) {
  const Bytes file = seal(WithKey{key_}, content_);
  expect_error(open_file(kind, file, UnlockKey{SymmetricKey()}), Errc::file_locked);
}

TEST_F(SealedFile, WhatDoesNotSuitTheLockDoesNotOpenIt) {
  for (const Way& way : ways()) {
    for (const Way& other : ways()) {
      if (other.kind == way.kind) continue;
      SCOPED_TRACE(way.name + " with " + other.name);
      expect_error(open_file(kind, seal(way.lock, content_), other.unlock), Errc::file_locked);
    }
  }
}

TEST_F(SealedFile, EachRecipientOpensItAndNobodyElse) {
  const Bytes file = seal(ForRecipients{recipients_}, content_);
  EXPECT_TRUE(open_file(kind, file, UnlockSealKey{ada_}));
  EXPECT_TRUE(open_file(kind, file, UnlockSealKey{bob_}));
  expect_error(open_file(kind, file, UnlockSealKey{eve_}), Errc::file_not_for_us);
}

TEST_F(SealedFile, TakesUpTo255Recipients) {
  std::vector<SealPublicKey> many(255, ada_.public_key);
  many.back() = bob_.public_key;
  const Bytes file = seal(ForRecipients{many}, content_);
  EXPECT_EQ(inspect_file(file)->recipients, 255U);
  EXPECT_TRUE(open_file(kind, file, UnlockSealKey{bob_}));
}

TEST_F(SealedFile, RecipientsOfSmallOrderAreRefused) {
  const std::vector<SealPublicKey> bad{SealPublicKey()};
  expect_error(seal_file(kind, ForRecipients{bad}, content_, entropy_), Errc::bad_key);
}

TEST_F(SealedFile, AForgedEphemeralKeyOfSmallOrderIsNotForUs) {
  Bytes file = seal(ForRecipients{std::span(recipients_).first(1)}, content_);
  std::ranges::fill(MutableBytes(file).subspan(9, 32), std::byte{0});
  expect_error(open_file(kind, rehashed(file), UnlockSealKey{ada_}), Errc::file_not_for_us);
}

TEST_F(SealedFile, OfAnotherKindIsRefused) {
  const Bytes file = seal(ForAnyone{}, content_);
  expect_error(open_file(FileKind::backup, file, UnlockAnyone{}), Errc::not_sealed_file);
  expect_error(inspect_file(as_bytes("%PDF-1.7")), Errc::not_sealed_file);
  expect_error(inspect_file({}), Errc::not_sealed_file);
}

TEST_F(SealedFile, OfANewerVersionIsNamedSo) {
  Bytes file = seal(ForAnyone{}, content_);
  file[6] = std::byte{2};
  expect_error(inspect_file(rehashed(file)), Errc::file_version);
}

TEST_F(SealedFile, AskingForTooMuchMemoryIsRefusedBeforeAnyIsTaken) {
  Bytes file = seal(WithPassphrase{passphrase_, cheapest}, content_);
  const auto with = [&](std::uint32_t ops, std::uint32_t memory_kib) {
    store_be(MutableBytes(file).subspan(8), ops);
    store_be(MutableBytes(file).subspan(12), memory_kib);
    return rehashed(file);
  };
  for (const auto& [ops, memory_kib] :
       std::initializer_list<std::pair<std::uint32_t, std::uint32_t>>{
           {1, 0xffffffff} /* 4 TiB */,
           {1, 1024 * 1024 + 1},
           {1, 8 * 1024 - 1},
           {0, 8 * 1024},
           {11, 8 * 1024}}) {
    const Bytes forged = with(ops, memory_kib);
    expect_error(inspect_file(forged), Errc::kdf_limits);
    expect_error(open_file(kind, forged, UnlockPassphrase{passphrase_}), Errc::kdf_limits);
  }
  expect_error(
      seal_file(kind, WithPassphrase{passphrase_, {1, 0xffffffff}}, content_, entropy_),
      Errc::kdf_limits);
}

TEST_F(SealedFile, HoldsAtMostItsLimit) {
  const ByteView never_read(content_.data(), content_limit + 1);
  expect_error(seal_file(kind, ForAnyone{}, never_read, entropy_), Errc::file_too_large);
}

// 0, 1, 2, ...
class Counting : public Entropy {
 public:
  void fill(MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(next_++);
  }

 private:
  unsigned next_ = 0;
};

// The format is a contract with files that people keep.  A change here needs a new version.
TEST(SealedFileFormat, HasNotChanged) {
  Counting entropy;
  const SymmetricKey key(entropy);
  const Secret passphrase(as_bytes("correct horse"));
  const SealKeyPair ada = SealKeyPair::generate(entropy);
  const std::vector<SealPublicKey> recipients{ada.public_key};
  const Bytes short_content = to_bytes("sotto voce");
  const Bytes long_content(100'000, std::byte{'x'});
  const auto hash = [&](const FileLock& lock, ByteView content) {
    return to_hex(ByteView(*seal_file(FileKind::backup, lock, content, entropy)).last(32));
  };
  EXPECT_EQ(hash(ForAnyone{}, short_content),
            "cebd96510e296654b729f55468084b5b6dfa1a62ace7e0082883b8bd02bb1f16");
  EXPECT_EQ(hash(WithPassphrase{passphrase, cheapest}, short_content),
            "d4a140423925aa6e6d4e663abe88fc2beaab1920d44aa0dba80c79ddbfd08987");
  EXPECT_EQ(hash(ForRecipients{recipients}, short_content),
            "bd7fa391113dcf7015d7cad020fd5b03f46c17569c5bb25c97338c68a19bc6a5");
  EXPECT_EQ(hash(WithKey{key}, short_content),
            "b14cf59711a97bed6c351183345be39f73a94eb21917005eefa0e3f7ef441f42");
  EXPECT_EQ(hash(WithKey{key}, long_content),
            "452ada9f45799aea3e30dd18372f0f0034000ba4653ba1c8de1b3c29e7a67f9c");
}

}  // namespace
}  // namespace sotto::crypto
