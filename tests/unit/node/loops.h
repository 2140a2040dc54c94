// Two profiles that meet on loopback, each with a loop of its own; the test runs them by turns
// on one thread.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "node/agent.h"
#include "node/event_json.h"
#include "node/json_fields.h"
#include "unit/node/testing.h"

namespace sotto::node {

// A profile and the process that owns it.
struct Side {
  explicit Side(Profile its_profile)
      : profile(std::move(its_profile)),
        runtime(std::make_unique<Runtime>(profile)),
        agent(std::make_unique<Agent>(*runtime)) {}
  ~Side() {
    if (runtime) runtime->store().stop();
    agent.reset();
  }

  Profile profile;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<Agent> agent;
};

// Somebody attached to it; remembers what it is told.
class Client {
 public:
  explicit Client(Side& side)
      : side_(side),
        id_(side.agent->attach([this](const std::string& method, const Json& params) {
          return on_notice(method, params);
        })) {}
  ~Client() { detach(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void detach() {
    if (attached_) side_.agent->detach(id_);
    attached_ = false;
  }
  Side& side() { return side_; }
  Agent::ClientId id() const { return id_; }

  template <class E>
  std::vector<E> all() const {
    std::vector<E> out;
    for (const Event& event : events_) {
      if (const auto* match = std::get_if<E>(&event)) out.push_back(*match);
    }
    return out;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& event : all<MessageEvent>()) {
      out.push_back((event.again ? "again " : "") + event.text);
    }
    return out;
  }
  // "+name", "-name"
  std::vector<std::string> presence() const {
    std::vector<std::string> out;
    for (const auto& event : all<MemberEvent>()) {
      out.push_back((event.joined ? "+" : "-") + event.name);
    }
    return out;
  }
  // "" for a clean end, else the error's name.
  const std::optional<std::string>& ended() const { return ended_; }

  bool shows = true;  // what it is told reaches somebody

 private:
  bool on_notice(const std::string& method, const Json& params) {
    if (method == "ended") {
      const Json* error = params.find("error");
      ended_ = error == nullptr ? "" : error_from_json(*error).name();
      return false;
    }
    if (const auto event = event_from_json(*params.find("event"))) events_.push_back(*event);
    return shows;
  }

  Side& side_;
  Agent::ClientId id_;
  bool attached_ = true;
  std::vector<Event> events_;
  std::optional<std::string> ended_;
};

class LoopsTest : public NodeTest {
 protected:
  // Runs every loop until `done()`, or fails the test.
  template <class Done>
  void until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "it did not happen";
      run_once();
    }
  }
  void run_for(milliseconds duration) {
    const auto limit = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < limit) run_once();
  }

  // What has become of a coroutine that was started.
  template <class T>
  struct Started {
    std::shared_ptr<std::optional<Result<T>>> result;
    bool ended() const { return result->has_value(); }
  };
  template <class T>
  Started<T> start(Side& side, Async<T> operation) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    boost::asio::co_spawn(side.runtime->executor(), std::move(operation),
                          [result](const std::exception_ptr& thrown, Result<T> value) {
                            if (thrown) std::rethrow_exception(thrown);
                            result->emplace(std::move(value));
                          });
    return {result};
  }
  template <class T>
  Result<T> result_of(const Started<T>& started) {
    until([&] { return started.ended(); });
    if (!started.ended()) throw std::runtime_error("the coroutine did not end");
    return std::move(**started.result);
  }
  template <class T>
  Result<T> run(Side& side, Async<T> operation) {
    return result_of(start(side, std::move(operation)));
  }

  Result<OpenedReply> host(Client& client, const std::string& room, bool once = false) {
    return run(client.side(), client.side().agent->host(client.id(), host_request(room, once)));
  }
  static HostRequest host_request(const std::string& room, bool once = false) {
    HostRequest request;
    request.room = room;
    request.bind = "127.0.0.1";
    request.once = once;
    return request;
  }
  Result<OpenedReply> join(Client& client, const TargetRequest& target,
                           milliseconds timeout = std::chrono::seconds(5)) {
    return run(client.side(), client.side().agent->join(client.id(), {copy(target), timeout}));
  }
  void leave(Client& client, const std::string& room) {
    must(client.side().agent->leave(client.id(), {room}));
  }
  void say(Client& client, const std::string& room, const std::string& text) {
    must(run(client.side(), client.side().agent->say(client.id(), {room, text})));
  }
  Started<Sent> start_send(Client& client, const TargetRequest& target, const std::string& text,
                           milliseconds timeout = std::chrono::seconds(5), bool queue = false) {
    SendRequest request;
    request.target = copy(target);
    request.texts = {text};
    request.timeout = timeout;
    request.queue = queue;
    return start(client.side(), client.side().agent->send(client.id(), std::move(request)));
  }
  Sent send(Client& client, const TargetRequest& target, const std::string& text) {
    return must(result_of(start_send(client, target, text)));
  }

  // What a connection file of `room` would bring.
  TargetRequest invite(Side& host, const std::string& room, std::uint32_t uses = 1) {
    auto& profile = host.profile;
    auto job = [&profile, room, uses](store::Database&) {
      return std::make_shared<InviteReply>(
          must(make_invite(profile, {room, uses, std::nullopt})));
    };
    auto made = must(
        run(host, host.runtime->store().run<std::shared_ptr<InviteReply>>(std::move(job))));
    TargetRequest target;
    target.content = std::move(made->content);
    return target;
  }
  static TargetRequest named(const std::string& room) {
    TargetRequest target;
    target.name = room;
    return target;
  }
  static TargetRequest copy(const TargetRequest& target) {
    TargetRequest out;
    out.name = target.name;
    out.file = target.file;
    if (target.content) out.content = target.content->copy();
    out.introduced = target.introduced;
    return out;
  }

  // True when the owner has nothing left to do; to be asked once.
  bool is_idle(Side& side) {
    const auto idle = start(side, side.agent->wait_idle());
    run_for(milliseconds(20));
    return idle.ended();
  }

  Side anna_{profile("anna")};
  Side bob_{profile("bob")};

 private:
  void run_once() {
    std::size_t ran = 0;
    for (Side* side : {&anna_, &bob_}) {
      side->runtime->loop().restart();
      ran += side->runtime->loop().poll();
    }
    if (ran == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
};

}  // namespace sotto::node
