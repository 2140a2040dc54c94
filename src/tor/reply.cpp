#include "tor/reply.h"

#include <algorithm>

#include "base/secret.h"
#include "base/text.h"

namespace sotto::tor {
namespace {

std::unexpected<Error> no_reply(std::string what) {
  return fail(Errc::control_reply,
              "What answers on the control port is not tor: " + std::move(what) +
                  ". Check that the port or socket is tor's ControlPort.");
}

std::unexpected<Error> over(std::string what) {
  return fail(Errc::control_limit,
              "What answers on the control port sent " + std::move(what) +
                  ", more than tor ever does. Check that the port or socket is "
                  "tor's ControlPort.");
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 2xx to 6xx; nothing for what is no status.
std::optional<int> status_of(std::string_view line) {
  if (line.size() < 4 || !std::ranges::all_of(line.substr(0, 3), is_digit)) return std::nullopt;
  const int status = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (status < 200 || status > 699) return std::nullopt;
  return status;
}

// As much of a line as an error may show.
std::string shown(std::string_view line) {
  constexpr std::size_t most = 40;
  return "\"" + displayable(line.substr(0, most)) + (line.size() > most ? "..." : "") + "\"";
}

void wipe_text(std::string& text) {
  wipe(std::as_writable_bytes(std::span(text)));
  text.clear();
}

}  // namespace

std::optional<std::string_view> Reply::find(std::string_view prefix) const {
  for (const ReplyLine& line : lines) {
    if (line.text.starts_with(prefix)) return std::string_view(line.text).substr(prefix.size());
  }
  return std::nullopt;
}

ReplyParser::~ReplyParser() {
  wipe_text(line_);
  for (Draft* draft : {&answer_, &event_}) {
    for (ReplyLine& line : draft->reply.lines) {
      wipe_text(line.text);
      if (line.data) wipe_text(*line.data);
    }
  }
}

Result<std::vector<Reply>> ReplyParser::feed(ByteView bytes) {
  std::vector<Reply> out;
  std::string_view rest = as_text(bytes);
  if (rest.contains('\0')) return no_reply("it sent a zero byte");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view part = rest.substr(0, end);
    if (line_.size() + part.size() > limits_.line_bytes) {
      return over("a line of more than " + std::to_string(limits_.line_bytes) + " bytes");
    }
    line_ += part;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
    if (!line_.ends_with('\r')) return no_reply("a line has no carriage return at its end");
    const std::string_view line = std::string_view(line_).substr(0, line_.size() - 1);
    if (line.contains('\r')) return no_reply("a line has a carriage return inside");
    const auto taken = data_of_ != nullptr ? take_data_line(line) : take_line(line, out);
    if (!taken) return std::unexpected(taken.error());
    wipe_text(line_);
  }
  return out;
}

Result<void> ReplyParser::count(Draft& draft, std::size_t bytes) const {
  draft.bytes += bytes;
  if (++draft.line_count > limits_.lines) {
    return over("a reply of more than " + std::to_string(limits_.lines) + " lines");
  }
  if (draft.bytes > limits_.reply_bytes) {
    return over("a reply of more than " + std::to_string(limits_.reply_bytes) + " bytes");
  }
  return {};
}

Result<void> ReplyParser::take_line(std::string_view line, std::vector<Reply>& out) {
  const auto status = status_of(line);
  if (!status) return no_reply("it said " + shown(line));
  const char separator = line[3];
  if (separator != ' ' && separator != '-' && separator != '+') {
    return no_reply("it said " + shown(line));
  }
  Draft& draft = *status / 100 == 6 ? event_ : answer_;
  if (&draft == &answer_ && event_.open) {
    return no_reply("an answer begins inside an event");
  }
  if (draft.open && draft.reply.status != *status) {
    return no_reply("one reply has the statuses " + std::to_string(draft.reply.status) +
                    " and " + std::to_string(*status));
  }
  if (const auto counted = count(draft, line.size()); !counted) return counted;
  draft.open = true;
  draft.reply.status = *status;
  draft.reply.lines.push_back({std::string(line.substr(4)), std::nullopt});
  if (separator == '+') {
    draft.reply.lines.back().data.emplace();
    data_of_ = &draft;
  } else if (separator == ' ') {
    out.push_back(std::move(draft.reply));
    draft = {};
  }
  return {};
}

Result<void> ReplyParser::take_data_line(std::string_view line) {
  if (line == ".") {
    data_of_ = nullptr;
    return {};
  }
  if (const auto counted = count(*data_of_, line.size() + 1); !counted) return counted;
  if (line.starts_with('.')) line.remove_prefix(1);
  std::string& data = *data_of_->reply.lines.back().data;
  data += line;
  data += '\n';
  return {};
}

}  // namespace sotto::tor
