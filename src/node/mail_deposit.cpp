#include "node/mail_deposit.h"

#include <algorithm>
#include <map>

#include "node/relay_errors.h"
#include "node/system.h"
#include "room/errors.h"

namespace sotto::node {
namespace {

// What a relay's refusal means for who leaves a message.
Error as_of_mailbox(const Error& why) {
  if (why.is(RelayErrc::quota)) {
    return {room::Errc::mailbox_full,
            "The mailbox of the other side is full, or the relay takes no more from here. What "
            "is there was kept; try again when they have fetched it."};
  }
  if (why.is(RelayErrc::unknown)) {
    return {room::Errc::mailbox_closed,
            "The relay has no mailbox of the other side (any more): they have not been there "
            "for a week. Use --queue to keep the message here until they are back."};
  }
  return why;
}

// It said so, or was never reached.  Else it may have what it was given.
bool was_refused(const Error& why) {
  return !why.is(RelayErrc::silent) && !why.is(RelayErrc::lost) &&
         !why.is(RelayErrc::protocol) && !why.is(RelayErrc::id_reused);
}

class Round {
 public:
  Round(StoreThread& store, OpenDesk open_desk, room::Pair pair, bool over_tor,
        std::shared_ptr<MailMarks> marks)
      : store_(store),
        open_desk_(std::move(open_desk)),
        pair_(pair),
        over_tor_(over_tor),
        marks_(marks ? std::move(marks) : std::make_shared<MailMarks>()) {}

  // It is marked on the store's thread: who takes a message back there sees it.
  Async<std::optional<room::Deposit>> next(std::int64_t after) {
    struct Found {
      std::optional<room::Deposit> deposit;
      std::set<std::int64_t> kept_back;
      bool was_marked = false;
    };
    auto job = [pair = pair_, after,
                marks = marks_](store::Database& database) -> Result<std::shared_ptr<Found>> {
      auto found = std::make_shared<Found>();
      found->kept_back = marks->kept_back.all();
      auto deposit = room::next_deposit(database, pair, after, wall_now(), system_entropy(),
                                        found->kept_back);
      if (!deposit) return pass(deposit);
      found->deposit = std::move(*deposit);
      if (!found->deposit) return found;
      const std::int64_t seq = found->deposit->seq;
      found->was_marked = marks->perhaps_left.contains(seq);
      if (!found->was_marked) marks->perhaps_left.add({seq});
      return found;
    };
    auto found = co_await store_.run<std::shared_ptr<Found>>(std::move(job));
    if (!found) co_return std::unexpected(found.error());
    const auto first = (*found)->kept_back.upper_bound(after);
    if (first != (*found)->kept_back.end()) {
      first_kept_back_ = std::min(first_kept_back_.value_or(*first), *first);
    }
    may_have_left_ = (*found)->was_marked;
    co_return std::move((*found)->deposit);
  }

  // Up to where nothing was kept back.
  bool has_all_up_to(std::int64_t seq) const {
    return !first_kept_back_ || seq < *first_kept_back_;
  }

  // Ends well when a relay has it.
  Async<void> carry(room::Deposit deposit) {
    std::vector<std::string> taken;
    std::optional<Error> error;
    for (const std::string& url : deposit.relays) {
      if (taken.size() == deposit_copies) break;
      if (const auto bad = bad_.find(url); bad != bad_.end()) {
        error = bad->second;
        continue;
      }
      const auto put = co_await put_all(url, deposit);
      if (put) {
        taken.push_back(url);
      } else {
        error = as_of_mailbox(put.error());
        may_have_left_ = may_have_left_ || !was_refused(put.error());
        bad_.emplace(url, *error);
      }
    }
    if (taken.empty() && !may_have_left_) marks_->perhaps_left.remove_all(deposit.seq);
    if (taken.empty()) co_return std::unexpected(*error);
    auto job = [pair = pair_, seq = deposit.seq, taken,
                marks = marks_](store::Database& database) {
      const auto marked = room::mark_relayed(database, pair, seq, taken);
      if (marked) marks->perhaps_left.remove_all(seq);  // the store says it from now on
      return marked;
    };
    const auto marked = co_await store_.run<bool>(std::move(job));
    if (!marked) co_return std::unexpected(marked.error());
    co_return Result<void>();
  }

 private:
  Async<void> put_all(const std::string& url, const room::Deposit& deposit) {
    auto& desk = desks_[url];
    if (!desk) {
      auto opened = open_desk_(url, over_tor_);
      if (!opened) co_return std::unexpected(opened.error());
      desk = std::move(*opened);
    }
    const auto mailbox = *wire::MailboxId::from(deposit.mailbox.view());
    for (const Bytes& part : deposit.parts) {
      wire::RelayAction action = wire::RelayDeposit{mailbox, deposit_id(part), part};
      const auto answer = co_await desk->ask(std::move(action));
      if (!answer) co_return std::unexpected(answer.error());
    }
    co_return Result<void>();
  }

  StoreThread& store_;
  OpenDesk open_desk_;
  room::Pair pair_;
  bool over_tor_;
  std::shared_ptr<MailMarks> marks_;
  std::optional<std::int64_t> first_kept_back_;
  bool may_have_left_ = false;  // what is carried: a relay may have it
  std::map<std::string, std::shared_ptr<RelayDesk>> desks_;
  std::map<std::string, Error> bad_;  // relays that have failed, and how
};

}  // namespace

wire::DepositId deposit_id(ByteView content) {
  const auto hash = crypto::blake2b_256({as_bytes("sotto deposit id 1"), content});
  return *wire::DepositId::from(ByteView(hash).first(wire::DepositId::size));
}

Async<LeftMail> leave_mail(StoreThread& store, OpenDesk open_desk, room::Pair pair,
                           bool over_tor, std::int64_t after_seq,
                           std::shared_ptr<MailMarks> marks) {
  Round round(store, std::move(open_desk), pair, over_tor, std::move(marks));
  LeftMail left;
  left.looked_up_to = after_seq;
  std::int64_t after = after_seq;
  while (true) {
    auto deposit = co_await round.next(after);
    if (!deposit) {
      left.error = deposit.error();
      co_return left;
    }
    if (!*deposit) co_return left;
    after = (*deposit)->seq;
    const auto carried = co_await round.carry(std::move(**deposit));
    if (!carried) {
      left.error = carried.error();
      co_return left;
    }
    left.relayed.push_back(after);
    // What is kept back now is looked at again.
    if (round.has_all_up_to(after)) left.looked_up_to = after;
  }
}

}  // namespace sotto::node
