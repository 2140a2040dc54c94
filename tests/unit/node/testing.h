// What the tests of node/ share: profiles in folders of their own, and a sink that remembers.
#pragma once
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <mutex>
#include <string>
#include <vector>

#include "node/commands.h"
#include "node/invites.h"
#include "node/system.h"
#include "store/contacts.h"
#include "store/rooms.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"
#include "wire/connection_file.h"

namespace sotto::node {

// A profile without a passphrase, as --no-input makes one.
inline ProfileOptions profile_options(const std::filesystem::path& home,
                                      const std::string& name = "") {
  ProfileOptions out{home, [] { return Result<Secret>(Secret()); },
                     [] { return Result<Secret>(Secret()); }, name};
  out.sandbox.level = SandboxLevel::off;  // it would hold for the tests that follow, too
  return out;
}

inline FileProtection unsealed() {
  FileProtection protection;
  protection.unsealed = true;
  return protection;
}
inline FileProtection locked_by(const std::string& passphrase) {
  FileProtection protection;
  protection.passphrase = Secret(as_bytes(passphrase));
  return protection;
}
inline FileKeys passphrase_is(const std::string& passphrase) {
  return {[passphrase] { return Result<Secret>(Secret(as_bytes(passphrase))); }};
}
// For files that must open without one.
inline FileKeys no_passphrase() {
  return {[]() -> Result<Secret> { throw std::logic_error("asked for a passphrase"); }};
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Remembers events; any thread may ask.
class RecordingSink final : public EventSink {
 public:
  bool on_event(const Event& event, WallTime) override {
    const std::lock_guard lock(mutex_);
    const bool refused = refuse_messages_ && std::holds_alternative<MessageEvent>(event);
    if (!refused) events_.push_back(event);
    changed_.notify_all();
    return !refused;
  }

  // As a pipe that was closed.
  void refuse_messages() { refuse_messages_ = true; }

  // All of one kind so far.
  template <class E>
  std::vector<E> all() {
    const std::lock_guard lock(mutex_);
    return all_locked<E>();
  }

  // The `number`th of its kind, once it comes.
  template <class E>
  E wait(std::size_t number = 1) {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, patience, [&] { return all_locked<E>().size() >= number; });
    if (!came) throw std::runtime_error(std::string("no such event came: ") + typeid(E).name());
    return all_locked<E>()[number - 1];
  }

 private:
  template <class E>
  std::vector<E> all_locked() {
    std::vector<E> out;
    for (const Event& event : events_) {
      if (const auto* match = std::get_if<E>(&event)) out.push_back(*match);
    }
    return out;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
  std::atomic<bool> refuse_messages_ = false;
};

class NodeTest : public testing::Test {
 protected:
  Profile profile(const std::string& name) {
    return must(Profile::open(profile_options(dir_ / name, name)));
  }

  // A room as `sotto host` leaves it, reachable at `port` of this machine.
  static store::RoomRow add_room(Profile& host, const std::string& name,
                                 std::uint16_t port = 4711) {
    wire::Reach reach;
    reach.direct.push_back({"127.0.0.1", port});
    store::RoomRow room;
    room.id = RoomId::random(system_entropy());
    room.name = name;
    room.hosted = true;
    room.host = host.card().identity_pk;
    room.reach = wire::encode(reach);
    room.port = port;
    room.added = wall_now();
    must(store::Rooms(host.database()).put(room));
    return room;
  }

  // The path of a new connection file.
  std::string export_to(Profile& host, const std::string& room, const std::string& file,
                        FileProtection protection = unsealed(), unsigned uses = 1,
                        std::optional<milliseconds> expires_in = std::nullopt) {
    ExportOptions options;
    options.room = room;
    options.file = dir_ / file;
    options.protection = std::move(protection);
    must(write_invite(must(make_invite(host, {room, uses, expires_in})), options));
    return options.file.string();
  }

  static std::vector<std::string> room_names(Profile& of) {
    std::vector<std::string> names;
    for (const auto& row : must(store::Rooms(of.database()).all())) names.push_back(row.name);
    return names;
  }
  static std::vector<std::string> contact_names(Profile& of) {
    std::vector<std::string> names;
    for (const auto& row : must(store::Contacts(of.database()).all())) {
      names.push_back(row.name);
    }
    return names;
  }
  using Names = std::vector<std::string>;

  TempDir dir_;
};

}  // namespace sotto::node
