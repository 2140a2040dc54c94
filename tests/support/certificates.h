// Certificates as authorities make them, and as they should not: for tests of who is believed.
#pragma once
#include <filesystem>
#include <fstream>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>

namespace sotto {

class TestAuthority {
 public:
  TestAuthority() : key_(EVP_EC_gen("P-256")), certificate_(make("Test authority", key_, 1)) {
    add(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    sign(certificate_.get());
  }

  // For SSL_CERT_FILE.
  void write(const std::filesystem::path& path) const { write(path, certificate_.get()); }

  // A certificate and its key, in PEM files.  `alternative` as OpenSSL writes it:
  // "DNS:relay.example" or "IP:127.0.0.1".  It ends so many days from now.
  void issue(const std::filesystem::path& certificate, const std::filesystem::path& key,
             const std::string& alternative, int days) const {
    const Key own(EVP_EC_gen("P-256"));
    const Certificate it = make("Leaf", own, days);
    X509_set_issuer_name(it.get(), X509_get_subject_name(certificate_.get()));
    add(it.get(), NID_subject_alt_name, alternative.c_str());
    sign(it.get());
    write(certificate, it.get());
    const File file(std::fopen(key.c_str(), "w"));
    must(file != nullptr && PEM_write_PrivateKey(file.get(), own.get(), nullptr, nullptr, 0,
                                                 nullptr, nullptr) == 1);
  }

 private:
  template <auto release>
  struct Release {
    template <class T>
    void operator()(T* object) const {
      release(object);
    }
  };
  using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
  using Certificate = std::unique_ptr<X509, Release<X509_free>>;
  using File = std::unique_ptr<std::FILE, Release<std::fclose>>;

  static void must(bool good) {
    if (!good) throw std::runtime_error("OpenSSL or a file failed");
  }

  static Certificate make(const char* name, const Key& key, int days) {
    static long serial = 1;
    Certificate it(X509_new());
    X509_set_version(it.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(it.get()), ++serial);
    constexpr long day = 86400;  // seconds
    X509_gmtime_adj(X509_getm_notBefore(it.get()), -30 * day);
    X509_gmtime_adj(X509_getm_notAfter(it.get()), days * day);
    X509_set_pubkey(it.get(), key.get());
    X509_NAME* const subject = X509_get_subject_name(it.get());
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(name), -1, -1,
                                    0) == 1);
    X509_set_issuer_name(it.get(), subject);
    return it;
  }
  static void add(X509* certificate, int kind, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }
  void sign(X509* certificate) const {
    must(X509_sign(certificate, key_.get(), EVP_sha256()) > 0);
  }
  static void write(const std::filesystem::path& path, X509* certificate) {
    const File file(std::fopen(path.c_str(), "w"));
    must(file != nullptr && PEM_write_X509(file.get(), certificate) == 1);
  }

  Key key_;
  Certificate certificate_;
};

}  // namespace sotto
