// What our own tor is configured with: the template torrc/client.torrc.in, filled.
//
// A name between @s stands for a value in the template, alone on its line for a block of lines.
// Nothing that is filled in can add a line of its own: paths are quoted as tor reads them, what
// a person wrote is checked.  The result is for a file that only its owner can read.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tor/bridge.h"

namespace sotto::tor {

inline constexpr std::size_t socket_path_limit = 107;  // bytes, as sockaddr_un has it

struct TorrcValues {
  std::string data_directory;
  std::string cookie_file;
  std::string control_socket;
  std::string socks_socket;
  std::string log_file;
  std::int64_t owner = 0;  // the process with which tor ends
  bool network = true;     // false: DisableNetwork 1, tor talks to nobody
  std::vector<Bridge> bridges;
  std::vector<TransportPlugin> plugins;
  std::vector<std::string> extra;  // from --torrc-include, each through check_extra_line()
};

// The torrc.  torrc_path for a path that is relative, holds control characters or is too long
// for a socket; bridge_transport; errors of check_extra_line().
Result<std::string> make_torrc(const TorrcValues& values);

// Whether a line of an include file may stand in our torrc: comments and empty lines may.
// torrc_line for control characters, a backslash at the end, or what is no option with a value;
// torrc_option for %include and for what is ours to set or would give anonymity up, in any
// spelling that tor takes (case, +, /, unambiguous abbreviations).
Result<void> check_extra_line(std::string_view line);

// The lines of an include file's text, each checked; the error names the line's number.
// torrc_line for more than 64 KiB.
Result<std::vector<std::string>> read_extra_lines(std::string_view text);

// The words behind the program's name that start tor on `torrc_path` and nothing else: no
// system-wide defaults.
std::vector<std::string> tor_arguments(const std::string& torrc_path);

// `path` as a quoted value of a torrc.  torrc_path.
Result<std::string> quoted_path(std::string_view path);

// torrc/client.torrc.in, which the build puts into the program.
std::string_view client_torrc_template();

}  // namespace sotto::tor
