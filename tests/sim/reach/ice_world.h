// Two people behind NATs who look for a path to each other: agents, NATs and a network that
// delays, reorders and loses.  What they tell each other goes another way, which loses nothing.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reach/ice_agent.h"
#include "reach/port_plan.h"
#include "sim/world.h"
#include "support/fake_nat.h"

namespace sotto::sim {

// As in the laboratory, by their old names.
enum class NatKind : std::uint8_t {
  open,
  full_cone,
  restricted,
  port_restricted,
  symmetric,
  counting,  // symmetric, with ports that follow each other
};
inline constexpr NatKind nat_kinds[] = {NatKind::open,       NatKind::full_cone,
                                        NatKind::restricted, NatKind::port_restricted,
                                        NatKind::symmetric,  NatKind::counting};
std::string to_string(NatKind kind);
NatRules rules_of(NatKind kind);

struct IceWeather {
  unsigned loss = 0;  // percent
  milliseconds least{5};
  milliseconds most{40};
};

class IceWorld;

class IcePerson {
 public:
  IcePerson(IceWorld& world, NatKind kind, const char* inside, const char* outside,
            bool controlling);

  // Gathers what a socket, a STUN server and, where there is one, a TURN server tell.
  void gather(bool predicts, const std::optional<reach::Endpoint>& relayed);
  void meet(const IcePerson& other);
  void hear(const reach::Candidate& candidate);
  // The birthday plan, of one side or the other.
  void open_many_sockets(const reach::Endpoint& to);
  void try_many_ports(const reach::IpAddress& nat);

  void receive(std::size_t base, const reach::Endpoint& from, const Bytes& bytes);
  void turn();  // lets the agent do what is due

  const FakeNat& nat() const { return nat_; }
  FakeNat& nat() { return nat_; }
  // Which base a packet to `to` reaches, after the NAT.
  std::optional<std::size_t> base_at(const reach::Endpoint& to, const reach::Endpoint& from);

  const std::vector<reach::Candidate>& candidates() const { return candidates_; }
  const std::optional<reach::IceSelected>& selected() const { return selected_; }
  std::string ended() const { return ended_; }
  const reach::IceAgent& agent() const { return agent_; }

  // Over what was selected, and what has come.
  void say(const std::string& text);
  const std::vector<std::string>& heard() const { return heard_; }

 private:
  void send(std::size_t base, const reach::Endpoint& to, const Bytes& bytes);
  void run_plan();

  IceWorld& world_;
  FakeNat nat_;
  bool open_;
  reach::IpAddress address_;
  reach::IceCredentials credentials_;
  reach::IceAgent agent_;
  std::vector<reach::Endpoint> sockets_;  // by base
  std::optional<std::size_t> relayed_base_;
  std::vector<reach::Candidate> candidates_;
  std::optional<reach::BirthdayPlan> plan_;
  std::optional<SteadyTime> alarm_;
  std::optional<reach::IceSelected> selected_;
  std::string ended_;
  std::vector<std::string> heard_;
};

struct IceSetting {
  NatKind anna = NatKind::open;
  NatKind ben = NatKind::open;
  IceWeather weather = {};
  bool relays = false;  // TURN, on both sides
  bool same_role = false;
  bool birthday = false;
};

class IceWorld {
 public:
  IceWorld(std::uint64_t seed, const IceSetting& setting);

  World& world() { return world_; }
  IcePerson& anna() { return anna_; }
  IcePerson& ben() { return ben_; }

  // Until both have a path or none; true when both have.
  bool run();
  // Whether each one's words arrive at the other over what they selected.
  bool can_talk();
  void cut() { cut_ = true; }

  void carry(const reach::Endpoint& from, const reach::Endpoint& to, const Bytes& bytes);

 private:
  void deliver(IcePerson& person, const reach::Endpoint& from, const reach::Endpoint& to,
               const Bytes& bytes);

  IceSetting setting_;
  World world_;
  bool cut_ = false;
  IcePerson anna_;
  IcePerson ben_;
};

}  // namespace sotto::sim
