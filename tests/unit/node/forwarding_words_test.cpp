#include "node/forwarding_words.h"

#include <gtest/gtest.h>

#include "support/results.h"

namespace sotto::node {
namespace {

using net::HostPort;
using net::UnixPath;
using Words = std::vector<std::string>;

bool is_syntax(const auto& result) {
  return !result && result.error().is(Errc::forward_syntax) &&
         result.error().kind() == Kind::usage;
}

TEST(ForwardingWords, AnExposureNamesAServiceAndItsAddress) {
  EXPECT_EQ(must(parse_exposures({"web=127.0.0.1:8080", "ssh=[::1]:22", "db=db.example:5432",
                                  "x=unix:/run/x=y:z"})),
            (std::vector<Exposure>{{"web", HostPort{"127.0.0.1", 8080}},
                                   {"ssh", HostPort{"::1", 22}},
                                   {"db", HostPort{"db.example", 5432}},
                                   {"x", UnixPath{"/run/x=y:z"}}}));
  EXPECT_TRUE(must(parse_exposures({})).empty());
}

TEST(ForwardingWords, WhatIsNoExposure) {
  for (const char* word :
       {"", "web", "web=", "=127.0.0.1:80", "Web=127.0.0.1:80", "w b=127.0.0.1:80",
        "web=127.0.0.1", "web=127.0.0.1:0", "web=127.0.0.1:99999", "web=:80",
        "web=unix:", "web=::1:80", "web=x.onion:80"}) {
    EXPECT_TRUE(is_syntax(parse_exposures({word}))) << word;
  }
  EXPECT_TRUE(is_syntax(parse_exposures({"web=127.0.0.1:80", "web=127.0.0.1:80"})));
  EXPECT_TRUE(is_syntax(parse_exposures({std::string(33, 'a') + "=127.0.0.1:80"})));
  EXPECT_TRUE(is_syntax(parse_exposures(Words(65, "web=127.0.0.1:80"))));
}

TEST(ForwardingWords, AForwardNamesAPortAndAService) {
  EXPECT_EQ(must(parse_forwards({"8080:web", "0:web", "0:web", "0.0.0.0:8080:web",
                                 "[::1]:8080:web", "[::]:65535:ssh"})),
            (std::vector<Forward>{{"127.0.0.1", 8080, "web"},
                                  {"127.0.0.1", 0, "web"},
                                  {"127.0.0.1", 0, "web"},
                                  {"0.0.0.0", 8080, "web"},
                                  {"::1", 8080, "web"},
                                  {"::", 65535, "ssh"}}));
}

TEST(ForwardingWords, WhatIsNoForward) {
  for (const char* word :
       {"", "web", "8080", "8080:", ":web", "80:web", "1024:web", "65536:web", "-1:web",
        "x:web", "8080:Web", "localhost:8080:web", "::1:8080:web", "[127.0.0.1]:8080:web",
        ":8080:web", "[::1:8080:web"}) {
    EXPECT_TRUE(is_syntax(parse_forwards({word}))) << word;
  }
  EXPECT_TRUE(is_syntax(parse_forwards({"8080:web", "8080:ssh"})));
  EXPECT_TRUE(is_syntax(parse_forwards(Words(65, "0:web"))));
}

TEST(ForwardingWords, UnderTorOnlyWhatStaysOnThisMachineIsExposed) {
  EXPECT_TRUE(check_under_tor(must(
      parse_exposures({"a=127.0.0.1:80", "b=[::1]:80", "c=127.1.2.3:80", "d=unix:/run/d"}))));
  for (const char* word : {"a=localhost:80", "a=192.0.2.1:80", "a=[2001:db8::1]:80",
                           "a=0.0.0.0:80", "a=web.example:80"}) {
    const auto checked = check_under_tor(must(parse_exposures({"b=127.0.0.1:80", word})));
    ASSERT_FALSE(checked) << word;
    EXPECT_TRUE(checked.error().is(Errc::needs_tor));
  }
}

}  // namespace
}  // namespace sotto::node
