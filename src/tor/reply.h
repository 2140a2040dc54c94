// What tor says on its control port, from bytes to whole replies (control-spec section 2.3).
//
//   reply = *( status "-" text CRLF  /  status "+" text CRLF data "." CRLF )  status " " text
//   CRLF data  = lines, where one that begins with a dot has another dot put before it
//
// A status of 6xx (650) is an event and answers no command.  Tor sends events between replies;
// a parser that meets one between the lines of a reply takes it too.  The reverse, or two
// statuses in one reply, is an error.  Bytes in, replies out: which command a reply is for, and
// how long one may take, is tor/conversation.h's.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tor/errors.h"

namespace sotto::tor {

// Longer ones are an error before they are kept.
struct ReplyLimits {
  std::size_t line_bytes = std::size_t{1} << 20;
  std::size_t lines = std::size_t{1} << 16;        // of one reply, data included
  std::size_t reply_bytes = std::size_t{4} << 20;  // of one reply, data included
};

struct ReplyLine {
  std::string text;                 // without status and line end
  std::optional<std::string> data;  // after "+": lines unstuffed, each ended by \n
};

struct Reply {
  int status = 0;
  std::vector<ReplyLine> lines;  // never empty once parsed

  bool ok() const { return status / 100 == 2; }
  bool is_event() const { return status / 100 == 6; }
  // The last line, where tor says "OK" or what is wrong.
  const std::string& last() const { return lines.back().text; }
  // What follows `prefix` ("ServiceID=") in the first line that begins with it.
  std::optional<std::string_view> find(std::string_view prefix) const;
};

class ReplyParser {
 public:
  explicit ReplyParser(ReplyLimits limits = {}) : limits_(limits) {}
  ~ReplyParser();  // wipes what it holds: replies may have keys
  ReplyParser(const ReplyParser&) = delete;
  ReplyParser& operator=(const ReplyParser&) = delete;

  // The replies that `bytes` complete, in order.  control_reply for what is none (NUL, no CRLF,
  // no status, mixed statuses), control_limit for what is over a limit; nothing may be fed
  // after an error.
  Result<std::vector<Reply>> feed(ByteView bytes);

  // Whether a line or reply has begun and not ended.
  bool partial() const { return !line_.empty() || answer_.open || event_.open; }

 private:
  // A reply as its lines come in.
  struct Draft {
    Reply reply;
    std::size_t bytes = 0;
    std::size_t line_count = 0;
    bool open = false;
  };

  Result<void> take_line(std::string_view line, std::vector<Reply>& out);
  Result<void> take_data_line(std::string_view line);
  Result<void> count(Draft& draft, std::size_t bytes) const;

  ReplyLimits limits_;
  std::string line_;  // what has come of a line that has not ended
  Draft answer_, event_;
  Draft* data_of_ = nullptr;  // set between "+" and the lone dot
};

}  // namespace sotto::tor
