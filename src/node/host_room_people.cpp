// Who is in a hosted room: coming, staying away for a moment, going, and what each is told.
#include "base/log.h"
#include "node/host_room_member.h"
#include "node/presence.h"
#include "room/membership.h"

namespace sotto::node {

bool HostRoom::is_present(const crypto::Ed25519PublicKey& identity, const Member* but) const {
  for (const auto& [id, member] : members_) {
    if (member.get() != but && member->purpose == wire::Purpose::enter &&
        member->contact.identity_pk == identity) {
      return true;
    }
  }
  return false;
}

// Tells the members who are here that `who` has come or gone.
void HostRoom::announce(const Member& who, bool here) {
  for (const auto& [id, other] : members_) {
    if (other.get() != &who && other->purpose == wire::Purpose::enter &&
        other->contact.identity_pk != who.contact.identity_pk) {
      other->conversation->announce(who.card, here);
    }
  }
}

void HostRoom::enter(const std::shared_ptr<Member>& member) {
  if (member->purpose != wire::Purpose::enter) return;
  const bool was_here = is_present(member->contact.identity_pk, member.get());
  for (auto at = members_.begin(); at != members_.end();) {
    const auto other = (at++)->second;
    if (other == member || other->purpose != wire::Purpose::enter) continue;
    if (other->contact.identity_pk == member->contact.identity_pk) {
      // Whoever comes anew has forgotten the session before.
      other->say_goodbye(wire::GoodbyeReason::replaced);
      members_.erase(other->session.id());
    } else {
      member->conversation->announce(other->card, true);
    }
  }
  if (ends_at_) {
    member->conversation->warn_of_end(
        std::chrono::duration_cast<milliseconds>(*ends_at_ - std::chrono::steady_clock::now()));
  }
  if (was_here) return;
  announce(*member, true);
  events_->on_member(member->contact, true);
}

void HostRoom::linger(const std::shared_ptr<Member>& member) {
  member->lingering.expires_after(parameters_.linger);
  auto expire = [weak = weak_from_this(),
                 id = member->session.id()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self) self->drop(id);
  };
  member->lingering.async_wait(std::move(expire));
}

void HostRoom::drop(const SessionId& id) {
  const auto at = members_.find(id);
  if (at == members_.end()) return;
  const auto member = at->second;
  members_.erase(at);
  if (member->purpose != wire::Purpose::enter ||
      is_present(member->contact.identity_pk, member.get())) {
    return;
  }
  announce(*member, false);
  events_->on_member(member->contact, false);
}

void HostRoom::pass_on(const wire::VerificationStep& step,
                       const std::optional<crypto::Hash64>& binding) {
  for (const auto& [id, member] : members_) {
    if (member->contact.identity_pk != step.to) continue;
    if (binding && *binding != member->binding) continue;
    member->conversation->pass_on(step);
  }
}

void HostRoom::pump_all() {
  for (const auto& [id, member] : members_) member->conversation->pump();
}

void HostRoom::requeued(std::int64_t seq) {
  for (const auto& [id, member] : members_) member->conversation->requeued(seq);
}

void HostRoom::tell_read(const crypto::Ed25519PublicKey& author) {
  for (const auto& [id, member] : members_) {
    if (member->contact.identity_pk == author) member->conversation->tell_read();
  }
}

// --- people

void HostRoom::dismiss(const crypto::Ed25519PublicKey& who) {
  std::vector<std::shared_ptr<Member>> theirs;
  for (const auto& [id, member] : members_) {
    if (member->contact.identity_pk == who) theirs.push_back(member);
  }
  for (const auto& member : theirs) {
    member->conversation->mute();
    member->say_goodbye(wire::GoodbyeReason::removed);
    drop(member->session.id());
  }
}

void HostRoom::update(const store::ContactRow& who) {
  for (const auto& [id, member] : members_) {
    if (member->contact.identity_pk == who.identity_pk) member->contact = who;
  }
}

std::vector<store::ContactRow> HostRoom::present() const {
  std::vector<store::ContactRow> out;
  for (const auto& [id, member] : members_) {
    if (member->purpose == wire::Purpose::enter) out.push_back(member->contact);
  }
  return out;
}

std::map<crypto::Ed25519PublicKey, std::string> HostRoom::routes() const {
  std::map<crypto::Ed25519PublicKey, std::string> out;
  for (const auto& [id, member] : members_) {
    if (member->purpose == wire::Purpose::enter) {
      out.insert_or_assign(member->contact.identity_pk, member->route);
    }
  }
  return out;
}

std::vector<HostRoom::Presence> HostRoom::presence() {
  std::vector<Presence> out;
  std::size_t measured = 0;
  for (const auto& [id, member] : members_) {
    if (member->purpose != wire::Purpose::enter) continue;
    Presence& one =
        out.emplace_back(Presence{member->contact, member->link != nullptr, {}, {}, {}});
    if (!one.linked) continue;
    one.route = member->route;
    one.address = member->address;
    one.round_trip = member->link->round_trip();
    if (measured == round_trips_limit) continue;
    ++measured;
    if (member->link->measure(member->timer->now(), round_trip_age)) member->timer->wake();
  }
  return out;
}

void HostRoom::warn_of_end(milliseconds left) {
  for (const auto& [id, member] : members_) {
    if (member->purpose == wire::Purpose::enter) member->conversation->warn_of_end(left);
  }
}

void HostRoom::note_last_seen(const Member& member) {
  auto job = [room = parameters_.room, who = member.contact.identity_pk,
              now = wall_now()](store::Database& database) {
    return room::note_last_seen(database, room, who, now);
  };
  auto done = [](const Result<void>& noted) {
    if (!noted) log(LogLevel::debug, "not noted who was seen: " + noted.error().text());
  };
  runtime_.store().post(std::move(job), std::move(done));
}

}  // namespace sotto::node
