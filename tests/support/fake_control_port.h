// A control port that answers as tor 0.4.9 does, and misbehaves on demand: a script without a
// socket.  Text comes in as tor would read it, and what tor would write goes out; a test
// carries both.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "crypto/hmac_sha256.h"

namespace sotto {

class FakeControlPort {
 public:
  enum class Trouble {
    none,
    silence,             // takes commands and says nothing
    zero_byte,           // a NUL inside a line
    long_line,           // a megabyte without a line end
    unsolicited,         // answers twice
    interleaved,         // an event between the lines of an answer
    close_on_challenge,  // hangs up instead of answering AUTHCHALLENGE
    forged_hash,         // a SERVERHASH by who does not know the cookie
    bad_status,          // letters where the status should be
    mixed_statuses,      // 250- and then 552
    half_reply,          // hangs up in the midst of an answer
  };

  Trouble trouble = Trouble::none;
  std::string methods = "COOKIE,SAFECOOKIE,HASHEDPASSWORD";
  std::string cookie_file = "/run/tor/control.authcookie";
  Bytes cookie = Bytes(32, std::byte{7});
  std::string password = "open sesame";
  bool has_proof_of_work = true;
  std::string service_id;                      // what ADD_ONION tells
  std::map<std::string, std::string> answers;  // by keyword, instead of tor's
  // The same as a function of keyword and rest, asked once authenticated; nothing: tor's.
  std::function<std::optional<std::string>(const std::string&, const std::string&)> custom;

  bool authenticated = false;
  bool closed = false;
  std::vector<std::string> commands;  // as they came

  // What tor would write after reading `bytes`, whole lines at a time.
  std::string take(ByteView bytes) {
    pending_ += as_text(bytes);
    std::string out;
    for (std::size_t end; !closed && (end = pending_.find("\r\n")) != std::string::npos;) {
      const std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 2);
      commands.push_back(line);
      out += misbehave(line);
    }
    return out;
  }

 private:
  static std::string upper_hex(ByteView bytes) {
    std::string out = to_hex(bytes);
    std::ranges::transform(out, out.begin(), [](char c) {
      return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
  }

  std::string misbehave(const std::string& line) {
    std::string right = answer(line);
    switch (trouble) {
      case Trouble::silence:
        return "";
      case Trouble::zero_byte:
        return std::string("250 O\0K\r\n", 9);
      case Trouble::long_line:
        return "250 " + std::string(std::size_t{1} << 20, 'x');
      case Trouble::unsolicited:
        return right + "250 OK\r\n";
      case Trouble::interleaved: {
        const std::size_t first = right.find("\r\n") + 2;
        return "650 SIGNAL ACTIVE\r\n" + right.substr(0, first) +
               "650 NETWORK_LIVENESS UP\r\n" + right.substr(first);
      }
      case Trouble::bad_status:
        return "OK \r\n";
      case Trouble::mixed_statuses:
        return "250-version=1\r\n552 Unrecognized key\r\n";
      case Trouble::half_reply:
        closed = true;
        return right.substr(0, right.size() / 2);
      default:
        return right;
    }
  }

  std::string answer(const std::string& line) {
    const std::string keyword = line.substr(0, line.find(' '));
    const std::string rest =
        line.size() > keyword.size() ? line.substr(keyword.size() + 1) : "";
    if (const auto own = answers.find(keyword); own != answers.end()) return own->second;
    if (keyword == "PROTOCOLINFO") {
      return "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=" + methods + " COOKIEFILE=\"" +
             cookie_file + "\"\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n";
    }
    if (keyword == "AUTHCHALLENGE") return challenge(rest);
    if (keyword == "AUTHENTICATE") return authenticate(rest);
    if (!authenticated) {
      closed = true;
      return "514 Authentication required.\r\n";
    }
    if (custom) {
      if (const auto own = custom(keyword, rest)) return *own;
    }
    if (keyword == "ADD_ONION") return add_onion(rest);
    if (keyword == "DEL_ONION") {
      return rest == service_id ? "250 OK\r\n" : "552 Unknown Onion Service id\r\n";
    }
    if (keyword == "GETINFO") {
      return "250-version=0.4.9.11\r\n250+circuit-status=\r\n1 BUILT\r\n..dot\r\n.\r\n250 "
             "OK\r\n";
    }
    static const std::vector<std::string> known{"SETEVENTS",
                                                "TAKEOWNERSHIP",
                                                "RESETCONF",
                                                "SETCONF",
                                                "SIGNAL",
                                                "ONION_CLIENT_AUTH_ADD",
                                                "ONION_CLIENT_AUTH_REMOVE"};
    if (std::ranges::find(known, keyword) != known.end()) return "250 OK\r\n";
    return "510 Unrecognized command \"" + keyword + "\"\r\n";
  }

  std::string challenge(const std::string& rest) {
    if (trouble == Trouble::close_on_challenge) {
      closed = true;
      return "";
    }
    const auto nonce = from_hex(rest.substr(rest.find(' ') + 1));
    if (!nonce) return "513 Invalid base16 client nonce\r\n";
    client_nonce_ = *nonce;
    const Bytes known = trouble == Trouble::forged_hash ? Bytes(32, std::byte{0}) : cookie;
    return "250 AUTHCHALLENGE SERVERHASH=" +
           upper_hex(crypto::hmac_sha256(
               as_bytes("Tor safe cookie authentication server-to-controller hash"),
               {known, client_nonce_, server_nonce_})) +
           " SERVERNONCE=" + upper_hex(server_nonce_) + "\r\n";
  }

  std::string authenticate(const std::string& rest) {
    const auto given = from_hex(rest).value_or(Bytes());
    const auto expected = crypto::hmac_sha256(
        as_bytes("Tor safe cookie authentication controller-to-server hash"),
        {cookie, client_nonce_, server_nonce_});
    authenticated = std::ranges::equal(given, expected) ||
                    (!password.empty() && as_text(given) == password) ||
                    (methods.contains("NULL") && rest.empty());
    if (authenticated) return "250 OK\r\n";
    closed = true;
    return "515 Authentication failed: Wrong length on authentication cookie.\r\n";
  }

  std::string add_onion(const std::string& rest) const {
    const bool clients = rest.contains("ClientAuthV3=");
    const bool flag = rest.contains("V3Auth,") || rest.contains("V3Auth ");
    if (!has_proof_of_work && rest.contains("PoWDefensesEnabled")) {
      return "512 Bad arguments to ADD_ONION: Unrecognized keyword argument "
             "\"PoWDefensesEnabled\"\r\n";
    }
    if (clients && !flag) return "512 No auth type specified\r\n";
    if (flag && !clients) return "512 No auth clients specified\r\n";
    std::string out = "250-ServiceID=" + service_id + "\r\n";
    if (rest.starts_with("NEW:")) out += "250-PrivateKey=ED25519-V3:c2VjcmV0\r\n";
    return out + "250 OK\r\n";
  }

  std::string pending_;
  Bytes client_nonce_;
  Bytes server_nonce_ = Bytes(32, std::byte{9});
};

}  // namespace sotto
