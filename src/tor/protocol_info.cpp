#include "tor/protocol_info.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"
#include "tor/quoting.h"

namespace sotto::tor {
namespace {

std::unexpected<Error> no_info(const std::string& what) {
  return fail(Errc::control_reply, "Tor's control port did not say how to authenticate: " +
                                       what + ". Check that it is tor's ControlPort.");
}

Result<void> take_methods(const Arguments& arguments, ProtocolInfo& out) {
  const std::string* methods = arguments.find("METHODS");
  if (methods == nullptr) return no_info("its AUTH line has no METHODS");
  for (const auto part : std::views::split(*methods, ',')) {
    const std::string_view method(part.begin(), part.end());
    out.null |= method == "NULL";
    out.hashed_password |= method == "HASHEDPASSWORD";
    out.safe_cookie |= method == "SAFECOOKIE";
  }
  out.cookie_file = arguments.value("COOKIEFILE");
  if (out.cookie_file.contains('\0') ||
      (!out.cookie_file.empty() && !out.cookie_file.starts_with('/'))) {
    return no_info("its cookie file \"" + displayable(out.cookie_file) +
                   "\" is no absolute path");
  }
  return {};
}

}  // namespace

Command protocol_info() {
  Command out("PROTOCOLINFO");
  out.word("1");
  return out;
}

Result<ProtocolInfo> ProtocolInfo::read(const Reply& reply) {
  if (!reply.ok()) return std::unexpected(refusal(reply, "say how to authenticate"));
  ProtocolInfo out;
  bool has_version = false;
  bool has_methods = false;
  for (const ReplyLine& line : reply.lines) {
    auto arguments = Arguments::parse(line.text);
    if (!arguments) return pass(arguments);
    const std::string* keyword = arguments->word(0);
    if (keyword == nullptr) continue;
    if (*keyword == "PROTOCOLINFO") {
      const std::string* version = arguments->word(1);
      if (version == nullptr || *version != "1") return no_info("it speaks another version");
      has_version = true;
    } else if (*keyword == "AUTH") {
      if (const auto taken = take_methods(*arguments, out); !taken) {
        return std::unexpected(taken.error());
      }
      has_methods = true;
    } else if (*keyword == "VERSION") {
      out.version = displayable(arguments->value("Tor"));
    }
  }
  if (!has_version || !has_methods) return no_info("lines are missing");
  return out;
}

}  // namespace sotto::tor
