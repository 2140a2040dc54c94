// /verify: both fingerprints, a question, and what the answer means.
#include "base/text.h"
#include "cli/render_people.h"
#include "cli/terminal/chat_session.h"
#include "node/commands.h"
#include "node/json_fields.h"

namespace sotto::cli {

void ChatSession::act(VerifyWho&& command) {
  if (command.name) return verify(*command.name);
  look([this] {
    const auto& people =
        state_.presence ? state_.presence->people : std::vector<node::PersonHere>();
    if (people.size() == 1) return verify(people.front().fingerprint);
    explain(people.empty() ? "Nobody else is here: /verify NAME says whom you mean."
                           : "Say whom: /verify NAME. /who lists who is here.");
  });
}

void ChatSession::verify(const std::string& who) {
  ask("contact", Json().set("who", who), [this](const Result<Json>& reply) {
    auto contact = reply ? node::from_json<node::ContactInfo>(*reply)
                         : Result<node::ContactInfo>(std::unexpected(reply.error()));
    if (!contact) return fail_with(contact.error());
    ask("id", Json::Object(),
        [this, found = std::move(*contact)](const Result<Json>& own_reply) {
          const auto own = own_reply
                               ? node::from_json<node::OwnCard>(*own_reply)
                               : Result<node::OwnCard>(std::unexpected(own_reply.error()));
          if (!own) return fail_with(own.error());
          compare(found, own->fingerprint);
        });
  });
}

void ChatSession::compare(const node::ContactInfo& contact,
                          const std::string& own_fingerprint) {
  std::string text = comparison_text(contact, own_fingerprint, style_);
  text.pop_back();
  view_.show(text);
  const auto answered = [this, fingerprint = contact.fingerprint](bool yes) {
    if (!yes) {
      view_.show(
          "Nothing was recorded. If theirs is another, somebody is in between: do not trust "
          "this contact.");
      return;
    }
    ask("verify", Json().set("who", fingerprint).set("fingerprint", fingerprint),
        [this](const Result<Json>& reply) {
          const auto verified = reply
                                    ? node::from_json<node::ContactInfo>(*reply)
                                    : Result<node::ContactInfo>(std::unexpected(reply.error()));
          if (!verified) return fail_with(verified.error());
          view_.show(displayable(verified->name) + " is verified from now on.");
          next_look_ = std::chrono::steady_clock::now();
        });
  };
  question_ =
      Question{"Is this what " + displayable(contact.name) + " has on their side?", answered};
  if (!view_.is_redrawn()) view_.show(prompt());
}

}  // namespace sotto::cli
