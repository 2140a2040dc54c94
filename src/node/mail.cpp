#include "node/mail.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.h"
#include "node/agent.h"
#include "store/outbox.h"
#include "wire/connection_file.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// Before it is believed that somebody is away: a link that comes back in time costs less.
constexpr milliseconds look_after{2'000};
constexpr milliseconds first_pause{30'000};
constexpr milliseconds longest_pause{300'000};
constexpr milliseconds fetch_every{300'000};
constexpr auto look_anew_every = std::chrono::hours(24);

// A room with somebody in it for whom something waits.
struct Waiting {
  std::vector<crypto::Ed25519PublicKey> recipients;
  bool hosting = false;
  bool over_tor = false;
};

Result<Waiting> who_waits(store::Database& database, const RoomId& id) {
  const auto room = store::Rooms(database).by_id(id);
  if (!room) return std::unexpected(room.error());
  if (!*room) return Waiting();
  auto recipients = store::Outbox(database).recipients(id);
  if (!recipients) return pass(recipients);
  return Waiting{std::move(*recipients), (*room)->hosted, (*room)->tor_only};
}

}  // namespace

std::vector<std::string> relay_urls(const store::RoomRow& room) {
  std::vector<std::string> urls;
  const auto reach = wire::decode_reach(room.reach.view());
  if (!reach) return urls;
  for (const wire::RelaySlot& relay : reach->relays) urls.push_back(relay.url);
  return urls;
}

// Tells the agent what a fetch brings.
class Mail::Ear final : public MailListener {
 public:
  Ear(Agent& agent, RoomId room) : agent_(agent), room_(room) {}
  void on_mail(const room::TakenIn& taken) override { agent_.on_mail(room_, taken); }
  void on_notice(const Error& what) override { agent_.on_mail_notice(room_, what); }

 private:
  Agent& agent_;
  RoomId room_;
};

Mail::Mail(Agent& agent, OpenDesk open_desk)
    : agent_(agent), open_desk_(std::move(open_desk)), timer_(agent.runtime().executor()) {}

void Mail::start() {
  started_ = true;
  asio::co_spawn(agent_.runtime().executor(), run(), asio::detached);
}

void Mail::look(const RoomId& room) {
  if (started_ && look_by(room, timer_.now() + look_after)) timer_.wake();
}

void Mail::look_anew(const RoomId& room) {
  for (auto& [person, errand] : errands_) {
    if (person.first == room) errand.since_start.reset();
  }
  look(room);
}

// True when that is sooner than it would have been.
bool Mail::look_by(const RoomId& room, SteadyTime due) {
  const auto [at, is_new] = looks_.emplace(room, due);
  const bool sooner = is_new || due < at->second;
  at->second = std::min(at->second, due);
  return sooner;
}

void Mail::fetch(const RoomId& room) {
  if (!started_) return;
  rounds_[room].due = timer_.now();
  timer_.wake();
  look(room);
}

void Mail::open_for(const RoomId& room, const crypto::Ed25519PublicKey& peer) {
  if (!started_ || !opened_.emplace(room, peer).second) return;
  asio::co_spawn(agent_.runtime().executor(), fetch_one(room, peer), asio::detached);
}

SteadyTime Mail::next_due() const {
  SteadyTime next = SteadyTime::max();
  for (const auto& [room, due] : looks_) next = std::min(next, due);
  for (const auto& [room, round] : rounds_) {
    if (!round.under_way) next = std::min(next, round.due);
  }
  return next;
}

asio::awaitable<void> Mail::run() {
  while (true) {
    const SteadyTime now = timer_.now();
    fetch_due(now);
    std::vector<RoomId> due;
    for (const auto& [room, when] : looks_) {
      if (when <= now) due.push_back(room);
    }
    for (const RoomId& room : due) {
      looks_.erase(room);
      const auto looked = co_await look_into(room);
      if (!looked) log(LogLevel::debug, "no look at what waits: " + looked.error().text());
    }
    co_await timer_.wait_until(next_due());
  }
}

// --- ours

void Mail::fetch_due(SteadyTime now) {
  std::erase_if(rounds_, [&](const auto& one) {
    return !one.second.under_way && !agent_.is_open(one.first);
  });
  for (auto& [room, round] : rounds_) {
    if (round.under_way || round.due > now) continue;
    round.under_way = true;
    asio::co_spawn(agent_.runtime().executor(), fetch_one(room), asio::detached);
  }
}

// Nothing when the room is not open: it is not held open by what is fetched for it.
std::optional<MailboxesOf> Mail::mailboxes_of(const RoomId& id) const {
  const auto room = agent_.open_room(id);
  if (!room) return std::nullopt;
  const store::RoomRow& row = room->row();
  return MailboxesOf{.room = id,
                     .self = agent_.runtime().profile().card().identity_pk,
                     .hosting = row.hosted,
                     .over_tor = row.tor_only,
                     .relays = relay_urls(row)};
}

asio::awaitable<void> Mail::fetch_one(RoomId id, std::optional<crypto::Ed25519PublicKey> peer) {
  if (auto what = mailboxes_of(id)) {
    what->peer = peer;
    Ear ear(agent_, id);
    const auto fetched =
        co_await fetch_mail(agent_.runtime().store(), open_desk_, std::move(*what), ear);
    if (!fetched) log(LogLevel::warning, "mail was not fetched: " + fetched.error().text());
  }
  if (peer) co_return;
  const auto round = rounds_.find(id);
  if (round == rounds_.end()) co_return;
  round->second.under_way = false;
  round->second.due = timer_.now() + fetch_every;
  // What could not be left may be by now, and what was left lasts a week only.
  look(id);
  timer_.wake();
}

// --- theirs

Async<void> Mail::look_into(RoomId id) {
  auto job = [id](store::Database& database) { return who_waits(database, id); };
  const auto waiting = co_await agent_.runtime().store().run<Waiting>(std::move(job));
  if (!waiting) co_return std::unexpected(waiting.error());
  const SteadyTime now = timer_.now();
  for (const auto& recipient : waiting->recipients) {
    if (agent_.is_here(id, recipient)) continue;
    Errand& errand = errands_[{id, recipient}];
    if (errand.under_way) {
      look_by(id, now + look_after);
    } else if (errand.due > now) {
      look_by(id, errand.due);
    } else {
      errand.under_way = true;
      const room::Pair pair{id, agent_.runtime().profile().card().identity_pk, recipient,
                            waiting->hosting};
      asio::co_spawn(agent_.runtime().executor(), leave_for(pair, waiting->over_tor),
                     asio::detached);
    }
  }
  co_return Result<void>();
}

// Now and then all is looked at again: what was left lasts a week only.
std::int64_t Mail::begin_after(Errand& errand) const {
  const SteadyTime now = timer_.now();
  if (!errand.since_start || now - *errand.since_start >= look_anew_every) {
    errand.since_start = now;
    errand.looked_up_to = 0;
  }
  return errand.looked_up_to;
}

asio::awaitable<void> Mail::leave_for(room::Pair pair, bool over_tor) {
  const Person person{pair.room, pair.peer};
  const std::int64_t after = begin_after(errands_[person]);
  const auto left =
      co_await leave_mail(agent_.runtime().store(), open_desk_, pair, over_tor, after, marks_);
  Errand& errand = errands_[person];
  errand.under_way = false;
  if (left) errand.looked_up_to = left->looked_up_to;
  if (left && !left->error) {
    errand.pause = {};
    errand.due = timer_.now();
    co_return;
  }
  // Seldom worth a word: the message waits, as it did before there were relays.
  const Error& why = left ? *left->error : left.error();
  log(LogLevel::debug, "not left in a mailbox: " + why.text());
  errand.pause = std::clamp(errand.pause * 2, first_pause, longest_pause);
  errand.due = timer_.now() + errand.pause;
  look(pair.room);
}

Async<LeftMail> Mail::leave(const store::RoomRow& joined) {
  const room::Pair pair{joined.id, agent_.runtime().profile().card().identity_pk, joined.host,
                        false};
  co_return co_await leave_mail(agent_.runtime().store(), open_desk_, pair, joined.tor_only, 0,
                                marks_);
}

}  // namespace sotto::node
