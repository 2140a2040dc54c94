// A command line taken apart but not yet understood: the text of each flag and word.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/errors.h"

namespace sotto::cli {

class Words {
 public:
  // `key` may be given from now on; it has not been yet.
  void expect(std::string key);

  // `key` is one that is expected, here and below (asserted).  A flag without a value has an
  // empty one.
  void add(std::string_view key, std::string value);

  bool has(std::string_view key) const { return !all(key).empty(); }
  std::size_t count(std::string_view key) const { return all(key).size(); }
  std::optional<std::string> text(std::string_view key) const;  // the last one
  const std::vector<std::string>& all(std::string_view key) const;

  // The text, which `command` cannot do without.  Errc::usage.
  Result<std::string> need(std::string_view command, std::string_view key) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

std::unexpected<Error> usage(std::string text);

}  // namespace sotto::cli
