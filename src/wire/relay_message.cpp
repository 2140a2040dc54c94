#include "wire/relay_message.h"

#include <algorithm>
#include <cassert>

#include "base/big_endian.h"
#include "relay.pb.h"
#include "wire/fields.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure request_structure{"The request to the relay", peer_cure};
constexpr Structure message_structure{"What the relay said",
                                      "Use another relay, or update sotto on both sides."};

// --- writing

struct ActionWriter {
  proto::RelayRequest& out;

  void operator()(const RelayListen& listen) const {
    out.mutable_listen()->set_slot(to_string(listen.slot.view()));
    out.mutable_listen()->set_signature(to_string(listen.signature.view()));
  }
  void operator()(const RelayOpen& open) const {
    out.mutable_open()->set_slot(to_string(open.slot.view()));
  }
  void operator()(const RelayTake& take) const {
    out.mutable_take()->set_ticket(to_string(take.ticket.view()));
  }
  void operator()(const RelayPut& put) const {
    out.mutable_put()->set_blob(to_string(put.blob));
  }
  void operator()(const RelayGet& get) const {
    out.mutable_get()->set_key(to_string(get.key.view()));
  }
  void operator()(const RelayDelete& gone) const {
    out.mutable_delete_record()->set_key(to_string(gone.key.view()));
    out.mutable_delete_record()->set_signature(to_string(gone.signature.view()));
  }
  void operator()(const RelayOpenMailbox& open) const {
    out.mutable_open_mailbox()->set_mailbox(to_string(open.mailbox.view()));
    out.mutable_open_mailbox()->set_signature(to_string(open.signature.view()));
  }
  void operator()(const RelayCloseMailbox& close) const {
    out.mutable_close_mailbox()->set_mailbox(to_string(close.mailbox.view()));
    out.mutable_close_mailbox()->set_signature(to_string(close.signature.view()));
  }
  void operator()(const RelayDeposit& deposit) const {
    proto::RelayDeposit& to = *out.mutable_deposit();
    to.set_mailbox(to_string(deposit.mailbox.view()));
    to.set_id(to_string(deposit.id.view()));
    to.set_content(to_string(deposit.content));
  }
  void operator()(const RelayFetch& fetch) const {
    proto::RelayFetch& to = *out.mutable_fetch();
    to.set_mailbox(to_string(fetch.mailbox.view()));
    to.set_signature(to_string(fetch.signature.view()));
    to.set_after(fetch.after);
  }
  void operator()(const RelayAcknowledge& acknowledge) const {
    proto::RelayAcknowledge& to = *out.mutable_acknowledge();
    to.set_mailbox(to_string(acknowledge.mailbox.view()));
    to.set_signature(to_string(acknowledge.signature.view()));
    for (const std::uint64_t number : acknowledge.numbers) to.add_numbers(number);
  }
};

struct ReplyWriter {
  proto::RelayReply& out;

  void operator()(const RelayDone&) const { out.mutable_done(); }
  void operator()(const RelaySpliced&) const { out.mutable_spliced(); }
  void operator()(const RelayRefused& refused) const {
    out.mutable_refused()->set_reason(static_cast<proto::RelayRefusal>(refused.reason));
  }
  void operator()(const RelayFound& found) const {
    out.mutable_found()->set_blob(to_string(found.blob));
  }
  void operator()(const RelayDeposits& deposits) const {
    proto::RelayDeposits& to = *out.mutable_deposits();
    for (const RelayDeposited& deposited : deposits.deposits) {
      proto::RelayDeposited& one = *to.add_deposits();
      one.set_number(deposited.number);
      one.set_id(to_string(deposited.id.view()));
      one.set_content(to_string(deposited.content));
    }
    to.set_more(deposits.more);
  }
};

struct MessageWriter {
  proto::RelayMessage& out;

  void operator()(const RelayHello& hello) const {
    out.mutable_hello()->set_version(1);
    out.mutable_hello()->set_nonce(to_string(hello.nonce.view()));
    out.mutable_hello()->set_token_wanted(hello.token_wanted);
  }
  void operator()(const RelayReply& reply) const {
    out.mutable_reply()->set_number(reply.number);
    std::visit(ReplyWriter{*out.mutable_reply()}, reply.kind);
  }
  void operator()(const RelayIncoming& incoming) const {
    out.mutable_incoming()->set_ticket(to_string(incoming.ticket.view()));
  }
};

// --- reading

Bytes read_blob(FieldReader& in, const std::string& blob) {
  in.check(blob.size() == record_blob_bytes, "record", "is not 996 bytes");
  return to_bytes(blob);
}

Bytes read_content(FieldReader& in, const std::string& content) {
  in.check(std::ranges::find(deposit_sizes, content.size()) != deposit_sizes.end(), "content",
           "has none of the four sizes of a deposit");
  return to_bytes(content);
}

template <class Proto>
crypto::Signature read_signature(FieldReader& in, const Proto& message) {
  return in.fixed<crypto::Signature>("signature", message.signature());
}

template <class Proto>
MailboxId read_mailbox(FieldReader& in, const Proto& message) {
  return in.fixed<MailboxId>("mailbox", message.mailbox());
}

RelayAction read(FieldReader& in, const proto::RelayListen& listen) {
  return RelayListen{.slot = in.fixed<SlotId>("slot", listen.slot()),
                     .signature = read_signature(in, listen)};
}

RelayAction read(FieldReader& in, const proto::RelayDelete& gone) {
  return RelayDelete{.key = in.fixed<crypto::Ed25519PublicKey>("key", gone.key()),
                     .signature = read_signature(in, gone)};
}

RelayAction read(FieldReader& in, const proto::RelayDeposit& deposit) {
  return RelayDeposit{.mailbox = read_mailbox(in, deposit),
                      .id = in.fixed<DepositId>("deposit id", deposit.id()),
                      .content = read_content(in, deposit.content())};
}

RelayAction read(FieldReader& in, const proto::RelayFetch& fetch) {
  return RelayFetch{.mailbox = read_mailbox(in, fetch),
                    .signature = read_signature(in, fetch),
                    .after = fetch.after()};
}

RelayAction read(FieldReader& in, const proto::RelayAcknowledge& acknowledge) {
  RelayAcknowledge out{.mailbox = read_mailbox(in, acknowledge),
                       .signature = read_signature(in, acknowledge),
                       .numbers = {}};
  const auto& numbers = acknowledge.numbers();
  in.check_count("number of deposits", static_cast<std::size_t>(numbers.size()),
                 acknowledged_limit);
  if (!in.failed()) out.numbers.assign(numbers.begin(), numbers.end());
  return out;
}

RelayAction read_action(FieldReader& in, const proto::RelayRequest& request) {
  switch (request.kind_case()) {
    case proto::RelayRequest::kListen:
      return read(in, request.listen());
    case proto::RelayRequest::kOpen:
      return RelayOpen{in.fixed<SlotId>("slot", request.open().slot())};
    case proto::RelayRequest::kTake:
      return RelayTake{in.fixed<RelayTicket>("ticket", request.take().ticket())};
    case proto::RelayRequest::kPut:
      return RelayPut{read_blob(in, request.put().blob())};
    case proto::RelayRequest::kGet:
      return RelayGet{in.fixed<crypto::Ed25519PublicKey>("key", request.get().key())};
    case proto::RelayRequest::kDeleteRecord:
      return read(in, request.delete_record());
    case proto::RelayRequest::kOpenMailbox:
      return RelayOpenMailbox{.mailbox = read_mailbox(in, request.open_mailbox()),
                              .signature = read_signature(in, request.open_mailbox())};
    case proto::RelayRequest::kCloseMailbox:
      return RelayCloseMailbox{.mailbox = read_mailbox(in, request.close_mailbox()),
                               .signature = read_signature(in, request.close_mailbox())};
    case proto::RelayRequest::kDeposit:
      return read(in, request.deposit());
    case proto::RelayRequest::kFetch:
      return read(in, request.fetch());
    case proto::RelayRequest::kAcknowledge:
      return read(in, request.acknowledge());
    case proto::RelayRequest::KIND_NOT_SET:
      break;
  }
  in.check(false, "kind", "is unknown");
  return {};
}

RelayDeposits read_deposits(FieldReader& in, const proto::RelayDeposits& deposits) {
  RelayDeposits out{.deposits = {}, .more = deposits.more()};
  for (const proto::RelayDeposited& deposited : deposits.deposits()) {
    out.deposits.push_back({.number = deposited.number(),
                            .id = in.fixed<DepositId>("deposit id", deposited.id()),
                            .content = read_content(in, deposited.content())});
    in.check(deposited.number() != 0, "number of a deposit", "is missing");
    if (in.failed()) break;
  }
  return out;
}

RelayReply read_reply(FieldReader& in, const proto::RelayReply& reply) {
  RelayReply out{.number = reply.number(), .kind = RelayDone()};
  in.check(reply.number() != 0, "number", "is missing");
  switch (reply.kind_case()) {
    case proto::RelayReply::kDone:
      return out;
    case proto::RelayReply::kRefused:
      out.kind =
          RelayRefused{in.choice("refusal", reply.refused().reason(), RelayRefusal::store)};
      return out;
    case proto::RelayReply::kSpliced:
      out.kind = RelaySpliced();
      return out;
    case proto::RelayReply::kFound:
      out.kind = RelayFound{read_blob(in, reply.found().blob())};
      return out;
    case proto::RelayReply::kDeposits:
      out.kind = read_deposits(in, reply.deposits());
      return out;
    case proto::RelayReply::KIND_NOT_SET:
      break;
  }
  in.check(false, "kind", "is unknown");
  return out;
}

RelayMessage read_message(FieldReader& in, const proto::RelayMessage& message) {
  switch (message.kind_case()) {
    case proto::RelayMessage::kHello:
      in.check_version(message.hello().version());
      return RelayHello{.nonce = in.fixed<RelayNonce>("nonce", message.hello().nonce()),
                        .token_wanted = message.hello().token_wanted()};
    case proto::RelayMessage::kReply:
      return read_reply(in, message.reply());
    case proto::RelayMessage::kIncoming:
      return RelayIncoming{in.fixed<RelayTicket>("ticket", message.incoming().ticket())};
    case proto::RelayMessage::KIND_NOT_SET:
      break;
  }
  in.check(false, "kind", "is unknown");
  return {};
}

// --- signing

constexpr std::string_view signing_label = "sotto relay 1";

template <class Action>
concept Owned = requires(Action action) { action.signature; };

template <Owned Action>
crypto::Ed25519PublicKey owner_of(const Action& action) {
  if constexpr (requires { action.slot; }) {
    return *crypto::Ed25519PublicKey::from(action.slot.view());
  } else if constexpr (requires { action.key; }) {
    return action.key;
  } else {
    return *crypto::Ed25519PublicKey::from(action.mailbox.view());
  }
}

// All that a signature covers after its label.
template <Owned Action>
Bytes signed_bytes(const Action& action, std::size_t index, std::uint32_t number,
                   const RelayBinding& binding) {
  Bytes out;
  append_be(out, static_cast<std::uint8_t>(index + 1));
  append(out, owner_of(action).view());
  append(out, binding.nonce.view());
  append(out, binding.spki);
  append(out, binding.exporter);
  append_be(out, number);
  if constexpr (requires { action.after; }) append_be(out, action.after);
  if constexpr (requires { action.numbers; }) {
    for (const std::uint64_t deposit : action.numbers) append_be(out, deposit);
  }
  return out;
}

}  // namespace

bool is_access_token(std::string_view text) {
  return !text.empty() && text.size() <= access_token_limit &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

Bytes encode(const RelayRequest& request) {
  proto::RelayRequest message;
  message.set_number(request.number);
  message.set_access_token(request.access_token);
  std::visit(ActionWriter{message}, request.action);
  return serialize(message);
}

Bytes encode(const RelayMessage& message) {
  proto::RelayMessage out;
  std::visit(MessageWriter{out}, message);
  return serialize(out);
}

Result<RelayRequest> decode_relay_request(ByteView bytes) {
  proto::RelayRequest message;
  FieldReader in(request_structure);
  in.parse(message, bytes, relay_request_limit);
  in.check(message.number() != 0, "number", "is missing");
  in.check_count("access token", message.access_token().size(), access_token_limit);
  in.check(message.access_token().empty() || is_access_token(message.access_token()),
           "access token", "is not made of visible ASCII characters");
  return in.finish(RelayRequest{.number = message.number(),
                                .access_token = message.access_token(),
                                .action = read_action(in, message)});
}

Result<RelayMessage> decode_relay_message(ByteView bytes) {
  proto::RelayMessage message;
  FieldReader in(message_structure);
  in.parse(message, bytes, relay_message_limit);
  return in.finish(read_message(in, message));
}

void sign(RelayRequest& request, const RelayBinding& binding,
          const crypto::Ed25519KeyPair& owner) {
  std::visit(
      [&]<class Action>(Action& action) {
        if constexpr (Owned<Action>) {
          assert(owner_of(action) == owner.public_key);
          action.signature = crypto::sign(
              owner, {as_bytes(signing_label),
                      signed_bytes(action, request.action.index(), request.number, binding)});
        } else {
          assert(!"nobody owns what this request asks for");
        }
      },
      request.action);
}

Result<void> verify(const RelayRequest& request, const RelayBinding& binding) {
  return std::visit(
      [&]<class Action>(const Action& action) -> Result<void> {
        if constexpr (Owned<Action>) {
          return crypto::verify(
              owner_of(action),
              {as_bytes(signing_label),
               signed_bytes(action, request.action.index(), request.number, binding)},
              action.signature);
        } else {
          return {};
        }
      },
      request.action);
}

}  // namespace sotto::wire
