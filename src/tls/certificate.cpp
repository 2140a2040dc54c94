#include "tls/certificate.h"

#include <cstring>
#include <fcntl.h>
#include <new>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "base/text.h"
#include "tls/errors.h"
#include "tls/openssl.h"

namespace sotto::tls {
namespace {

constexpr std::size_t name_limit_of_x520 = 64;       // ub-common-name, RFC 5280 appendix A.1
constexpr const char* no_end = "99991231235959Z";    // RFC 5280 section 4.1.2.5
constexpr const char* long_ago = "20200101000000Z";  // so that no clock finds it too early

// What OpenSSL refuses here it refuses for want of memory, or because we asked for nonsense.
void must(bool good) {
  if (!good) throw std::bad_alloc();
}

Certificate self_signed(EVP_PKEY* key, std::string_view name) {
  Certificate certificate(X509_new());
  X509* const it = certificate.get();
  must(it != nullptr && X509_set_version(it, X509_VERSION_3) == 1);
  std::uint64_t serial = 0;
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(it), serial >> 1) == 1);
  must(ASN1_TIME_set_string_X509(X509_getm_notBefore(it), long_ago) == 1);
  must(ASN1_TIME_set_string_X509(X509_getm_notAfter(it), no_end) == 1);
  must(X509_set_pubkey(it, key) == 1);
  X509_NAME* const subject = X509_get_subject_name(it);
  must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                  reinterpret_cast<const unsigned char*>(name.data()),
                                  static_cast<int>(name.size()), -1, 0) == 1);
  must(X509_set_issuer_name(it, subject) == 1);
  must(X509_sign(it, key, EVP_sha256()) > 0);
  return certificate;
}

ByteView content(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
}

Error not_written(Errc code, const std::filesystem::path& path) {
  return {code, "The file " + displayable(path.native()) + " could not be written: " +
                    std::strerror(errno) + ". Choose a folder that is yours and has room."};
}

// The whole of it under that name, or nothing.
Result<void> write_file(const std::filesystem::path& path, ByteView bytes, Errc code) {
  const std::string beside = path.native() + ".new";
  ::unlink(beside.c_str());
  const int file =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return std::unexpected(not_written(code, path));
  bool good = ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  good = good && ::fsync(file) == 0;
  ::close(file);
  good = good && ::rename(beside.c_str(), path.c_str()) == 0;
  if (good) return {};
  Error error = not_written(code, path);
  ::unlink(beside.c_str());
  return std::unexpected(std::move(error));
}

}  // namespace

SpkiHash spki_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  must(size > 0);
  SpkiHash hash;
  const int good = EVP_Digest(der, static_cast<std::size_t>(size), raw(MutableBytes(hash)),
                              nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  must(good == 1);
  return hash;
}

std::string take_error() {
  const unsigned long last = ERR_peek_last_error();
  const char* const reason = ERR_reason_error_string(last);
  std::string text = reason != nullptr        ? reason
                     : ERR_SYSTEM_ERROR(last) ? std::strerror(ERR_GET_REASON(last))
                                              : "unknown trouble";
  ERR_clear_error();
  return text;
}

SelfSigned make_self_signed(std::string_view name) {
  const Key key(EVP_EC_gen("P-256"));
  must(key != nullptr);
  const Certificate certificate = self_signed(key.get(), name.substr(0, name_limit_of_x520));
  const Bio public_part(BIO_new(BIO_s_mem()));
  const Bio secret_part(BIO_new(BIO_s_secmem()));
  must(public_part != nullptr && secret_part != nullptr);
  must(PEM_write_bio_X509(public_part.get(), certificate.get()) == 1);
  must(PEM_write_bio_PrivateKey(secret_part.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                nullptr) == 1);
  SelfSigned made{sotto::to_string(content(public_part.get())),
                  Secret(content(secret_part.get())), spki_of(certificate.get())};
  return made;
}

Result<SpkiHash> write_self_signed(std::string_view name,
                                   const std::filesystem::path& certificate,
                                   const std::filesystem::path& key) {
  std::error_code unknown;
  if (std::filesystem::exists(std::filesystem::symlink_status(certificate, unknown))) {
    return fail(Errc::certificate, "There is a file " + displayable(certificate.native()) +
                                       " already. Use it, or move it away first.");
  }
  const SelfSigned made = make_self_signed(name);
  if (auto written = write_file(key, made.key.view(), Errc::key); !written) {
    return pass(written);
  }
  if (auto written = write_file(certificate, as_bytes(made.certificate), Errc::certificate);
      !written) {
    return pass(written);
  }
  return made.spki;
}

Result<SpkiHash> pin_of(const std::filesystem::path& path) {
  const Bio file(BIO_new_file(path.c_str(), "r"));
  const Certificate certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)
                                     : nullptr);
  if (!certificate) {
    return fail(Errc::certificate, "No certificate can be read from " +
                                       displayable(path.native()) + ": " + take_error() +
                                       ". It has to be a PEM file.");
  }
  return spki_of(certificate.get());
}

}  // namespace sotto::tls
