// Connectivity checks: STUN Binding requests with both sides' names, signed with the password
// of who receives them (RFC 8445 section 7).
#pragma once
#include <string>

#include "base/entropy.h"
#include "reach/stun_message.h"

namespace sotto::reach {

// What one side tells the other before any check.  Letters, digits, '+' and '/'.
struct IceCredentials {
  std::string name;      // 4 to 256 of them
  std::string password;  // 22 to 256 of them

  // 48 and 144 bits.
  static IceCredentials random(Entropy& entropy);
  bool is_valid() const;
};

struct IceCheck {
  std::uint32_t priority = 0;  // of us, if the other side sees us at a new address
  bool controlling = false;
  std::uint64_t tie_breaker = 0;
  bool nominates = false;
};

Bytes encode_check(const IceCheck& check, const StunTransaction& transaction,
                   const IceCredentials& ours, const IceCredentials& theirs);
// Nothing unless it is one to us, made by whoever knows both names and our password.
std::optional<IceCheck> read_check(const StunMessage& message, const IceCredentials& ours,
                                   const std::optional<IceCredentials>& theirs);

// The answers: where the check came from, or that both sides take themselves for the same role.
Bytes encode_check_answer(const StunTransaction& transaction, const Endpoint& from,
                          const IceCredentials& ours);
Bytes encode_role_conflict(const StunTransaction& transaction, const IceCredentials& ours);
inline constexpr int role_conflict = 487;

}  // namespace sotto::reach
