// OpenSSL's objects with owners.  Internal to tls/.
#pragma once
#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>

#include "tls/pin.h"

namespace sotto::tls {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Release<SSL_free>>;

// SHA-256 of the certificate's SubjectPublicKeyInfo.
SpkiHash spki_of(X509* certificate);

// What OpenSSL says of the last error of this thread, which is forgotten: "no start line".
std::string take_error();

}  // namespace sotto::tls
