// While it lives, a value is among others: something is being done about it.
#pragma once
#include <memory>
#include <set>
#include <utility>

namespace sotto::node {

template <class T>
class Mark {
 public:
  // Shared with the coroutine that holds the mark, which may outlive whoever keeps them.
  using All = std::shared_ptr<std::multiset<T>>;

  Mark(All all, T value) : all_(std::move(all)), at_(all_->insert(std::move(value))) {}
  Mark(Mark&& other) noexcept : all_(std::move(other.all_)), at_(other.at_) {}
  Mark& operator=(Mark&&) = delete;
  ~Mark() {
    if (all_) all_->erase(at_);
  }

 private:
  All all_;
  typename std::multiset<T>::iterator at_;
};

}  // namespace sotto::node
