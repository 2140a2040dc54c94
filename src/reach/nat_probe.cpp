#include "reach/nat_probe.h"

#include <algorithm>
#include <cassert>

namespace sotto::reach {
namespace {

// At 0, 300, 900 and 2100 ms, and given up after 3.3 s: somebody waits for it, and that nothing
// comes is an answer here.
constexpr StunTiming timing{milliseconds(300), 4, 4, milliseconds(3'300)};

constexpr std::uint32_t change_address = 4;
constexpr std::uint32_t change_port = 2;

std::optional<Endpoint> mapped_in(const StunMessage& answer) {
  auto found = answer.address(StunType::xor_mapped_address);
  if (!found) found = answer.address(StunType::mapped_address);
  return found;
}

}  // namespace

NatProbe::NatProbe(ProbeOptions options, Entropy& entropy, SteadyTime now)
    : options_(std::move(options)), entropy_(entropy) {
  assert(options_.sockets.size() == probe_sockets);
  if (options_.servers.empty()) {
    phase_ = Phase::done;
    return;
  }
  ask(Subject::server, 0, options_.servers[0], now);
}

void NatProbe::ask(Subject subject, std::size_t socket, const Endpoint& to, SteadyTime now) {
  Endpoint expected = to;
  std::uint32_t change = 0;
  if (subject == Subject::from_other) {
    expected = *other_;
    change = change_address | change_port;
  } else if (subject == Subject::from_port) {
    expected = {to.address, other_->port};
    change = change_port;
  }
  const auto fill = [change](StunMessage& message) {
    if (change != 0) message.add_u32(StunType::change_request, change);
  };
  questions_.push_back(
      {subject,
       socket,
       to,
       expected,
       StunRequest(StunMethod::binding, fill, nullptr, false, entropy_, now, timing),
       {}});
  send(now);
}

void NatProbe::send(SteadyTime now) {
  for (Question& question : questions_) {
    if (!question.open) continue;
    if (auto bytes = question.request.produce(now)) {
      datagrams_.push_back({question.socket, question.to, *std::move(bytes)});
    }
  }
}

void NatProbe::on_datagram(std::size_t socket, const Endpoint& from, ByteView bytes,
                           SteadyTime now) {
  const auto message = StunMessage::decode(bytes);
  if (done() || !message || message->method() != StunMethod::binding) return;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    Question& question = questions_[i];
    if (!question.open) continue;
    if (question.subject == Subject::hairpin) {
      // Our own request, which came back.
      if (message->message_class() != StunClass::request || socket == question.socket) continue;
      const auto sent = question.request.transaction();
      if (message->transaction() == sent) {
        behaviour_.hairpins = true;
        question.open = false;
      }
      continue;
    }
    if (question.expected != question.to && from == question.to &&
        message->transaction() == question.request.transaction()) {
      // A server that does not do what it is asked says nothing about our filter.
      ignores_change_ = true;
      question.open = false;
      continue;
    }
    if (question.socket != socket || question.expected != from) continue;
    const auto answer = question.request.on_message(*message, entropy_, now);
    if (!answer) continue;
    question.open = false;
    on_answer(question, *answer, now);
    break;  // what on_answer asked may have moved them
  }
  go_on(now);
}

void NatProbe::on_answer(Question& question, const Result<StunMessage>& answer,
                         SteadyTime now) {
  if (!answer) return;
  question.mapped = mapped_in(*answer);
  if (!question.mapped) return;
  if (question.subject == Subject::server) {
    answers_.emplace_back(question.to, *question.mapped);
    const auto other = answer->address(StunType::other_address);
    // One that is not really another, or nobody's, is a server that is set up wrongly.
    if (other && is_unicast(other->address) && other->address != question.to.address &&
        other->port != question.to.port && other->port != 0 &&
        other->address.is_v4() == question.to.address.is_v4()) {
      other_ = other;
    }
  } else if (question.subject == Subject::sample && question.socket == 1) {
    ask_about_filtering(now);
  }
}

// Socket 1 has sent to A: P alone, so what comes from elsewhere came through unasked.
void NatProbe::ask_about_filtering(SteadyTime now) {
  const Endpoint server = options_.servers[server_];
  ask(Subject::from_other, 1, server, now);
  ask(Subject::from_port, 1, server, now);
}

void NatProbe::on_time(SteadyTime now) {
  if (done()) return;
  for (Question& question : questions_) {
    if (question.open && question.request.on_time(now)) question.open = false;
  }
  send(now);
  go_on(now);
}

std::optional<SteadyTime> NatProbe::next_deadline() const {
  std::optional<SteadyTime> next;
  for (const Question& question : questions_) {
    if (!question.open) continue;
    const SteadyTime own = question.request.next_deadline();
    next = next ? std::min(*next, own) : own;
  }
  return next;
}

// --- from phase to phase, when no question is open any more

void NatProbe::go_on(SteadyTime now) {
  while (!done() && std::ranges::none_of(questions_, &Question::open)) {
    switch (phase_) {
      case Phase::first:
        after_first(now);
        break;
      case Phase::behaviour:
        after_behaviour(now);
        break;
      case Phase::other_port:
        after_mapping(now);
        break;
      case Phase::hairpin:
        conclude();
        break;
      case Phase::done:
        return;
    }
  }
}

void NatProbe::after_first(SteadyTime now) {
  if (other_) return begin_behaviour(now);
  if (server_ + 1 < options_.servers.size()) {
    ++server_;
    return ask(Subject::server, 0, options_.servers[server_], now);
  }
  if (answers_.empty()) return conclude();
  // None tells another address: go on with the first that answered.
  const auto chosen = std::ranges::find(options_.servers, answers_.front().first);
  server_ = static_cast<std::size_t>(chosen - options_.servers.begin());
  begin_behaviour(now);
}

void NatProbe::begin_behaviour(SteadyTime now) {
  phase_ = Phase::behaviour;
  const Endpoint server = options_.servers[server_];
  for (const std::size_t socket : {1, 2, 3}) ask(Subject::sample, socket, server, now);
  if (other_) ask(Subject::other, 0, {other_->address, server.port}, now);
}

void NatProbe::after_behaviour(SteadyTime now) {
  phase_ = Phase::other_port;
  const auto at_server = mapped(Subject::server, 0);
  const auto at_other = mapped(Subject::other, 0);
  if (at_server && at_other && *at_server != *at_other) {
    ask(Subject::other_port, 0, *other_, now);
  }
}

void NatProbe::after_mapping(SteadyTime now) {
  phase_ = Phase::hairpin;
  if (!options_.hairpin || answers_.empty()) return;
  behaviour_.hairpins = false;
  const auto first = mapped(Subject::server, 0);
  const auto second = mapped(Subject::sample, 1);
  if (first) ask(Subject::hairpin, 1, *first, now);
  if (second) ask(Subject::hairpin, 0, *second, now);
}

// --- what it comes to

NatProbe::Question* NatProbe::find(Subject subject, std::size_t socket) {
  const auto is_it = [&](const Question& question) {
    return question.subject == subject && question.socket == socket && question.mapped &&
           (subject != Subject::server || question.to == options_.servers[server_]);
  };
  const auto found = std::ranges::find_if(questions_, is_it);
  return found == questions_.end() ? nullptr : &*found;
}

std::optional<Endpoint> NatProbe::mapped(Subject subject, std::size_t socket) {
  const Question* question = find(subject, socket);
  return question == nullptr ? std::nullopt : question->mapped;
}

void NatProbe::conclude() {
  phase_ = Phase::done;
  const auto at_server = mapped(Subject::server, 0);
  if (!at_server) return;
  NatBehaviour& out = behaviour_;
  out.answered = true;
  out.mapped = *at_server;
  out.translated = *at_server != options_.sockets[0];

  const auto at_other = mapped(Subject::other, 0);
  const auto at_other_port = mapped(Subject::other_port, 0);
  const auto elsewhere = std::ranges::find_if(answers_, [&](const auto& answer) {
    return answer.first.address != options_.servers[server_].address;
  });
  if (at_other && *at_other == *at_server) {
    out.mapping = Dependence::endpoint_independent;
  } else if (at_other && at_other_port) {
    out.mapping = *at_other == *at_other_port ? Dependence::address_dependent
                                              : Dependence::address_and_port_dependent;
  } else if (!at_other && elsewhere != answers_.end()) {
    // The finer difference does not matter to whoever wants to punch a hole.
    out.mapping = elsewhere->second == *at_server ? Dependence::endpoint_independent
                                                  : Dependence::address_and_port_dependent;
  }

  if (other_ && !ignores_change_ && mapped(Subject::sample, 1)) {
    out.filtering = find(Subject::from_other, 1) != nullptr ? Dependence::endpoint_independent
                    : find(Subject::from_port, 1) != nullptr
                        ? Dependence::address_dependent
                        : Dependence::address_and_port_dependent;
  }

  std::vector<PortSample> samples{{options_.sockets[0].port, at_server->port}};
  for (const std::size_t socket : {1, 2, 3}) {
    if (const auto seen = mapped(Subject::sample, socket)) {
      samples.push_back({options_.sockets[socket].port, seen->port});
    }
  }
  const PortsSeen seen = pattern_of(samples);
  out.ports = seen.pattern;
  out.step = seen.step;
}

}  // namespace sotto::reach
