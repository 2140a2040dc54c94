// A host that moves for weeks, directories that lose, keep, lie and swap, and a joiner who
// looks now and then, with a clock of its own: what it believes never gets older, is always
// something that the host has said, and once one directory is honest it is the newest.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>

#include "rendezvous/postings.h"
#include "rendezvous/search.h"
#include "unit/rendezvous/testing.h"

namespace sotto::rendezvous {
namespace {

using std::chrono::hours;

enum class Mood { honest, lossy, forgetful, stuck, swapping, damaging, old };

class FakeDirectory {
 public:
  FakeDirectory(Mood mood, SeededEntropy& entropy) : mood_(mood), entropy_(entropy) {}

  // False: it says that it could not.
  bool put(const crypto::Ed25519PublicKey& key, const Bytes& blob) {
    seen_[key].push_back(blob);
    if (mood_ == Mood::lossy && chance(3)) return false;
    if (mood_ == Mood::forgetful && chance(2)) return true;
    if (mood_ == Mood::stuck && kept_.contains(key)) return true;
    kept_[key] = blob;
    return true;
  }
  bool remove(const crypto::Ed25519PublicKey& key) {
    if (mood_ == Mood::lossy && chance(3)) return false;
    if (mood_ != Mood::stuck) kept_.erase(key);
    return true;
  }
  std::optional<Bytes> get(const crypto::Ed25519PublicKey& key) {
    if (mood_ == Mood::old && seen_.contains(key)) return seen_[key].front();
    if (mood_ == Mood::swapping && !kept_.empty()) {
      return std::next(kept_.begin(), pick(kept_.size()))->second;
    }
    const auto at = kept_.find(key);
    if (at == kept_.end()) return std::nullopt;
    Bytes blob = at->second;
    if (mood_ == Mood::damaging) {
      if (chance(3)) blob.resize(static_cast<std::size_t>(pick(2 * blob_bytes)));
      if (!blob.empty()) blob[static_cast<std::size_t>(pick(blob.size()))] ^= std::byte{4};
    }
    return blob;
  }
  std::size_t size() const { return kept_.size(); }

 private:
  std::ptrdiff_t pick(std::size_t below) {
    return static_cast<std::ptrdiff_t>(std::to_integer<std::size_t>(entropy_.bytes<1>()[0]) *
                                       below / 256);
  }
  bool chance(std::size_t one_in) { return pick(one_in) == 0; }

  Mood mood_;
  SeededEntropy& entropy_;
  std::map<crypto::Ed25519PublicKey, Bytes> kept_;
  std::map<crypto::Ed25519PublicKey, std::vector<Bytes>> seen_;
};

class MovingHost : public testing::TestWithParam<std::uint64_t> {
 protected:
  void publish_all(std::vector<FakeDirectory>& directories) {
    for (std::size_t i = 0; i < directories.size(); ++i) {
      for (int attempts = 0; attempts < 40; ++attempts) {
        const auto errand = postings.next(i);
        if (!errand) break;
        const Posting& about = *postings.subject(*errand);
        const auto key = publishing_key(about.secret, errand->day).public_key;
        const bool done =
            errand->seq == 0
                ? directories[i].remove(key)
                : directories[i].put(key, publish(about.record, host.keys, about.secret,
                                                  errand->day, host.entropy)
                                              .value());
        if (done) postings.done(*errand);
      }
    }
  }
  void look(std::vector<FakeDirectory>& directories, WallTime clock) {
    Search search(host.keys.public_key, host.secret.copy(), believed, clock);
    for (FakeDirectory& directory : directories) {
      for (const auto& place : search.places()) {
        if (const auto blob = directory.get(place.key)) {
          static_cast<void>(search.offer(place, *blob));
        }
      }
    }
    const auto result = search.result();
    if (!result || !*result) return;
    const wire::RendezvousRecord& record = **result;
    ASSERT_GE(record.seq, believed);
    ASSERT_TRUE(said.contains(record.seq));
    ASSERT_EQ(said.at(record.seq), whereabouts_of(record));
    believed = record.seq;
  }

  SomeHost host{GetParam()};
  const LinkRef ref = LinkRef::random(host.entropy);
  Postings postings{6};
  std::map<std::uint64_t, Whereabouts> said;
  std::uint64_t believed = 0;
};

TEST_P(MovingHost, IsFoundWhereItIs) {
  std::vector<FakeDirectory> directories;
  for (const Mood mood :
       {Mood::lossy, Mood::forgetful, Mood::stuck, Mood::swapping, Mood::damaging, Mood::old}) {
    directories.emplace_back(mood, host.entropy);
  }
  std::vector<FakeDirectory> honest;
  honest.emplace_back(Mood::honest, host.entropy);
  Postings elsewhere(1);
  std::optional<wire::RendezvousRecord> last;
  std::uint16_t port = 2000;
  for (WallTime now = noon; now < noon + hours(24 * 12); now += hours(5)) {
    if (host.entropy.bytes<1>()[0] < std::byte{80}) ++port;
    if (!last || !stands(*last, ways_at(port), now)) {
      last = renewed(last ? last->seq : 0, ways_at(port), now);
      said.emplace(last->seq, ways_at(port));
      postings.post({ref, host.secret.copy(), *last});
      elsewhere.post({ref, host.secret.copy(), *last});
    }
    publish_all(directories);
    const auto skew = hours(std::to_integer<int>(host.entropy.bytes<1>()[0]) % 47 - 23);
    look(directories, now + skew);
    std::swap(postings, elsewhere);
    publish_all(honest);
    std::swap(postings, elsewhere);
    look(honest, now + skew);
    EXPECT_EQ(believed, last->seq) << to_rfc3339(now);
    EXPECT_EQ(honest.front().size(), 2U);  // nothing old is left
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MovingHost, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace sotto::rendezvous
