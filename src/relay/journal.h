// What the relay tells its operator: structured notices, without addresses unless they were
// asked for.  What could come a thousand times a second comes once a minute, with how often it
// was so.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "relay/address_block.h"

namespace sotto::relay {

struct Notice {
  LogLevel level = LogLevel::info;
  std::string code;  // stable: "limit", "reloaded"
  std::string text;  // a sentence
  std::vector<std::pair<std::string, std::string>> fields = {};
};

class Journal {
 public:
  // Called by any thread, one at a time.
  using Sink = std::function<void(const Notice&)>;

  Journal(Sink sink, bool with_addresses)
      : sink_(std::move(sink)), with_addresses_(with_addresses) {}

  void write(Notice notice);

  // At most once a minute for each code and text.
  void write_seldom(Notice notice, SteadyTime now);
  // The same of somebody, whose address block is added where the operator wants it.
  void write_seldom_of(const AddressBlock& block, Notice notice, SteadyTime now);

  bool with_addresses() const { return with_addresses_; }

 private:
  struct Told {
    SteadyTime last;
    std::uint64_t since = 0;  // how often it was not told
  };
  Sink sink_;
  bool with_addresses_;
  std::mutex mutex_;
  std::map<std::string, Told> told_;  // by code and text, which are few
};

}  // namespace sotto::relay
