#include "reach/ice_message.h"

#include <algorithm>

namespace sotto::reach {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

template <std::size_t N>
std::string random_text(Entropy& entropy) {
  std::string out;
  for (const std::byte one : entropy.bytes<N>()) {
    out += alphabet[static_cast<std::size_t>(one) % alphabet.size()];
  }
  return out;
}

bool is_text(const std::string& text, std::size_t least) {
  return text.size() >= least && text.size() <= 256 &&
         text.find_first_not_of(alphabet) == std::string::npos;
}

}  // namespace

IceCredentials IceCredentials::random(Entropy& entropy) {
  return {random_text<8>(entropy), random_text<24>(entropy)};
}

bool IceCredentials::is_valid() const {
  return is_text(name, 4) && is_text(password, 22);
}

Bytes encode_check(const IceCheck& check, const StunTransaction& transaction,
                   const IceCredentials& ours, const IceCredentials& theirs) {
  StunMessage message(StunMethod::binding, StunClass::request, transaction);
  message.add(StunType::username, theirs.name + ":" + ours.name);
  message.add_u32(StunType::priority, check.priority);
  message.add_u64(check.controlling ? StunType::ice_controlling : StunType::ice_controlled,
                  check.tie_breaker);
  if (check.nominates) message.add(StunType::use_candidate, ByteView());
  return message.encode_authentic(as_bytes(theirs.password));
}

std::optional<IceCheck> read_check(const StunMessage& message, const IceCredentials& ours,
                                   const std::optional<IceCredentials>& theirs) {
  if (message.method() != StunMethod::binding ||
      message.message_class() != StunClass::request) {
    return std::nullopt;
  }
  const auto name = message.text(StunType::username);
  const auto priority = message.u32(StunType::priority);
  const auto controlling = message.u64(StunType::ice_controlling);
  const auto controlled = message.u64(StunType::ice_controlled);
  if (!name || !priority || controlling.has_value() == controlled.has_value()) {
    return std::nullopt;
  }
  const bool ours_first = name->starts_with(ours.name + ":");
  if (!ours_first || (theirs && *name != ours.name + ":" + theirs->name)) return std::nullopt;
  if (!message.not_understood().empty()) return std::nullopt;
  if (!message.is_authentic(as_bytes(ours.password))) return std::nullopt;
  return IceCheck{*priority, controlling.has_value(), controlling ? *controlling : *controlled,
                  message.has(StunType::use_candidate)};
}

Bytes encode_check_answer(const StunTransaction& transaction, const Endpoint& from,
                          const IceCredentials& ours) {
  StunMessage message(StunMethod::binding, StunClass::success, transaction);
  message.add_address(StunType::xor_mapped_address, from);
  return message.encode_authentic(as_bytes(ours.password));
}

Bytes encode_role_conflict(const StunTransaction& transaction, const IceCredentials& ours) {
  StunMessage message(StunMethod::binding, StunClass::error, transaction);
  message.add_error(role_conflict, "Role Conflict");
  return message.encode_authentic(as_bytes(ours.password));
}

}  // namespace sotto::reach
