// Randomness that a test or a vector has written down, in the order in which it is drawn.
#pragma once
#include <algorithm>
#include <cassert>
#include <initializer_list>

#include "base/entropy.h"

namespace sotto {

class ScriptedEntropy final : public Entropy {
 public:
  explicit ScriptedEntropy(std::initializer_list<ByteView> draws) {
    for (const ByteView draw : draws) append(script_, draw);
  }

  void fill(MutableBytes out) override {
    assert(out.size() <= script_.size() - at_);
    std::ranges::copy(ByteView(script_).subspan(at_, out.size()), out.begin());
    at_ += out.size();
  }

  bool used_up() const { return at_ == script_.size(); }

 private:
  Bytes script_;
  std::size_t at_ = 0;
};

}  // namespace sotto
