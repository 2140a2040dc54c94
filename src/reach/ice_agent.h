// Finds a path between two peers who can already exchange a few words (RFC 8445, with
// candidates as they come, RFC 8838), and watches it (RFC 7675): packets and time in, packets
// out.
//
//   gathering --set_remote()--> checking --a nominated pair works--> selected
//                                  |                                    |
//                                  +-- nothing works ----> ended <------+  no consent any more
//
// The controlling side nominates: the best pair that works once nothing better can come, or
// soon after the first one works.  The other side follows its last nomination.  Who does not
// know both sides' credentials gets no answer at all.
//
// Not here: sockets, gathering (stun_request.h, turn_client.h), TCP connections, the peer's
// data. What sends is a "base": the caller's number for a socket, a TURN client or a TCP port.
#pragma once
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "reach/ice_check_list.h"
#include "reach/ice_message.h"
#include "reach/stun_schedule.h"

namespace sotto::reach {

inline constexpr std::size_t candidates_limit = 32;  // that the peer tells
inline constexpr std::size_t reflexive_limit = 16;   // that its checks come from besides

struct IceTiming {
  milliseconds pace{20};  // Ta: between the first packets of two pairs
  // A hole is open for as long as both sides go on: said again sooner than RFC 8445 has it, and
  // given up after 13.4 s.
  StunTiming check{milliseconds(200), 7, 4, milliseconds(10'000)};
  milliseconds settle{100};           // for a better pair, once one works
  milliseconds patience{5'000};       // for the other side's checks, once ours have failed
  milliseconds give_up{30'000};       // all in all
  milliseconds consent_every{5'000};  // about; keeps NATs open as well
  milliseconds consent_again{1'000};  // while it is not answered
  milliseconds consent_for{30'000};
};

struct IceOptions {
  bool controlling = false;
  IceCredentials credentials;     // ours
  std::vector<Endpoint> refused;  // the relay, our own TURN server: see is_acceptable()
  IceTiming timing = {};
};

struct LocalCandidate {
  CandidateKind kind = CandidateKind::host;
  CandidateTransport transport = CandidateTransport::udp;
  Endpoint address;
  std::size_t base = 0;
  IpAddress base_address;            // of the socket; of a relayed one its own
  std::optional<IpAddress> server;   // that told it
  std::uint16_t preference = 8'191;  // among those like it: see candidate_priority()
};

// Over TCP the caller connects first, where there is no connection between the two yet; a TURN
// client is to permit() the address.
struct IceSend {
  std::size_t base = 0;
  CandidateTransport transport = CandidateTransport::udp;
  Endpoint to;
  Bytes bytes;
};
// Data may flow; said again when the controlling side thinks better of it.
struct IceSelected {
  std::size_t base = 0;
  Candidate local;
  Candidate remote;
  milliseconds taken{};  // since set_remote()
};
struct IceEnded {
  Error error;  // no_path, path_lost
};
using IceEvent = std::variant<IceSelected, IceEnded>;

class IceAgent {
 public:
  // `entropy` must outlive it.
  IceAgent(IceOptions options, Entropy& entropy);

  // What is to be told to the peer.  A base has one transport.
  Candidate add_local(const LocalCandidate& local);
  // A base that checks may come to, but none are begun from: one of a great many, for guesses.
  void add_guessing(const LocalCandidate& local);
  // From the peer: credentials once (and valid), candidates at any time.  False for a candidate
  // that is refused, or one too many.
  void set_remote(const IceCredentials& credentials, SteadyTime now);
  bool add_remote(const Candidate& candidate);
  // Both sides have told all.
  void end_of_candidates() { complete_ = true; }

  // A check of no pair, for ports that are guessed (port_plan.h): who receives it checks back.
  // For after set_remote().
  Bytes probe();

  // What came to a base that was added.  False when it is none of ours, but data.
  bool on_bytes(std::size_t base, const Endpoint& from, ByteView bytes, SteadyTime now);
  // A TCP connection was refused, or ended.
  void on_unreachable(std::size_t base, const Endpoint& to);
  void on_time(SteadyTime now);
  // May be in the past: on_time() is due after each of the calls above.
  std::optional<SteadyTime> next_deadline(SteadyTime now) const;

  std::vector<IceSend> take_sends() { return std::exchange(sends_, {}); }
  std::vector<IceEvent> take_events() { return std::exchange(events_, {}); }

  bool controlling() const { return controlling_; }
  bool ended() const { return ended_; }

 private:
  struct Check {
    StunTransaction transaction;
    StunSchedule schedule;
    Bytes bytes;
    bool controlling = false;  // as it says
    bool nominates = false;
  };
  struct Local {
    std::size_t base;
    Candidate candidate;
    bool guessing = false;
  };

  const Local& local_of(std::size_t base) const;
  std::string foundation_of(const LocalCandidate& local);
  Candidate candidate_of(const LocalCandidate& local);
  void pair_up(const Local& local, const Candidate& remote);
  std::optional<PairNumber> pair_of_check(std::size_t base, Candidate seen);
  IceCheck check_on(const CandidatePair& pair, bool nominates) const;
  void start_check(PairNumber number, bool nominates, SteadyTime now);
  void send(const CandidatePair& pair, Bytes bytes);
  void on_check(std::size_t base, const Endpoint& from, const StunMessage& message,
                SteadyTime now);
  bool settles_roles(const IceCheck& check, std::size_t base, const Endpoint& from,
                     const StunTransaction& transaction);
  void switch_role();
  void on_answer(std::size_t base, const Endpoint& from, const StunMessage& message,
                 SteadyTime now);
  void on_success(PairNumber number, const Check& check, SteadyTime now);
  void on_failure(PairNumber number);
  void run_checks(SteadyTime now);
  void nominate(SteadyTime now);
  void select(PairNumber number, SteadyTime now);
  void watch(SteadyTime now);
  void end(Errc code, std::string text);

  IceOptions options_;
  Entropy& entropy_;
  bool controlling_;
  std::uint64_t tie_breaker_;
  std::optional<IceCredentials> theirs_;
  std::vector<Local> locals_;
  std::map<std::string, std::string> foundations_;
  std::vector<Candidate> remotes_;
  std::size_t told_ = 0;
  std::size_t reflexive_ = 0;
  bool complete_ = false;
  bool ended_ = false;

  IceCheckList list_;
  std::map<PairNumber, Check> checks_;
  SteadyTime begun_{};
  SteadyTime next_check_{};
  std::optional<SteadyTime> first_success_;
  std::optional<PairNumber> nominating_;

  std::optional<PairNumber> selected_;
  SteadyTime next_consent_{};
  SteadyTime consent_until_{};
  std::set<StunTransaction> consent_asked_;

  std::vector<IceSend> sends_;
  std::vector<IceEvent> events_;
};

}  // namespace sotto::reach
