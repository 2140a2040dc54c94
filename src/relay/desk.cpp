#include "relay/desk.h"

#include "relay/directory.h"
#include "relay/mailboxes.h"
#include "store/connection.h"

namespace sotto::relay {

using wire::RelayRefusal;

namespace {

// Of a job in the queue, besides what a deposit holds.
constexpr std::size_t job_weight = 2048;

// Each makes the job of one action.  What a job captures it owns.
struct Jobs {
  Payer payer;
  const Limits& limits;  // the server's, which outlives the store
  WallTime now;

  auto operator()(wire::RelayPut put) const {
    return [*this, put = std::move(put)](store::Connection& connection) -> Result<Reply> {
      const auto record = wire::open_record_blob(put.blob);
      if (!record) return refused(RelayRefusal::signature);
      return put_record(connection, *record, put.blob, payer, limits, now);
    };
  }
  auto operator()(wire::RelayDelete gone) const {
    return
        [gone](store::Connection& connection) { return delete_record(connection, gone.key); };
  }
  auto operator()(wire::RelayOpenMailbox open) const {
    return [*this, open](store::Connection& connection) {
      return open_mailbox(connection, open.mailbox, payer, limits, now);
    };
  }
  auto operator()(wire::RelayCloseMailbox close) const {
    return [close](store::Connection& connection) {
      return close_mailbox(connection, close.mailbox);
    };
  }
  auto operator()(wire::RelayDeposit put) const {
    return [*this, put = std::move(put)](store::Connection& connection) {
      return deposit(connection, put, payer, limits, now);
    };
  }
  auto operator()(wire::RelayAcknowledge done) const {
    return [done = std::move(done)](store::Connection& connection) {
      return acknowledge(connection, done.mailbox, done.numbers);
    };
  }
  auto operator()(wire::RelayGet get) const {
    return [*this, get](store::Connection& connection) {
      return get_record(connection, get.key, now);
    };
  }
  auto operator()(wire::RelayFetch wanted) const {
    return [*this, wanted](store::Connection& connection) {
      return fetch(connection, wanted.mailbox, wanted.after, now);
    };
  }
};

template <class Action>
constexpr bool reads =
    std::is_same_v<Action, wire::RelayGet> || std::is_same_v<Action, wire::RelayFetch>;

template <class Action>
constexpr bool adds =
    std::is_same_v<Action, wire::RelayPut> || std::is_same_v<Action, wire::RelayOpenMailbox> ||
    std::is_same_v<Action, wire::RelayDeposit>;

template <class Action>
constexpr bool kept = std::is_invocable_v<Jobs, Action>;

std::size_t weight_of(const wire::RelayAction& action) {
  const auto* deposit = std::get_if<wire::RelayDeposit>(&action);
  return job_weight + (deposit == nullptr ? 0 : deposit->content.size());
}

template <class Action>
Async<Reply> carry_out(Store& store, Action action, std::size_t weight, Jobs jobs) {
  if constexpr (adds<Action>) {
    if (auto room = store.check_room(weight); !room) co_return pass(room);
  }
  auto job = jobs(std::move(action));
  if constexpr (reads<Action>) {
    co_return co_await store.read<Reply>(std::move(job));
  } else {
    co_return co_await store.write<Reply>(weight, std::move(job));
  }
}

}  // namespace

std::expected<void, Verdict> check(Visitor& visitor, const wire::RelayRequest& request,
                                   const AccessTokens* tokens, bool rate_holds,
                                   const Store& store) {
  const auto no = [](RelayRefusal refusal, std::optional<CloseCode> close = std::nullopt) {
    return std::unexpected(Verdict{refusal, close});
  };
  if (request.number != visitor.last_number + 1) {
    return std::unexpected(Verdict{std::nullopt, CloseCode::protocol_error});
  }
  visitor.last_number = request.number;
  if (!rate_holds) return no(RelayRefusal::rate, CloseCode::rate);
  if (!visitor.admitted) {
    if (tokens == nullptr) {
      visitor.payer = store.payer(visitor.block.view());
    } else {
      const auto token = tokens->find(request.access_token);
      if (!token) return no(RelayRefusal::token, CloseCode::token);
      visitor.payer = store.payer(token->owner);
      visitor.token_name = token->name;
    }
    visitor.admitted = true;
  }
  if (!wire::verify(request, visitor.binding)) return no(RelayRefusal::signature);
  return {};
}

bool is_kept(const wire::RelayAction& action) {
  return std::visit([]<class Action>(const Action&) { return kept<Action>; }, action);
}

boost::asio::awaitable<Kept> keep(Store& store, wire::RelayAction action, Payer payer,
                                  const Limits& limits, WallTime now) {
  const std::size_t weight = weight_of(action);
  if (store.waiting() + weight > Store::waiting_limit) {
    co_return Kept{refused(RelayRefusal::rate), std::nullopt};
  }
  const Jobs jobs{payer, limits, now};
  auto carry = [&]<class Action>(Action& one) -> Async<Reply> {
    if constexpr (kept<Action>) {
      return carry_out(store, std::move(one), weight, jobs);
    } else {
      std::abort();  // is_kept() was not asked
    }
  };
  auto reply = co_await std::visit(carry, action);
  if (!reply) co_return Kept{refused(RelayRefusal::store), std::move(reply.error())};
  co_return Kept{std::move(*reply), std::nullopt};
}

}  // namespace sotto::relay
