#include "cli/render_event.h"

#include "base/text.h"
#include "cli/json_line.h"

namespace sotto::cli {
namespace {

Json json_of(const char* event, WallTime now) {
  return Json().set("event", event).set("ts", to_rfc3339(now));
}

struct ToJson {
  WallTime now;

  Json operator()(const node::ReadyEvent& e) const {
    Json::Array routes;
    for (const node::RouteAddress& route : e.routes) {
      routes.push_back(Json().set("kind", route.kind).set("address", route.address));
    }
    Json out = json_of("ready", now);
    out.set("room", e.room).set("routes", std::move(routes));
    if (e.invite) out.set("invite", *e.invite);
    return out;
  }
  Json operator()(const node::LinkEvent& e) const {
    Json out = json_of("link", now);
    out.set("fingerprint", e.fingerprint).set("route", e.route).set("address", e.address);
    if (e.upgraded_from) out.set("upgraded_from", *e.upgraded_from);
    out.set("elapsed_ms", std::int64_t{e.elapsed.count()});
    return out;
  }
  Json operator()(const node::MemberEvent& e) const {
    return json_of("member", now)
        .set("fingerprint", e.fingerprint)
        .set("name", e.name)
        .set("verified", e.verified)
        .set(e.joined ? "joined" : "left", true);
  }
  Json operator()(const node::MessageEvent& e) const {
    Json out = json_of("message", now);
    out.set("id", e.id).set("from", e.from).set("name", e.name).set("text", e.text);
    if (e.again) out.set("again", true);
    return out;
  }
  Json operator()(const node::DeliveredEvent& e) const {
    return json_of("delivered", now).set("id", e.id);
  }
  Json operator()(const node::ProgressEvent& e) const {
    return json_of("progress", now)
        .set("task", e.task)
        .set("phase", e.phase)
        .set("percent", e.percent ? Json(*e.percent) : Json())
        .set("detail", e.detail);
  }
  Json operator()(const node::NoticeEvent& e) const {
    return json_of("notice", now).set("code", e.code).set("text", e.text);
  }
  Json operator()(const node::ErrorEvent& e) const {
    return json_of("error", now).set("code", e.code).set("text", e.text);
  }
  Json operator()(const node::ClosedEvent& e) const {
    return json_of("closed", now).set("reason", e.reason);
  }
};

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
    for (const node::RouteAddress& route : e.routes) {
      line += "  " + displayable(route.kind) + " " + displayable(route.address);
    }
    if (e.invite) line += "  connection file " + displayable(*e.invite);
    return data(std::move(line));
  }
  Line operator()(const node::LinkEvent& e) const {
    if (verbosity < 0) return std::nullopt;
    return aside("linked to " + displayable(e.name) + " (" + displayable(e.fingerprint) + ") " +
                 displayable(e.route) + " " + displayable(e.address) + ", " +
                 std::to_string(e.elapsed.count()) + " ms");
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
  Line operator()(const node::ProgressEvent& e) const {
    if (verbosity < 1) return std::nullopt;
    return aside(displayable(e.task) + ": " + displayable(e.phase) +
                 (e.percent ? " " + std::to_string(*e.percent) + "%" : "") +
                 (e.detail.empty() ? "" : ", " + displayable(e.detail)));
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
  return json_line(std::visit(ToJson{now}, event));
}

std::optional<EventText> event_text(const node::Event& event, WallTime now, const Style& style,
                                    int verbosity) {
  return std::visit(ToText{now, style, verbosity}, event);
}

}  // namespace sotto::cli
