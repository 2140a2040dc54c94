// Parameters and results of a live verification's two methods (docs/rpc.md).
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace sotto::node {

struct LiveRequest {
  std::string who;  // a contact by name or fingerprint
  milliseconds timeout{120'000};
  static void fields(auto& self, auto&& field) {
    field("who", self.who);
    field("timeout_ms", self.timeout);
  }
};

// What both persons see when nobody sits between them.
struct LiveReply {
  std::string contact;
  std::string fingerprint;
  std::vector<std::pair<std::string, std::string>> emoji;  // 7: the emoji, its name
  std::vector<int> numbers;                                // 3 of four digits
  static void fields(auto& self, auto&& field) {
    field("contact", self.contact);
    field("fingerprint", self.fingerprint);
    field("emoji", self.emoji);
    field("numbers", self.numbers);
  }
};

struct ConfirmRequest {
  std::string fingerprint;  // of LiveReply
  bool same = false;
  milliseconds timeout{120'000};
  static void fields(auto& self, auto&& field) {
    field("fingerprint", self.fingerprint);
    field("same", self.same);
    field("timeout_ms", self.timeout);
  }
};

}  // namespace sotto::node
