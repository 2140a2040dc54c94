#include "tor/onion_command.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"

namespace sotto::tor {
namespace {

// ADD_ONION has no quoting: spaces end a word, a comma the virtual port.
bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

Result<std::string> port_word(const OnionPort& port) {
  assert(port.virtual_port != 0);
  const std::string start = "Port=" + std::to_string(port.virtual_port) + ",";
  if (const auto* loopback = std::get_if<LoopbackPort>(&port.target)) {
    return start + "127.0.0.1:" + std::to_string(loopback->port);
  }
  const std::string& path = std::get<SocketPath>(port.target).path;
  if (!can_be_told(path)) {
    return fail(Errc::control_argument,
                "The socket path \"" + displayable(path) +
                    "\" cannot be told to tor: it must be absolute and without spaces, quotes, "
                    "commas and letters with accents. Use another home.");
  }
  return start + "unix:" + path;
}

std::string flags_of(const OnionService& service) {
  std::string out;
  if (service.key) out += "DiscardPK,";  // we have it
  if (service.detach) out += "Detach,";
  if (!service.clients.empty()) out += "V3Auth,";
  if (service.max_streams) out += "MaxStreamsCloseCircuit,";
  if (out.empty()) return out;
  out.pop_back();  // the last comma
  return "Flags=" + out;
}

void add_proof_of_work(Command& command, const ProofOfWork& wanted) {
  command.word("PoWDefensesEnabled=1");
  if (wanted.queue_rate) command.word("PoWQueueRate=" + std::to_string(*wanted.queue_rate));
  if (wanted.queue_burst) command.word("PoWQueueBurst=" + std::to_string(*wanted.queue_burst));
}

void wipe_reply(Reply& reply) {
  for (ReplyLine& line : reply.lines) wipe(std::as_writable_bytes(std::span(line.text)));
}

std::unexpected<Error> not_added(const Reply& reply, const OnionService& asked) {
  const std::string& text = reply.last();
  if (reply.status == 512 && asked.proof_of_work &&
      text.contains("Unrecognized keyword argument")) {
    return fail(Errc::pow_unsupported,
                "This tor has no proof-of-work defence for services of other programs. Update "
                "it to 0.4.9.2 or later.");
  }
  if (reply.status == 550 && text.contains("collision")) {
    return fail(Errc::onion_collision,
                "Tor has an onion service with this address already, of another program or "
                "another sotto. End that one first.");
  }
  return std::unexpected(refusal(reply, "add the onion service"));
}

}  // namespace

bool can_be_told(std::string_view path) {
  return path.starts_with('/') && std::ranges::all_of(path, [](char c) {
           return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != ',' && c != '\'';
         });
}

Result<Command> add_onion(const OnionService& service) {
  assert(!service.ports.empty());
  Command out("ADD_ONION");
  if (service.key) {
    out.secret("ED25519-V3:", onion_key_blob(service.key->secret), "key");
  } else {
    out.word("NEW:ED25519-V3");
  }
  if (const std::string flags = flags_of(service); !flags.empty()) out.word(flags);
  if (service.max_streams) out.word("MaxStreams=" + std::to_string(*service.max_streams));
  if (service.proof_of_work) add_proof_of_work(out, *service.proof_of_work);
  for (const OnionPort& port : service.ports) {
    const auto word = port_word(port);
    if (!word) return std::unexpected(word.error());
    out.word(*word);
  }
  for (const crypto::X25519PublicKey& client : service.clients) {
    out.secret("ClientAuthV3=", take_secret(client_key_base32(client)), "client");
  }
  return out;
}

Result<AddedOnion> read_add_onion(Reply reply, const OnionService& asked) {
  if (!reply.ok()) return not_added(reply, asked);
  const auto id = reply.find("ServiceID=");
  auto address = id ? OnionAddress::parse_id(*id)
                    : Result<OnionAddress>(fail(Errc::control_reply, "There is none."));
  if (!address || (asked.key && address->key() != asked.key->public_key)) {
    wipe_reply(reply);
    return fail(Errc::control_reply,
                "Tor added an onion service, but did not say the address that it must have. "
                "Check that the port is tor's ControlPort.");
  }
  AddedOnion out{*address, std::nullopt};
  if (const auto key = reply.find("PrivateKey=")) out.new_key = Secret(as_bytes(*key));
  wipe_reply(reply);
  if (!asked.key && !out.new_key) {
    return fail(Errc::control_reply,
                "Tor made an onion service and did not tell its key. Check that the port is "
                "tor's ControlPort.");
  }
  return out;
}

Command del_onion(const OnionAddress& address) {
  Command out("DEL_ONION");
  out.word(address.id());
  return out;
}

Result<void> read_del_onion(const Reply& reply) {
  if (reply.status == 552) {
    return fail(Errc::onion_unknown, "Tor has no such onion service: nothing to remove.");
  }
  if (!reply.ok()) return std::unexpected(refusal(reply, "remove the onion service"));
  return {};
}

Result<Command> fetch_descriptor(const OnionAddress& address, std::string_view directory) {
  Command out("HSFETCH");
  out.word(address.id());
  if (directory.empty()) return out;
  const bool plain = std::ranges::all_of(directory, [](char c) {
    return is_letter_or_digit(c) || c == '$' || c == '~' || c == '=';
  });
  if (!plain) {
    return fail(Errc::control_argument, "\"" + displayable(directory) +
                                            "\" does not name a directory of onion services.");
  }
  out.word("SERVER=" + std::string(directory));
  return out;
}

Command client_auth_add(const OnionAddress& address, const crypto::X25519SecretKey& key) {
  Command out("ONION_CLIENT_AUTH_ADD");
  out.word(address.id());
  out.secret("", client_secret_word(key), "key");
  return out;
}

Result<ClientAuthAdded> read_client_auth_add(const Reply& reply) {
  switch (reply.status) {
    case 250:
      return ClientAuthAdded::registered;
    case 251:
      return ClientAuthAdded::replaced;
    case 252:
      return ClientAuthAdded::decrypted;
    default:
      return std::unexpected(refusal(reply, "take the key for the onion service"));
  }
}

Command client_auth_remove(const OnionAddress& address) {
  Command out("ONION_CLIENT_AUTH_REMOVE");
  out.word(address.id());
  return out;
}

Result<bool> read_client_auth_remove(const Reply& reply) {
  if (!reply.ok()) return std::unexpected(refusal(reply, "forget the key for the service"));
  return reply.status != 251;
}

}  // namespace sotto::tor
