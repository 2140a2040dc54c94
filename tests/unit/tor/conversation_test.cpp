// Whole talks with a control port that follows a script: every way to misbehave.
#include "tor/conversation.h"

#include "support/fake_control_port.h"
#include "tor/event.h"
#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

using std::chrono::seconds;
using Trouble = FakeControlPort::Trouble;

class ConversationTest : public testing::Test {
 protected:
  ConversationTest() { port_.authenticated = true; }

  Result<std::vector<Conversation::Incoming>> ask(const Command& command) {
    ticket_ = conversation_.sent(command, now_ + seconds(10));
    return conversation_.on_bytes(as_bytes(port_.take(command.line().view())));
  }

  FakeControlPort port_;
  Conversation conversation_;
  SteadyTime now_{};
  Conversation::Ticket ticket_ = 0;
};

TEST_F(ConversationTest, PairsAnswersWithCommands) {
  const Command first = get_info({"version"});
  const Command second = take_ownership();
  const auto one = conversation_.sent(first, now_ + seconds(9));
  const auto two = conversation_.sent(second, now_ + seconds(5));
  EXPECT_EQ(conversation_.next_deadline(), now_ + seconds(5));
  const std::string text = port_.take(first.line().view()) + port_.take(second.line().view());
  const auto incoming = must(conversation_.on_bytes(as_bytes(text)));
  ASSERT_EQ(incoming.size(), 2U);
  EXPECT_EQ(std::get<Conversation::Answer>(incoming[0]).ticket, one);
  EXPECT_EQ(std::get<Conversation::Answer>(incoming[1]).ticket, two);
  EXPECT_EQ(must(read_get_info(std::get<Conversation::Answer>(incoming[0]).reply))
                .at("circuit-status"),
            "1 BUILT\n.dot\n");
  EXPECT_TRUE(conversation_.idle());
  EXPECT_FALSE(conversation_.next_deadline());
}

TEST_F(ConversationTest, SilenceEndsAtTheDeadline) {
  port_.trouble = Trouble::silence;
  EXPECT_TRUE(must(ask(get_info({"version"}))).empty());
  EXPECT_TRUE(conversation_.on_time(now_ + seconds(9)));
  const auto late = conversation_.on_time(now_ + seconds(10));
  EXPECT_EQ(error_of(late), "tor.control.timeout");
  EXPECT_TRUE(late.error().text().contains("GETINFO"));
}

TEST_F(ConversationTest, AZeroByteEndsIt) {
  port_.trouble = Trouble::zero_byte;
  EXPECT_EQ(error_of(ask(take_ownership())), "tor.control.reply");
}

TEST_F(ConversationTest, AMegabyteWithoutALineEndsIt) {
  port_.trouble = Trouble::long_line;
  EXPECT_EQ(error_of(ask(take_ownership())), "tor.control.limit");
}

TEST_F(ConversationTest, AnAnswerToNothingEndsIt) {
  port_.trouble = Trouble::unsolicited;
  EXPECT_EQ(error_of(ask(take_ownership())), "tor.control.unsolicited");
}

TEST_F(ConversationTest, NonsenseEndsIt) {
  port_.trouble = Trouble::bad_status;
  EXPECT_EQ(error_of(ask(take_ownership())), "tor.control.reply");
}

TEST_F(ConversationTest, MixedStatusesEndIt) {
  port_.trouble = Trouble::mixed_statuses;
  EXPECT_EQ(error_of(ask(get_info({"version"}))), "tor.control.reply");
}

TEST_F(ConversationTest, EventsMayComeAnywhere) {
  port_.trouble = Trouble::interleaved;
  const auto incoming = must(ask(get_info({"version"})));
  ASSERT_EQ(incoming.size(), 3U);
  const auto event = must(read_event(std::get<Conversation::Happened>(incoming[1]).event));
  EXPECT_TRUE(std::get<NetworkLiveness>(event).up);
  EXPECT_EQ(std::get<Conversation::Answer>(incoming[2]).ticket, ticket_);
}

TEST_F(ConversationTest, AnUnknownCommandIsRefused) {
  const auto incoming = must(ask(Command("DANCE")));
  EXPECT_EQ(error_of(read_ok(std::get<Conversation::Answer>(incoming[0]).reply)),
            "tor.control.refused");
}

TEST_F(ConversationTest, AClosePutsTheCommandIntoWords) {
  EXPECT_EQ(conversation_.on_close().name(), "tor.control.closed");
  port_.trouble = Trouble::close_on_challenge;
  Command challenge("AUTHCHALLENGE");
  challenge.word("SAFECOOKIE").word("00");
  EXPECT_TRUE(must(ask(challenge)).empty());
  EXPECT_TRUE(port_.closed);
  EXPECT_TRUE(conversation_.on_close().text().contains("during AUTHCHALLENGE"));
}

TEST_F(ConversationTest, WithoutAuthenticationTorHangsUp) {
  port_.authenticated = false;
  const auto incoming = must(ask(take_ownership()));
  EXPECT_EQ(std::get<Conversation::Answer>(incoming[0]).reply.status, 514);
  EXPECT_TRUE(port_.closed);
}

}  // namespace
}  // namespace sotto::tor
