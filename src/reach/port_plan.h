// Ports to try where a NAT gives each destination another one ("symmetric"): those that a
// counting NAT will give next, and a great many at once where it draws them.  Pure: what is
// sent, and when.
#pragma once
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "base/time.h"
#include "reach/endpoint.h"

namespace sotto::reach {

// Where a NAT that counts by `step` and showed `last` to a STUN server will show us next,
// `count` times.  To be told as candidates in the place of `last`, which leads nowhere, and to
// be asked for right before: others' traffic takes ports as well.  Ports below 1024 are left
// out, as NATs do.
std::vector<Endpoint> predict(const Endpoint& last, int step, std::size_t count);

// Two sides, one of whose NATs draws its ports: that one opens many sockets and sends from each
// to the other's one address; the other sends to many ports of the NAT.  With 256 and 1024 of
// them, one meets another in 98 of 100 tries (1 - (1 - 256 / 64512)^1024).
//
// A home router may run out of memory for it: only when somebody asked for it, once a peer, and
// never two at a time (BirthdayLimit).
struct BirthdayOptions {
  std::size_t sockets = 256;
  std::size_t probes = 1024;
  std::size_t batch = 16;
  milliseconds every{10};
};
struct BirthdayProbe {
  std::size_t socket = 0;
  Endpoint to;
};

class BirthdayPlan {
 public:
  // Of the side with the many sockets, and of the other.
  static BirthdayPlan from_many_sockets(const Endpoint& to, const BirthdayOptions& options,
                                        SteadyTime now);
  static BirthdayPlan to_many_ports(const IpAddress& nat, const BirthdayOptions& options,
                                    Entropy& entropy, SteadyTime now);

  // What is to be sent now: a batch at most, however late.
  std::vector<BirthdayProbe> produce(SteadyTime now);
  std::optional<SteadyTime> next_deadline() const;  // nothing once all were sent

 private:
  BirthdayPlan(std::vector<BirthdayProbe> probes, const BirthdayOptions& options,
               SteadyTime now)
      : probes_(std::move(probes)), options_(options), next_(now) {}

  std::vector<BirthdayProbe> probes_;
  BirthdayOptions options_;
  std::size_t sent_ = 0;
  SteadyTime next_;
};

// Who may be tried now.
class BirthdayLimit {
 public:
  // `peer`: any name that stays the same.  True once for each, and a minute after the last.
  bool allows(const std::string& peer, SteadyTime now);

 private:
  std::set<std::string> tried_;
  std::optional<SteadyTime> last_;
};

}  // namespace sotto::reach
