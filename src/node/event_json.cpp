#include "node/event_json.h"

#include "node/json_fields.h"

namespace sotto::node {
namespace {

Json json_of(const char* event, WallTime now) {
  return Json().set("event", event).set("ts", to_rfc3339(now));
}

struct ToJson {
  WallTime now;

  Json operator()(const ReadyEvent& e) const {
    Json::Array routes;
    for (const RouteAddress& route : e.routes) {
      routes.push_back(Json().set("kind", route.kind).set("address", route.address));
    }
    Json out = json_of("ready", now);
    out.set("room", e.room).set("routes", std::move(routes));
    if (e.invite) out.set("invite", *e.invite);
    if (e.room_id) out.set("room_id", *e.room_id);
    return out;
  }
  Json operator()(const LinkEvent& e) const {
    Json out = json_of("link", now);
    out.set("fingerprint", e.fingerprint).set("name", e.name).set("verified", e.verified);
    out.set("route", e.route).set("address", e.address);
    if (e.upgraded_from) out.set("upgraded_from", *e.upgraded_from);
    out.set("elapsed_ms", std::int64_t{e.elapsed.count()});
    if (!e.room.empty()) out.set("room", e.room);
    return out;
  }
  Json operator()(const MemberEvent& e) const {
    Json out = json_of("member", now);
    out.set("fingerprint", e.fingerprint).set("name", e.name).set("verified", e.verified);
    out.set(e.joined ? "joined" : "left", true);
    if (!e.room.empty()) out.set("room", e.room);
    return out;
  }
  Json operator()(const MessageEvent& e) const {
    Json out = json_of("message", now);
    out.set("id", e.id).set("from", e.from).set("name", e.name).set("verified", e.verified);
    out.set("text", e.text).set("time", to_json(e.time));
    if (e.again) out.set("again", true);
    if (!e.room.empty()) out.set("room", e.room);
    return out;
  }
  Json operator()(const DeliveredEvent& e) const {
    return json_of("delivered", now).set("id", e.id);
  }
  Json operator()(const ReadEvent& e) const { return json_of("read", now).set("id", e.id); }
  Json operator()(const ProgressEvent& e) const {
    return json_of("progress", now)
        .set("task", e.task)
        .set("phase", e.phase)
        .set("percent", e.percent ? Json(*e.percent) : Json())
        .set("detail", e.detail);
  }
  Json operator()(const ForwardEvent& e) const {
    return json_of("forward", now).set("name", e.name).set("address", e.address);
  }
  Json operator()(const FileEvent& e) const {
    Json out = json_of("file", now);
    out.set("id", e.id).set("from", e.from).set("name", e.name).set("verified", e.verified);
    out.set("file", e.file).set("path", e.path).set("size", static_cast<std::int64_t>(e.size));
    if (!e.room.empty()) out.set("room", e.room);
    return out;
  }
  Json operator()(const NoticeEvent& e) const {
    return json_of("notice", now).set("code", e.code).set("text", e.text);
  }
  Json operator()(const ErrorEvent& e) const {
    return json_of("error", now).set("code", e.code).set("text", e.text);
  }
  Json operator()(const ClosedEvent& e) const {
    return json_of("closed", now).set("reason", e.reason);
  }
};

// Reads members of one object; what is missing stays as it is.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  template <class T>
  Reader& operator()(const char* name, T& out) {
    const Json* found = json_.find(name);
    if (found != nullptr && !found->is_null()) read_json(*found, out);
    return *this;
  }

 private:
  const Json& json_;
};

ReadyEvent ready_from(const Json& json) {
  ReadyEvent e;
  Reader read(json);
  read("room", e.room)("invite", e.invite)("room_id", e.room_id);
  const Json* routes = json.find("routes");
  if (routes == nullptr || routes->array() == nullptr) return e;
  for (const Json& item : *routes->array()) {
    RouteAddress& route = e.routes.emplace_back();
    Reader read_route(item);
    read_route("kind", route.kind)("address", route.address);
  }
  return e;
}

}  // namespace

Json event_to_json(const Event& event, WallTime now) {
  return std::visit(ToJson{now}, event);
}

std::optional<Event> event_from_json(const Json& json) {
  std::string kind;
  Reader read(json);
  read("event", kind);
  if (kind == "ready") return ready_from(json);
  if (kind == "link") {
    LinkEvent e;
    read("fingerprint", e.fingerprint)("name", e.name)("verified", e.verified);
    read("route", e.route)("address", e.address);
    read("upgraded_from", e.upgraded_from)("elapsed_ms", e.elapsed)("room", e.room);
    return e;
  }
  if (kind == "member") {
    MemberEvent e;
    read("fingerprint", e.fingerprint)("name", e.name)("verified", e.verified);
    read("joined", e.joined)("room", e.room);
    return e;
  }
  if (kind == "message") {
    MessageEvent e;
    read("id", e.id)("from", e.from)("name", e.name)("verified", e.verified);
    read("text", e.text)("time", e.time)("again", e.again)("room", e.room);
    return e;
  }
  if (kind == "delivered") {
    DeliveredEvent e;
    read("id", e.id);
    return e;
  }
  if (kind == "read") {
    ReadEvent e;
    read("id", e.id);
    return e;
  }
  if (kind == "progress") {
    ProgressEvent e;
    read("task", e.task)("phase", e.phase)("percent", e.percent)("detail", e.detail);
    return e;
  }
  if (kind == "forward") {
    ForwardEvent e;
    read("name", e.name)("address", e.address);
    return e;
  }
  if (kind == "file") {
    FileEvent e;
    read("id", e.id)("from", e.from)("name", e.name)("verified", e.verified);
    read("file", e.file)("path", e.path)("size", e.size)("room", e.room);
    return e;
  }
  if (kind == "notice") {
    NoticeEvent e;
    read("code", e.code)("text", e.text);
    return e;
  }
  if (kind == "error") {
    ErrorEvent e;
    read("code", e.code)("text", e.text);
    return e;
  }
  if (kind == "closed") {
    ClosedEvent e;
    read("reason", e.reason);
    return e;
  }
  return std::nullopt;
}

}  // namespace sotto::node
