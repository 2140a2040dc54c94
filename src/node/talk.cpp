// The commands that speak to a peer: `host`, `join`, `send`.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "base/text.h"
#include "node/commands.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/event_json.h"
#include "node/front.h"
#include "node/invites.h"
#include "node/json_fields.h"
#include "node/local_owner.h"
#include "node/messages.h"
#include "node/open_target.h"
#include "node/rpc_client.h"
#include "node/rpc_server.h"
#include "node/system.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

// Beyond its own limit, what an owner may take to say that a send has failed.
constexpr milliseconds owner_slack{15'000};

// Writes the connection file that --export asks for, once the room is open.
auto exporter(Owner& owner, const ExportOptions& options) {
  return [&owner, &options](ReadyEvent& ready, std::function<void(Result<void>)> done) {
    ready.invite = options.file.string();
    auto write = [&owner, &options, done = std::move(done)](const Result<Json>& reply) {
      const auto invite = reply ? from_json<InviteReply>(*reply)
                                : Result<InviteReply>(std::unexpected(reply.error()));
      if (!invite) return done(std::unexpected(invite.error()));
      const auto written = write_invite(*invite, options);
      if (!written) {
        owner.call("withdraw", to_json(InviteIdRequest{invite->invite}),
                   [](const Result<Json>&) {});
      }
      done(written);
    };
    owner.call(
        "invite",
        to_json(InviteRequest{options.room, options.uses, options.expires_in, options.allow}),
        std::move(write));
  };
}

Error signal_error(int signal) {
  return signal == SIGINT ? Error(Errc::interrupted, "Interrupted.")
                          : Error(Errc::terminated, "Terminated.");
}

// Runs a front end before an owner that is another process.
Result<void> run_front(RpcClient& owner, EventSink& sink, Front::Parameters parameters,
                       const ExportOptions* export_file) {
  if (export_file != nullptr) parameters.on_ready = exporter(owner, *export_file);
  Front front(owner.loop(), owner, sink, std::move(parameters));
  std::optional<Result<void>> ended;
  front.start([&](Result<void> result) {
    ended = std::move(result);
    owner.loop().stop();
  });
  owner.loop().restart();
  owner.loop().run();
  return ended ? *ended : Result<void>();
}

// Owns the profile, serves its socket and runs a front end before itself; goes on after the
// front end has left until the last client has.
Result<void> own_and_run(Profile& profile, EventSink& sink, Front::Parameters parameters,
                         const ExportOptions* export_file) {
  auto lock = store::OwnerLock::take(profile.home());
  if (!lock) return pass(lock);
  Runtime runtime(profile);
  std::optional<Result<void>> ended;
  {
    Agent agent(runtime);
    auto server = RpcServer::start(agent, profile.home());
    if (!server) return pass(server);
    LocalOwner owner(agent);
    if (export_file != nullptr) parameters.on_ready = exporter(owner, *export_file);
    Front front(runtime.loop(), owner, sink, std::move(parameters));
    front.start([&](Result<void> result) {
      ended = std::move(result);
      boost::asio::co_spawn(
          runtime.executor(), agent.wait_idle(),
          [&](const std::exception_ptr&, const Result<void>&) { runtime.loop().stop(); });
    });
    runtime.loop().run();
    runtime.store().stop();
  }
  return ended ? *ended : Result<void>();
}

// Sends without owning the profile: another process may do the same meanwhile.
Result<Sent> send_alone(Profile& profile, SendRequest request, EventSink& sink) {
  Runtime runtime(profile);
  std::optional<Result<Sent>> sent;
  std::optional<int> signal;
  {
    Agent agent(runtime);
    const auto client = agent.attach([&sink](const std::string&, const Json& params) {
      const Json* json = params.find("event");
      const auto event = json == nullptr ? std::nullopt : event_from_json(*json);
      if (event) sink.on_event(*event, wall_now());
      return false;
    });
    boost::asio::signal_set signals(runtime.loop(), SIGINT, SIGTERM, SIGHUP);
    signals.async_wait([&](const boost::system::error_code& error, int number) {
      if (error) return;
      signal = number;
      agent.close_all();
    });
    auto leave = [&](const std::exception_ptr&, Result<Sent> result) {
      sent = std::move(result);
      agent.detach(client);
      agent.close_all();
      boost::asio::co_spawn(
          runtime.executor(), agent.wait_idle(),
          [&](const std::exception_ptr&, const Result<void>&) { runtime.loop().stop(); });
    };
    boost::asio::co_spawn(runtime.executor(), agent.send(client, std::move(request)),
                          std::move(leave));
    runtime.loop().run();
    runtime.store().stop();
  }
  if (signal && sent && *sent && (*sent)->status != "delivered")
    (*sent)->error = signal_error(*signal);
  return std::move(*sent);
}

Result<void> run_in_room(Access& access, EventSink& sink, Front::Parameters parameters,
                         const ExportOptions* export_file) {
  if (access.owner() != nullptr)
    return run_front(*access.owner(), sink, std::move(parameters), export_file);
  return own_and_run(*access.profile(), sink, std::move(parameters), export_file);
}

// What the word means; an open room's host has been confirmed then.
template <class Options>
Result<TargetRequest> find_target(Access& access, const Options& options, EventSink& sink) {
  const auto ask = [&access](const NameRequest& asked) -> Result<std::optional<std::string>> {
    const auto reply = access.ask<KnownReply, NameRequest, known>("known", asked);
    if (!reply) return std::unexpected(reply.error());
    return reply->known ? std::optional(reply->name) : std::nullopt;
  };
  auto target = prepare_target(ask, options.target, options.keys);
  if (!target) return target;
  target->fingerprint = options.expected_fingerprint;
  if (target->open) {
    auto settled = settle_open_target(access, *target->open, options.open,
                                      options.expected_fingerprint, options.timeout, sink);
    if (!settled) return pass(settled);
  }
  return target;
}

}  // namespace

Result<void> host(Access& access, const HostOptions& options, EventSink& sink) {
  if (options.export_file) {
    const auto writable = check_writable(options.export_file->file, options.export_file->force);
    if (!writable) return writable;
    if (auto checked = check_protection(options.export_file->protection); !checked) {
      return checked;
    }
  }
  HostRequest request{options.room,        options.bind, options.port, options.port_range,
                      options.max_members, options.once, options.open};
  if (options.password) request.password = options.password->copy();
  request.ttl = options.ttl;
  Front::Parameters parameters{"host", to_json(request), options.input, false, {}};
  return run_in_room(access, sink, std::move(parameters),
                     options.export_file ? &*options.export_file : nullptr);
}

Result<void> join(Access& access, const JoinOptions& options, EventSink& sink) {
  auto target = find_target(access, options, sink);
  if (!target) return pass(target);
  const JoinRequest request{std::move(*target), options.timeout};
  return run_in_room(access, sink, {"join", to_json(request), options.input, true, {}},
                     nullptr);
}

Result<Sent> send(Access& access, const SendOptions& options, EventSink& sink) {
  for (const std::string& text : options.texts) {
    if (auto checked = check_text(text); !checked) return pass(checked);
  }
  auto target = find_target(access, options, sink);
  if (!target) return pass(target);
  SendRequest request{std::move(*target), options.texts,
                      options.id,         options.wait == WaitFor::delivered,
                      options.queue,      options.timeout};
  if (access.owner() != nullptr) {
    const auto reply =
        access.owner()->ask("send", to_json(request), options.timeout + owner_slack);
    if (!reply && reply.error().is(Errc::rpc_failed)) {
      // Nobody can say how far it came: a retry with the same id is safe.
      Sent sent;
      sent.status = "sent";
      sent.error = reply.error();
      return sent;
    }
    if (!reply) return std::unexpected(reply.error());
    return from_json<Sent>(*reply);
  }
  return send_alone(*access.profile(), std::move(request), sink);
}

}  // namespace sotto::node
