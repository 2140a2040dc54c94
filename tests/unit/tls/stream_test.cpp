#include "unit/tls/testing.h"

namespace sotto::tls {
namespace {

class StreamTest : public TlsTest {};

TEST_F(StreamTest, BytesGoBothWays) {
  Ends ends = connected();
  EXPECT_EQ(pass_on(ends.client, ends.server, "ping"), "ping");
  EXPECT_EQ(pass_on(ends.server, ends.client, "pong"), "pong");
}

TEST_F(StreamTest, BothEndsKnowTheKeyAndTheExporter) {
  Ends ends = connected();
  EXPECT_EQ(ends.server.spki(), spki_);
  EXPECT_EQ(ends.client.spki(), spki_);
  const auto one = ends.server.exporter("EXPORTER-one");
  EXPECT_EQ(one, ends.client.exporter("EXPORTER-one"));
  EXPECT_NE(one, ends.client.exporter("EXPORTER-two"));
  Ends others = connected();
  EXPECT_NE(one, others.server.exporter("EXPORTER-one"));
}

}  // namespace
}  // namespace sotto::tls
