// Handshakes a second, both sides in one thread, against the operations on curves that they
// contain and nothing else.  No store: what admits somebody is committed, which is measured
// elsewhere.
//
//   handshake_bench CORE ROUNDS
#include <array>

#include "bench/rounds.h"
#include "session/handshake.h"
#include "support/people.h"

namespace sotto::bench {
namespace {

constexpr int each = 100;  // handshakes a round

// Both sides: what a driver does between its reads and writes.
class Handshakes {
 public:
  double a_second() {
    return each / seconds_of([this] {
             for (int i = 0; i < each; ++i) one();
           });
  }

 private:
  void one() {
    session::JoinerHandshake joiner(joiner_parameters(joiner_, host_, ref_, psk_), entropy_);
    session::HostHandshake host(host_.card.identity_pk, host_.identity.static_key, entropy_);
    const Bytes first = must(joiner.start());
    must(must(host.hello(first)) == ref_, "ref");
    const Bytes second = must(host.respond(psk_.copy()));
    const Bytes third = must(joiner.answer(second));
    const auto auth = must(host.authenticate(third));
    const auto ours = std::move(joiner).finish();
    const auto theirs = std::move(host).finish();
    must(ours.handshake_hash == theirs.handshake_hash && auth.card == joiner_.card, "agreed");
  }

  RealEntropy entropy_;
  Person host_{entropy_, "host"};
  Person joiner_{entropy_, "joiner"};
  LinkRef ref_ = LinkRef::random(entropy_);
  crypto::SymmetricKey psk_{entropy_};
};

// Each side draws an ephemeral key (e) and multiplies three times (es, ee, se); the host checks
// the signature of the card that it is shown.
class Operations {
 public:
  Operations() {
    crypto_box_keypair(public_.data(), secret_.data());
    crypto_sign_keypair(verify_key_.data(), sign_key_.data());
    crypto_sign_detached(signature_.data(), nullptr, signed_.data(), signed_.size(),
                         sign_key_.data());
  }

  double a_second() {
    return each / seconds_of([this] {
             for (int i = 0; i < each; ++i) one();
           });
  }

 private:
  void one() {
    std::array<unsigned char, crypto_scalarmult_BYTES> out;
    for (int side = 0; side < 2; ++side) {
      randombytes_buf(ephemeral_.data(), ephemeral_.size());
      crypto_scalarmult_curve25519_base(out.data(), ephemeral_.data());
      for (int dh = 0; dh < 3; ++dh) {
        must(crypto_scalarmult_curve25519(out.data(), secret_.data(), public_.data()) == 0,
             "dh");
      }
    }
    must(crypto_sign_verify_detached(signature_.data(), signed_.data(), signed_.size(),
                                     verify_key_.data()) == 0,
         "signature");
  }

  std::array<unsigned char, crypto_box_PUBLICKEYBYTES> public_;
  std::array<unsigned char, crypto_box_SECRETKEYBYTES> secret_;
  std::array<unsigned char, crypto_box_SECRETKEYBYTES> ephemeral_;
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> verify_key_;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> sign_key_;
  std::array<unsigned char, crypto_sign_BYTES> signature_;
  std::array<unsigned char, 116> signed_{};  // what a card with a name of six letters signs
};

void bench(const Words& words) {
  pin_to(words.number(0));
  Handshakes handshakes;
  Operations operations;
  take_turns({{"handshakes", [&] { return handshakes.a_second(); }},
              {"operations", [&] { return operations.a_second(); }}},
             words.number(1));
}

}  // namespace
}  // namespace sotto::bench

int main(int count, char** words) {
  return sotto::bench::run(count, words, sotto::bench::bench);
}
