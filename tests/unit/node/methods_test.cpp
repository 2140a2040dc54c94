#include "node/methods.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "paths.h"

namespace sotto::node {
namespace {

// The first column of the tables under "Methods" in docs/rpc.md.
std::set<std::string> documented() {
  std::ifstream file(std::string(SOTTO_SOURCE_DIR) + "/docs/rpc.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto begin = text.find("## Methods");
  const auto end = text.find("## Notifications");
  EXPECT_NE(begin, std::string::npos);
  const std::string methods = text.substr(begin, end - begin);
  const std::regex row(R"(\n\| `([a-z_.]+)` \|)");
  std::set<std::string> out;
  for (std::sregex_iterator at(methods.begin(), methods.end(), row), last; at != last; ++at) {
    out.insert((*at)[1]);
  }
  return out;
}

TEST(Methods, AreAllDocumentedAndNoOthers) {
  std::set<std::string> names;
  for (const Method& method : all_methods()) {
    EXPECT_TRUE(names.emplace(method.name).second) << method.name;
    EXPECT_FALSE(method.about.empty());
    EXPECT_EQ(find_method(method.name), &method);
  }
  EXPECT_EQ(documented(), names);
}

TEST(Methods, AnUnknownOneIsNull) {
  EXPECT_EQ(find_method("nope"), nullptr);
}

}  // namespace
}  // namespace sotto::node
