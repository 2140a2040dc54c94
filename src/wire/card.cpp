#include "wire/card.h"

#include "card.pb.h"
#include "wire/fields.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure structure{"The card", "Ask its owner for a new copy."};

crypto::Card read_fields(FieldReader& in, const proto::Card& message) {
  in.check_version(message.version());
  return {
      .identity_pk = in.fixed<crypto::Ed25519PublicKey>("identity key", message.identity_pk()),
      .static_pk = in.fixed<crypto::X25519PublicKey>("static key", message.static_pk()),
      .seal_pk = in.fixed<crypto::SealPublicKey>("seal key", message.seal_pk()),
      .name = message.name(),  // check_card() judges it
      .signature = in.fixed<crypto::Signature>("signature", message.signature())};
}

Result<crypto::Card> checked(FieldReader& in, crypto::Card card) {
  Result<crypto::Card> result = in.finish(std::move(card));
  if (!result) return result;
  if (auto genuine = crypto::check_card(*result); !genuine) return pass(genuine);
  return result;
}

}  // namespace

void write_card(const crypto::Card& card, proto::Card& out) {
  out.set_version(1);
  out.set_identity_pk(to_string(card.identity_pk.view()));
  out.set_static_pk(to_string(card.static_pk.view()));
  out.set_seal_pk(to_string(card.seal_pk.view()));
  out.set_name(card.name);
  out.set_signature(to_string(card.signature.view()));
}

Result<crypto::Card> read_card(const proto::Card& message) {
  FieldReader in(structure);
  return checked(in, read_fields(in, message));
}

Bytes encode(const crypto::Card& card) {
  proto::Card message;
  write_card(card, message);
  return serialize(message);
}

Result<crypto::Card> decode_card(ByteView bytes) {
  proto::Card message;
  FieldReader in(structure);
  in.parse(message, bytes, payload_limit);
  return checked(in, read_fields(in, message));
}

}  // namespace sotto::wire
