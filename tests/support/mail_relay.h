// A relay in memory that keeps mailboxes as docs/protocol.md section 7 says, and breaks its
// word where the test says so.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "support/fake_relay.h"

namespace sotto {

class MailRelay {
 public:
  explicit MailRelay(boost::asio::io_context& io) : relay(io) {
    relay.on_request = [this](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
      serve(caller, request);
    };
  }

  struct Mailbox {
    std::vector<wire::RelayDeposited> deposits;
    std::uint64_t last = 0;
  };

  FakeRelay relay;
  std::map<wire::MailboxId, Mailbox> mailboxes;
  std::size_t page = 4;     // deposits in one answer
  std::size_t quota = 100;  // deposits in a mailbox
  bool silent = false;
  std::function<bool(const wire::MailboxId&)> refuses_to_open;  // with `quota`
  // What it makes of what it has, before it gives it.
  std::function<void(wire::RelayDeposits&)> lie;
  // Which requests came over each connection, by their place in RelayAction.
  std::vector<std::pair<const FakeRelay::Caller*, std::size_t>> asked;

  std::size_t kept() const {
    std::size_t sum = 0;
    for (const auto& [id, mailbox] : mailboxes) sum += mailbox.deposits.size();
    return sum;
  }

 private:
  void serve(FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    asked.emplace_back(&caller, request.action.index());
    if (silent) return;
    if (!wire::verify(request, caller.binding)) {
      return refuse(caller, request, wire::RelayRefusal::signature);
    }
    if (const auto* open = std::get_if<wire::RelayOpenMailbox>(&request.action)) {
      if (refuses_to_open && refuses_to_open(open->mailbox)) {
        return refuse(caller, request, wire::RelayRefusal::quota);
      }
      mailboxes[open->mailbox];
      return caller.answer(request, wire::RelayDone{});
    }
    const auto* deposit = std::get_if<wire::RelayDeposit>(&request.action);
    const auto* fetch = std::get_if<wire::RelayFetch>(&request.action);
    const auto* acknowledge = std::get_if<wire::RelayAcknowledge>(&request.action);
    const wire::MailboxId id = deposit != nullptr ? deposit->mailbox
                               : fetch != nullptr ? fetch->mailbox
                                                  : acknowledge->mailbox;
    const auto at = mailboxes.find(id);
    if (at == mailboxes.end()) return refuse(caller, request, wire::RelayRefusal::unknown);
    if (deposit != nullptr) return take(caller, request, *deposit, at->second);
    if (fetch != nullptr) return give(caller, request, fetch->after, at->second);
    std::erase_if(at->second.deposits, [&](const wire::RelayDeposited& one) {
      return std::ranges::find(acknowledge->numbers, one.number) != acknowledge->numbers.end();
    });
    caller.answer(request, wire::RelayDone{});
  }

  void take(FakeRelay::Caller& caller, const wire::RelayRequest& request,
            const wire::RelayDeposit& deposit, Mailbox& mailbox) const {
    const auto same =
        std::ranges::find(mailbox.deposits, deposit.id, &wire::RelayDeposited::id);
    if (same == mailbox.deposits.end()) {
      if (mailbox.deposits.size() >= quota) {
        return refuse(caller, request, wire::RelayRefusal::quota);
      }
      mailbox.deposits.push_back({++mailbox.last, deposit.id, deposit.content});
    } else if (same->content != deposit.content) {
      return refuse(caller, request, wire::RelayRefusal::id_reused);
    }
    caller.answer(request, wire::RelayDone{});
  }

  void give(FakeRelay::Caller& caller, const wire::RelayRequest& request, std::uint64_t after,
            const Mailbox& mailbox) const {
    wire::RelayDeposits out;
    for (const wire::RelayDeposited& one : mailbox.deposits) {
      if (one.number <= after) continue;
      out.more = out.deposits.size() == page;
      if (out.more) break;
      out.deposits.push_back(one);
    }
    if (lie) lie(out);
    caller.answer(request, std::move(out));
  }

  static void refuse(FakeRelay::Caller& caller, const wire::RelayRequest& request,
                     wire::RelayRefusal reason) {
    caller.answer(request, wire::RelayRefused{reason});
  }
};

}  // namespace sotto
