#include "tor/conversation.h"

#include <algorithm>

#include "base/text.h"

namespace sotto::tor {

Conversation::Ticket Conversation::sent(const Command& command, SteadyTime deadline) {
  waiting_.push_back({++last_ticket_, std::string(command.keyword()), deadline});
  return last_ticket_;
}

Result<std::vector<Conversation::Incoming>> Conversation::on_bytes(ByteView bytes) {
  auto replies = parser_.feed(bytes);
  if (!replies) return pass(replies);
  std::vector<Incoming> out;
  for (Reply& reply : *replies) {
    if (reply.is_event()) {
      out.push_back(Happened{std::move(reply)});
      continue;
    }
    if (waiting_.empty()) {
      return fail(Errc::control_unsolicited,
                  "Tor's control port answered \"" + std::to_string(reply.status) + " " +
                      displayable(reply.last().substr(0, 40)) +
                      "\" though nothing was asked. Check that the port is tor's ControlPort.");
    }
    out.push_back(Answer{waiting_.front().ticket, std::move(reply)});
    waiting_.pop_front();
  }
  return out;
}

std::optional<SteadyTime> Conversation::next_deadline() const {
  if (waiting_.empty()) return std::nullopt;
  return std::ranges::min_element(waiting_, {}, &Waiting::deadline)->deadline;
}

Result<void> Conversation::on_time(SteadyTime now) const {
  for (const Waiting& waiting : waiting_) {
    if (now >= waiting.deadline) {
      return fail(Errc::control_timeout,
                  "Tor did not answer " + waiting.keyword +
                      " in time: it hangs, or this machine is overloaded. Look into its log, "
                      "or restart it.");
    }
  }
  return {};
}

Error Conversation::on_close() const {
  std::string when = waiting_.empty() ? std::string() : " during " + waiting_.front().keyword;
  return {Errc::control_closed, "Tor closed its control connection" + when +
                                    ": it ended, was restarted, or refused us. Start it "
                                    "again, or look into its log."};
}

}  // namespace sotto::tor
