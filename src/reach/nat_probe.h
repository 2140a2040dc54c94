// Finds out what the NAT before us does (RFC 5780 section 4): datagrams and time in, datagrams
// out. A: P is the server, A': P' the other address that it tells.
//
//   first ------> the first server that answers, from socket 0
//     | it tells A': P'
//     v
//   behaviour     socket 0 -> A': P                  mapping: the same as before?
//     |           socket 1 -> A: P, then "answer from A': P'" and "from A: P'": filtering
//     |           sockets 2 and 3 -> A: P            which ports others get
//     v
//   other_port    socket 0 -> A': P'                 mapping: the same as at A': P?
//     v
//   hairpin       sockets 0 and 1 to each other's mapped addresses, when asked for: some
//   firewalls
//     v           take it for an attack
//   done
//
// Servers of one address only tell less: with two of them, whether the mapping depends on the
// destination.
#pragma once
#include <utility>

#include "reach/nat_behaviour.h"
#include "reach/stun_request.h"

namespace sotto::reach {

inline constexpr std::size_t probe_sockets = 4;

struct ProbeOptions {
  std::vector<Endpoint> servers;  // in order; of one family
  std::vector<Endpoint> sockets;  // the local addresses of probe_sockets of them
  bool hairpin = false;
};

struct ProbeDatagram {
  std::size_t socket = 0;
  Endpoint to;
  Bytes bytes;
};

class NatProbe {
 public:
  // `entropy` must outlive it.
  NatProbe(ProbeOptions options, Entropy& entropy, SteadyTime now);

  void on_datagram(std::size_t socket, const Endpoint& from, ByteView bytes, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> next_deadline() const;  // nothing once done
  std::vector<ProbeDatagram> take_datagrams() { return std::exchange(datagrams_, {}); }

  bool done() const { return phase_ == Phase::done; }
  const NatBehaviour& behaviour() const { return behaviour_; }  // whole once done

 private:
  enum class Phase : std::uint8_t { first, behaviour, other_port, hairpin, done };
  enum class Subject : std::uint8_t {
    server,      // who are we, says the server
    other,       // says A': P
    other_port,  // says A': P'
    sample,      // says the server to another socket
    from_other,  // an answer from A': P'
    from_port,   // an answer from A: P'
    hairpin,     // none is expected
  };
  struct Question {
    Subject subject;
    std::size_t socket;
    Endpoint to;
    Endpoint expected;  // where the answer comes from
    StunRequest request;
    std::optional<Endpoint> mapped;  // what the answer says
    bool open = true;
  };

  void ask(Subject subject, std::size_t socket, const Endpoint& to, SteadyTime now);
  void send(SteadyTime now);
  void on_answer(Question& question, const Result<StunMessage>& answer, SteadyTime now);
  void ask_about_filtering(SteadyTime now);
  void go_on(SteadyTime now);
  void after_first(SteadyTime now);
  void begin_behaviour(SteadyTime now);
  void after_behaviour(SteadyTime now);
  void after_mapping(SteadyTime now);
  void conclude();
  Question* find(Subject subject, std::size_t socket);
  std::optional<Endpoint> mapped(Subject subject, std::size_t socket);

  ProbeOptions options_;
  Entropy& entropy_;
  Phase phase_ = Phase::first;
  std::size_t server_ = 0;         // that is asked, or was chosen
  std::optional<Endpoint> other_;  // A': P'
  bool ignores_change_ = false;    // answers from A: P whatever it is asked
  // Of servers of one address: who answered, and what they said.
  std::vector<std::pair<Endpoint, Endpoint>> answers_;
  std::vector<Question> questions_;
  std::vector<ProbeDatagram> datagrams_;
  NatBehaviour behaviour_;
};

}  // namespace sotto::reach
