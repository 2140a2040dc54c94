#include "tls/certificate.h"

#include <fstream>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "support/results.h"
#include "support/temp_dir.h"
#include "tls/context.h"

namespace sotto::tls {
namespace {

class CertificateTest : public testing::Test {
 protected:
  static std::string content(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static unsigned mode(const std::filesystem::path& path) {
    struct stat found{};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 07777;
  }

  TempDir folder_;
  std::filesystem::path certificate_ = folder_ / "relay.crt";
  std::filesystem::path key_ = folder_ / "relay.key";
};

TEST_F(CertificateTest, IsWrittenForItsOwnerAlone) {
  const SpkiHash spki = must(write_self_signed("sotto relay", certificate_, key_));
  EXPECT_EQ(mode(certificate_), 0600U);
  EXPECT_EQ(mode(key_), 0600U);
  EXPECT_EQ(must(pin_of(certificate_)), spki);
  EXPECT_EQ(must(ServerContext::load(certificate_, key_))->spki(), spki);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 2);
}

TEST_F(CertificateTest, ThePinIsWhatOpenSslSaysOfTheKey) {
  const SpkiHash spki = must(write_self_signed("sotto relay", certificate_, key_));
  // openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256
  // -binary
  std::FILE* const file = std::fopen(certificate_.c_str(), "r");
  X509* const certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(X509_get0_pubkey(certificate), &der);
  SpkiHash expected;
  EVP_Digest(der, static_cast<std::size_t>(size), raw(MutableBytes(expected)), nullptr,
             EVP_sha256(), nullptr);
  OPENSSL_free(der);
  X509_free(certificate);
  EXPECT_EQ(spki, expected);
}

TEST_F(CertificateTest, EachIsAnother) {
  EXPECT_NE(make_self_signed("sotto relay").spki, make_self_signed("sotto relay").spki);
}

TEST_F(CertificateTest, DoesNotExpire) {
  must(write_self_signed("sotto relay", certificate_, key_));
  const WallTime expires = must(ServerContext::load(certificate_, key_))->expires();
  EXPECT_EQ(to_rfc3339(expires), "9999-12-31T23:59:59.000Z");
}

TEST_F(CertificateTest, ALongNameIsCut) {
  const SelfSigned made = make_self_signed(std::string(200, 'x'));
  EXPECT_NE(made.certificate.find("BEGIN CERTIFICATE"), std::string::npos);
}

TEST_F(CertificateTest, WhatIsThereIsNotWrittenOver) {
  const SpkiHash spki = must(write_self_signed("sotto relay", certificate_, key_));
  const std::string before = content(key_);
  EXPECT_EQ(error_of(write_self_signed("sotto relay", certificate_, key_)), "tls.certificate");
  EXPECT_EQ(must(pin_of(certificate_)), spki);
  EXPECT_EQ(content(key_), before);
}

TEST_F(CertificateTest, AKeyWithoutCertificateIsReplaced) {
  must(write_self_signed("sotto relay", certificate_, key_));
  std::filesystem::remove(certificate_);
  const std::string before = content(key_);
  must(write_self_signed("sotto relay", certificate_, key_));
  EXPECT_NE(content(key_), before);
  EXPECT_TRUE(ServerContext::load(certificate_, key_).has_value());
}

TEST_F(CertificateTest, AFolderThatIsNotThereIsNamed) {
  const auto nowhere = folder_ / "missing";
  const auto written = write_self_signed("x", nowhere / "crt", nowhere / "key");
  EXPECT_EQ(error_of(written), "tls.key");
  EXPECT_NE(written.error().text().find(nowhere.native()), std::string::npos);
  EXPECT_EQ(error_of(pin_of(nowhere / "crt")), "tls.certificate");
}

TEST_F(CertificateTest, WhatIsNoCertificateHasNoPin) {
  std::ofstream(certificate_)
      << "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(error_of(pin_of(certificate_)), "tls.certificate");
}

}  // namespace
}  // namespace sotto::tls
