#include "wire/invite_uri.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/results.h"
#include "unit/wire/samples.h"
#include "wire/connection_file.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

Secret content() {
  return encode(sample_file());
}
std::string uri() {
  return std::string(as_text(to_invite_uri(content().view()).view()));
}

TEST(InviteUri, IsThePrefixAndTheContent) {
  const std::string text = uri();
  ASSERT_TRUE(text.starts_with("sotto:"));
  EXPECT_EQ(from_base64url(text.substr(6)), to_bytes(content().view()));
  EXPECT_TRUE(is_invite_uri(text));
  EXPECT_TRUE(is_invite_uri(" \n" + text));
  EXPECT_EQ(to_bytes(must(from_invite_uri(text)).view()), to_bytes(content().view()));
}

TEST(InviteUri, IgnoresWhiteSpace) {
  std::string wrapped = "\n ";
  for (const char c : uri()) {
    wrapped += c;
    if (wrapped.size() % 76 == 0) wrapped += "\r\n\t";
  }
  EXPECT_EQ(to_bytes(must(from_invite_uri(wrapped + "\n")).view()), to_bytes(content().view()));
}

TEST(InviteUri, RefusesWhatIsNoneOrNotWhole) {
  const std::string text = uri();
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(from_invite_uri(text.substr(0, length))) << length;
  }
  for (const std::string& wrong :
       {std::string(), std::string("sotto:"), "SOTTO:" + text.substr(6), text + "=", text + "!",
        "x" + text, std::string("sotto:AAAA"), text.substr(0, 40) + "#" + text.substr(40)}) {
    EXPECT_EQ(error_of(from_invite_uri(wrong)), "uri.syntax") << wrong.substr(0, 50);
  }
  EXPECT_FALSE(is_invite_uri("sott"));
  EXPECT_FALSE(is_invite_uri(""));
  EXPECT_FALSE(is_invite_uri("./sotto:x"));
}

TEST(InviteUri, HasALimit) {
  const std::string long_text = "sotto:" + std::string(connection_file_limit * 2, 'A');
  EXPECT_EQ(error_of(from_invite_uri(long_text)), "uri.syntax");
}

}  // namespace
}  // namespace sotto::wire
