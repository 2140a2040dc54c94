#include "cli/render_event.h"

#include "base/text.h"
#include "cli/json_line.h"
#include "node/event_json.h"
#include "node/file_words.h"

namespace sotto::cli {
namespace {

EventText data(std::string line) {
  return {std::move(line) + "\n", true};
}
EventText aside(std::string line) {
  return {std::move(line) + "\n", false};
}

struct ToText {
  WallTime now;
  const Style& style;
  int verbosity;
  using Line = std::optional<EventText>;

  Line operator()(const node::ReadyEvent& e) const {
    std::string line = "room " + bold(displayable(e.room), style);
    if (e.room_id) line += "  id " + displayable(*e.room_id);
    for (const node::RouteAddress& route : e.routes) {
      line += "  " + displayable(route.kind) + " " + displayable(route.address);
    }
    if (e.invite) line += "  connection file " + displayable(*e.invite);
    return data(std::move(line));
  }
  Line operator()(const node::LinkEvent& e) const {
    if (verbosity < 0) return std::nullopt;
    return aside("linked to " + speaker(e.name, e.fingerprint, e.verified, style) + " (" +
                 displayable(e.fingerprint) + ") " + displayable(e.route) + " " +
                 displayable(e.address) + ", " + std::to_string(e.elapsed.count()) + " ms");
  }
  Line operator()(const node::MemberEvent& e) const {
    return data(faint(clock_time(now, now), style) + " * " +
                speaker(e.name, e.fingerprint, e.verified, style) + " (" +
                displayable(e.fingerprint) + ") " + (e.joined ? "joined" : "left"));
  }
  Line operator()(const node::MessageEvent& e) const {
    return data(faint(clock_time(e.time, now), style) + " " +
                speaker(e.name, e.from, e.verified, style) + ": " + body(e.text) +
                (e.again ? faint("  (perhaps shown before)", style) : ""));
  }
  Line operator()(const node::DeliveredEvent& e) const {
    if (verbosity < 1) return std::nullopt;
    return aside("delivered " + displayable(e.id));
  }
  Line operator()(const node::ReadEvent& e) const {
    if (verbosity < 1) return std::nullopt;
    return aside("read " + displayable(e.id));
  }
  Line operator()(const node::ProgressEvent& e) const {
    // That nothing has come of it yet is for everybody to know.
    const bool trouble = e.phase == "retrying" || e.phase == "reconnecting";
    if (verbosity < (trouble ? 0 : 1)) return std::nullopt;
    return aside(displayable(e.task) + ": " + displayable(e.phase) +
                 (e.percent ? " " + std::to_string(*e.percent) + "%" : "") +
                 (e.detail.empty() ? "" : ", " + displayable(e.detail)));
  }
  Line operator()(const node::ForwardEvent& e) const {
    return data(displayable(e.address) + " leads to the service " + displayable(e.name) +
                " of the host");
  }
  Line operator()(const node::FileEvent& e) const {
    return data(faint(clock_time(now, now), style) + " " +
                speaker(e.name, e.from, e.verified, style) + " sent " + displayable(e.file) +
                " (" + node::size_text(e.size) + ") -> " + displayable(e.path));
  }
  Line operator()(const node::NoticeEvent& e) const {
    if (verbosity < 0) return std::nullopt;
    return aside("sotto: " + displayable(e.text) + " [" + displayable(e.code) + "]");
  }
  Line operator()(const node::ErrorEvent& e) const {
    return aside("sotto: " + displayable(e.text) + " [" + displayable(e.code) + "]");
  }
  Line operator()(const node::ClosedEvent& e) const {
    if (verbosity < 0) return std::nullopt;
    return aside("closed: " + displayable(e.reason));
  }
};

}  // namespace

std::string event_json(const node::Event& event, WallTime now) {
  return json_line(node::event_to_json(event, now));
}

std::optional<EventText> event_text(const node::Event& event, WallTime now, const Style& style,
                                    int verbosity) {
  return std::visit(ToText{now, style, verbosity}, event);
}

}  // namespace sotto::cli
