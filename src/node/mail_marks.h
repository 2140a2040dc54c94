// Messages by their seq, for both the loop and the store's thread: what one of them is about to
// do with a message, the other must know before it touches it.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

namespace sotto::node {

class SeqSet {
 public:
  // As often as it was added, it is to be removed.
  void add(const std::set<std::int64_t>& seqs) {
    const std::lock_guard lock(mutex_);
    seqs_.insert(seqs.begin(), seqs.end());
  }
  void remove(const std::set<std::int64_t>& seqs) {
    const std::lock_guard lock(mutex_);
    for (const std::int64_t seq : seqs) {
      if (const auto at = seqs_.find(seq); at != seqs_.end()) seqs_.erase(at);
    }
  }
  void remove_all(std::int64_t seq) {
    const std::lock_guard lock(mutex_);
    seqs_.erase(seq);
  }
  bool contains(std::int64_t seq) const {
    const std::lock_guard lock(mutex_);
    return seqs_.contains(seq);
  }
  std::set<std::int64_t> all() const {
    const std::lock_guard lock(mutex_);
    return {seqs_.begin(), seqs_.end()};
  }

 private:
  mutable std::mutex mutex_;
  std::multiset<std::int64_t> seqs_;
};

// What mail and those who send tell each other.
struct MailMarks {
  SeqSet kept_back;     // a command may still take them back: they are left on no relay
  SeqSet perhaps_left;  // a relay may have them, and has not said so
};

// Keeps messages back as long as it lives, which may be longer than whoever leaves them: what
// waits on a loop is destroyed last.
class KeptBack {
 public:
  KeptBack(std::shared_ptr<MailMarks> marks, std::set<std::int64_t> seqs)
      : marks_(std::move(marks)), seqs_(std::move(seqs)) {
    marks_->kept_back.add(seqs_);
  }
  ~KeptBack() { marks_->kept_back.remove(seqs_); }
  KeptBack(const KeptBack&) = delete;
  KeptBack& operator=(const KeptBack&) = delete;

 private:
  std::shared_ptr<MailMarks> marks_;
  std::set<std::int64_t> seqs_;
};

}  // namespace sotto::node
