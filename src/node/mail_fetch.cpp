#include "node/mail_fetch.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "base/text.h"
#include "node/relay_errors.h"
#include "node/system.h"
#include "room/errors.h"
#include "store/mailboxes.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

// What is held at once of one mailbox: a relay may give without end.
constexpr std::size_t held_limit = 8 << 20;
constexpr int rounds_limit = 64;

std::string deposits(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " deposit" : " deposits");
}

// Of one mailbox only: the relay is there, and may have others.
bool is_of_one(const Error& refusal) {
  constexpr RelayErrc all[] = {RelayErrc::unknown, RelayErrc::quota, RelayErrc::signature,
                               RelayErrc::id_reused, RelayErrc::store};
  return std::ranges::any_of(all, [&](RelayErrc one) { return refusal.is(one); });
}

// A relay with this mailbox, and what it has given of it.
struct Source {
  std::string url;
  std::shared_ptr<RelayDesk> desk;
  std::uint64_t after = 0;
  bool more = true;
  std::vector<wire::RelayDeposited> given = {};
};

class Fetch {
 public:
  Fetch(StoreThread& store, OpenDesk open_desk, MailboxesOf what, MailListener& listener)
      : store_(store),
        open_desk_(std::move(open_desk)),
        what_(std::move(what)),
        listener_(listener) {}

  Async<void> run() {
    using Rows = std::shared_ptr<std::vector<store::MailboxRow>>;
    auto job = [room = what_.room,
                peer = what_.peer](store::Database& database) -> Result<Rows> {
      auto rows = store::Mailboxes(database).of(room);
      if (!rows) return pass(rows);
      if (peer) std::erase_if(*rows, [&](const auto& row) { return row.peer != *peer; });
      return std::make_shared<std::vector<store::MailboxRow>>(std::move(*rows));
    };
    const auto rows = co_await store_.run<Rows>(std::move(job));
    if (!rows) co_return std::unexpected(rows.error());
    for (const store::MailboxRow& row : **rows) {
      const auto emptied = co_await empty(row);
      if (!emptied) co_return emptied;
    }
    co_return Result<void>();
  }

 private:
  Async<void> empty(const store::MailboxRow& row) {
    const auto key = crypto::Ed25519KeyPair::from(row.own.copy());
    std::vector<Source> sources = co_await open_all(row, key);
    for (int round = 0; round < rounds_limit && !sources.empty(); ++round) {
      for (Source& source : sources) co_await collect(source, key);
      const auto progress = co_await take(row, key, sources);
      if (!progress) co_return std::unexpected(progress.error());
      const bool more = std::ranges::any_of(sources, &Source::more);
      if (!*progress || !more) break;
    }
    co_return Result<void>();
  }

  boost::asio::awaitable<std::vector<Source>> open_all(const store::MailboxRow& row,
                                                       const crypto::Ed25519KeyPair& key) {
    std::vector<std::string> urls = what_.relays;
    for (const std::string& url : row.relays) {
      if (std::ranges::find(urls, url) == urls.end()) urls.push_back(url);
    }
    if (urls.size() > wire::relays_limit) urls.resize(wire::relays_limit);
    std::vector<Source> sources;
    for (const std::string& url : urls) {
      if (unreached_.contains(url)) continue;
      wire::RelayOpenMailbox open{};
      open.mailbox = *wire::MailboxId::from(key.public_key.view());
      wire::RelayAction action = open;
      const auto opened = co_await ask(url, std::move(action), key);
      if (opened) {
        sources.push_back({.url = url, .desk = desks_[url]});
      } else {
        if (!is_of_one(opened.error())) unreached_.insert(url);
        log(LogLevel::debug,
            "no mailbox at " + displayable(url) + ": " + opened.error().text());
      }
    }
    co_return sources;
  }

  // What the relay has, as much of it as is held at once.
  Async<void> collect(Source& source, const crypto::Ed25519KeyPair& key) {
    std::size_t held = 0;
    while (source.more && held < held_limit) {
      wire::RelayFetch fetch{};
      fetch.mailbox = *wire::MailboxId::from(key.public_key.view());
      fetch.after = source.after;
      wire::RelayAction action = fetch;
      const auto answer = co_await ask(source.url, std::move(action), key);
      if (!answer) {
        source.more = false;
        if (answer.error().is(RelayErrc::protocol)) listener_.on_notice(answer.error());
        break;
      }
      const auto& page = std::get<wire::RelayDeposits>(*answer);
      // One that gave the same again and again would never end.
      for (const wire::RelayDeposited& one : page.deposits) {
        if (one.number <= source.after) {
          source.more = false;
          listener_.on_notice(
              {room::Errc::mailbox_damaged,
               "The relay " + displayable(source.desk->relay()) +
                   " gives deposits twice or in another order than it took them. They are "
                   "taken once; use another relay if it goes on."});
          co_return Result<void>();
        }
        source.after = one.number;
        held += one.content.size();
        source.given.push_back(one);
      }
      source.more = page.more && !page.deposits.empty();
    }
    co_return Result<void>();
  }

  // Commits what is whole, tells it, then acknowledges.  False when nothing moved.
  Async<bool> take(const store::MailboxRow& row, const crypto::Ed25519KeyPair& key,
                   std::vector<Source>& sources) {
    const auto contents = std::make_shared<std::vector<Bytes>>();
    for (Source& source : sources) {
      for (wire::RelayDeposited& one : source.given)
        contents->push_back(std::move(one.content));
    }
    if (contents->empty()) co_return false;
    using Taken = std::shared_ptr<room::TakenIn>;
    const room::Pair pair{what_.room, what_.self, row.peer, what_.hosting};
    auto job = [pair, mailbox = key.public_key,
                contents](store::Database& database) -> Result<Taken> {
      const std::vector<ByteView> views(contents->begin(), contents->end());
      auto taken = room::take_in(database, pair, mailbox, views, wall_now());
      if (!taken) return pass(taken);
      return std::make_shared<room::TakenIn>(std::move(*taken));
    };
    const auto taken = co_await store_.run<Taken>(std::move(job));
    if (!taken) co_return std::unexpected(taken.error());
    tell(**taken, sources);
    // Numbers of each relay, in the order of `contents`; what stays there is looked at again
    // from the beginning the next time.
    std::size_t at = 0;
    auto done = (*taken)->done.begin();
    for (Source& source : sources) {
      std::vector<std::uint64_t> numbers;
      std::vector<wire::RelayDeposited> left;
      for (std::size_t i = 0; i < source.given.size(); ++i, ++at) {
        if (done != (*taken)->done.end() && *done == at) {
          numbers.push_back(source.given[i].number);
          ++done;
        } else {
          source.given[i].content = std::move((*contents)[at]);
          left.push_back(std::move(source.given[i]));
        }
      }
      source.given = std::move(left);
      co_await acknowledge(source, key, std::move(numbers));
    }
    co_return !(*taken)->done.empty();
  }

  void tell(const room::TakenIn& taken, const std::vector<Source>& sources) {
    listener_.on_mail(taken);
    for (const Error& changed : taken.key_changes) listener_.on_notice(changed);
    std::string names;
    for (const Source& source : sources) {
      names += (names.empty() ? "" : ", ") + displayable(source.desk->relay());
    }
    if (taken.unreadable > 0) {
      listener_.on_notice({room::Errc::mailbox_damaged,
                           deposits(taken.unreadable) + " in a mailbox at " + names +
                               " could not be read: changed on the way, or left for a session "
                               "that is long over. Nothing is lost: what somebody has for you "
                               "comes again when you are both connected."});
    }
    if (taken.missing > 0) {
      // No notice: nobody here can tell a relay that keeps something back from a sender who
      // took it back, or whose words came live meanwhile.
      const Error missing(
          room::Errc::mailbox_missing,
          deposits(taken.missing) + " made before others did not come from " + names +
              ": taken back, left elsewhere, or kept there. What they say comes "
              "when you are both connected.");
      log(LogLevel::debug, missing.name() + ": " + missing.text());
    }
  }

  boost::asio::awaitable<void> acknowledge(Source& source, const crypto::Ed25519KeyPair& key,
                                           std::vector<std::uint64_t> numbers) {
    for (std::size_t i = 0; i < numbers.size(); i += wire::acknowledged_limit) {
      wire::RelayAcknowledge acknowledge{};
      acknowledge.mailbox = *wire::MailboxId::from(key.public_key.view());
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(i);
      const std::size_t count = std::min(numbers.size() - i, wire::acknowledged_limit);
      acknowledge.numbers.assign(first, first + static_cast<std::ptrdiff_t>(count));
      wire::RelayAction action = std::move(acknowledge);
      const auto answer = co_await ask(source.url, std::move(action), key);
      // It gives them again then, and they were had.
      if (!answer) co_return;
    }
  }

  // One connection to each relay for all mailboxes of the room.
  Async<RelayAnswer> ask(const std::string& url, wire::RelayAction action,
                         const crypto::Ed25519KeyPair& key) {
    auto& desk = desks_[url];
    if (!desk) {
      auto opened = open_desk_(url, what_.over_tor);
      if (!opened) co_return std::unexpected(opened.error());
      desk = std::move(*opened);
    }
    co_return co_await desk->ask(std::move(action), &key);
  }

  StoreThread& store_;
  OpenDesk open_desk_;
  MailboxesOf what_;
  MailListener& listener_;
  std::map<std::string, std::shared_ptr<RelayDesk>> desks_;
  std::set<std::string> unreached_;
};

}  // namespace

Async<void> fetch_mail(StoreThread& store, OpenDesk open_desk, MailboxesOf what,
                       MailListener& listener) {
  Fetch fetch(store, std::move(open_desk), std::move(what), listener);
  co_return co_await fetch.run();
}

}  // namespace sotto::node
