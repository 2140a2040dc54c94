// What a running host or member tells the person or script in front of it: the events of the
// command line's contract, as values.  Rendering them (text or JSON Lines) is cli/'s.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace sotto::node {

struct RouteAddress {
  std::string kind;     // "direct"
  std::string address;  // "127.0.0.1:4711", "[::1]:4711"
};

struct ReadyEvent {
  std::string room;
  std::vector<RouteAddress> routes;
  std::optional<std::string> invite;                  // the connection file that --export wrote
  std::optional<std::string> room_id = std::nullopt;  // hex; of an open room
};

// A link to a peer stands (again).
struct LinkEvent {
  std::string fingerprint;
  std::string name;
  bool verified = false;
  std::string route;  // "direct"
  std::string address;
  std::optional<std::string> upgraded_from;
  milliseconds elapsed{};  // from the first attempt
  std::string room = {};   // by name
};

struct MemberEvent {
  std::string fingerprint;
  std::string name;
  bool verified = false;
  bool joined = false;    // else left
  std::string room = {};  // by name
};

struct MessageEvent {
  std::string id;    // hex
  std::string from;  // the author's fingerprint
  std::string name;
  bool verified = false;
  std::string text;
  WallTime time;          // the author's clock
  bool again = false;     // may have been shown before
  std::string room = {};  // by name
};

struct DeliveredEvent {
  std::string id;
};

// The host has read a message of ours.
struct ReadEvent {
  std::string id;
};

struct ProgressEvent {
  std::string task;
  std::string phase;
  std::optional<int> percent;
  std::string detail;
};

// A port of this machine leads to a service of the host.
struct ForwardEvent {
  std::string name;
  std::string address;  // "127.0.0.1:8080"
};

// Somebody's file has come.
struct FileEvent {
  std::string id;    // hex; of this sending
  std::string from;  // the sender's fingerprint
  std::string name;
  bool verified = false;
  std::string file;        // what the sender calls it: "report.pdf"
  std::string path;        // where it is, absolute
  std::uint64_t size = 0;  // bytes
  std::string room = {};   // by name
};

// Something the person should know; nothing has failed.
struct NoticeEvent {
  std::string code;
  std::string text;
};

// Something failed, the command goes on.
struct ErrorEvent {
  std::string code;
  std::string text;
};

struct ClosedEvent {
  std::string reason;
};

using Event =
    std::variant<ReadyEvent, LinkEvent, MemberEvent, MessageEvent, DeliveredEvent, ReadEvent,
                 ProgressEvent, ForwardEvent, FileEvent, NoticeEvent, ErrorEvent, ClosedEvent>;

class EventSink {
 public:
  virtual ~EventSink() = default;

  // Called on the loop's thread, which it must not keep waiting.  False when it is known
  // already that nobody will see it (a closed pipe).
  virtual bool on_event(const Event& event, WallTime now) = 0;

  // A message, which counts as shown once `shown` was called: at most once, on any thread, and
  // not after flush().
  virtual void on_message(const MessageEvent& message, WallTime now,
                          std::function<void()> shown) {
    if (on_event(message, now)) shown();
  }

  // The process is about to be confined, which holds for threads that start from then on: those
  // of the sink end, and may start again with the next event.
  virtual void pause() {}

  // The command ends: what is on its way is finished within a few seconds, or given up.
  virtual void flush() {}
};

}  // namespace sotto::node
