// A certificate that nobody has signed but itself: for relays that are known by their pin.
//
// The key is one of ECDSA over P-256 (docs/decisions/043).  It does not expire: who has pinned
// a key asks no date, and one who has not pinned it trusts no such certificate anyway.
#pragma once
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "tls/pin.h"

namespace sotto::tls {

struct SelfSigned {
  std::string certificate;  // PEM
  Secret key;               // PEM, PKCS #8
  SpkiHash spki;
};

// `name` is what it is called (its subject, at most 64 bytes of ASCII).
SelfSigned make_self_signed(std::string_view name);

// Makes one and writes it to two files of mode 0600, which is what ServerContext::load reads. A
// certificate that is there is never written over; its file comes last, so that a key without
// one is what an attempt that was cut short has left, and is replaced.  Errc::certificate, key.
Result<SpkiHash> write_self_signed(std::string_view name,
                                   const std::filesystem::path& certificate,
                                   const std::filesystem::path& key);

// The pin of the (first) certificate in a PEM file.  Errc::certificate.
Result<SpkiHash> pin_of(const std::filesystem::path& certificate);

}  // namespace sotto::tls
