// The commands that own the profile or speak to a peer: `host`, `join`, `listen`, `send`,
// `agent`.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <iterator>
#include <thread>

#include "base/text.h"
#include "node/commands.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/exec_sink.h"
#include "node/front.h"
#include "node/invites.h"
#include "node/json_fields.h"
#include "node/local_owner.h"
#include "node/messages.h"
#include "node/open_target.h"
#include "node/perform.h"
#include "node/rpc_client.h"
#include "node/rpc_server.h"
#include "node/sandbox.h"
#include "node/system.h"
#include "store/errors.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

// What the one who owns the profile may take from its lock to its socket.
constexpr milliseconds winner_limit{5'000};
constexpr milliseconds winner_pause{20};
constexpr milliseconds for_files{std::chrono::hours(24 * 365)};

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

// What runs the command of --exec, before `sink`; null without one.
std::unique_ptr<EventSink> exec_sink(boost::asio::io_context& loop, EventSink& sink,
                                     const std::optional<std::string>& command) {
  if (!command) return nullptr;
  return std::make_unique<ExecSink>(loop.get_executor(), sink, *command);
}

// Runs a front end before an owner that is another process.
Result<void> run_front(RpcClient& owner, EventSink& sink, Front::Parameters parameters,
                       const ExportOptions* export_file) {
  if (export_file != nullptr) parameters.on_ready = exporter(owner, *export_file);
  const auto hook = exec_sink(owner.loop(), sink, parameters.exec);
  Front front(owner.loop(), owner, hook ? *hook : sink, std::move(parameters));
  std::optional<Result<void>> ended;
  front.start([&](Result<void> result) {
    ended = std::move(result);
    owner.loop().stop();
  });
  owner.loop().restart();
  owner.loop().run();
  return ended ? *ended : Result<void>();
}

// Serves the profile's socket and runs a front end before this process itself; goes on after
// the front end has left until the last client has.
Result<void> own_and_run(Profile& profile, EventSink& sink, Front::Parameters parameters,
                         const ExportOptions* export_file) {
  Runtime runtime(profile);
  std::optional<Result<void>> ended;
  {
    Agent agent(runtime);
    auto server = RpcServer::start(agent, profile.home());
    if (!server) return pass(server);
    agent.start_courier();
    LocalOwner owner(agent);
    if (export_file != nullptr) parameters.on_ready = exporter(owner, *export_file);
    const auto hook = exec_sink(runtime.loop(), sink, parameters.exec);
    Front front(runtime.loop(), owner, hook ? *hook : sink, std::move(parameters));
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

// Owns the profile, or attaches to whoever does: of several that start at once one wins, and
// has its socket open a moment later.
Result<void> run_in_room(Access& access, EventSink& sink, Front::Parameters parameters,
                         const ExportOptions* export_file) {
  parameters.manager = net::ServiceManager::from_environment();
  const SteadyTime limit = std::chrono::steady_clock::now() + winner_limit;
  while (access.owner() == nullptr) {
    auto lock = store::OwnerLock::take(access.home());
    if (lock) {
      sink.pause();
      SandboxOptions sandbox = access.sandbox();
      std::ranges::move(parameters.writable, std::back_inserter(sandbox.writable));
      for (const DirectoryWord& word : access.directories()) {
        if (!word.folder.empty()) sandbox.readable.emplace_back(word.folder);
      }
      const bool commands = parameters.exec.has_value() || parameters.runs_commands ||
                            has_command(access.directories());
      enter_sandbox(access.home(), access.tor(), sandbox, commands);
      return own_and_run(*access.profile(), sink, std::move(parameters), export_file);
    }
    if (!lock.error().is(store::Errc::locked)) return pass(lock);
    if (auto attached = access.attach(); !attached) return attached;
    if (access.owner() == nullptr && std::chrono::steady_clock::now() >= limit) {
      return pass(lock);
    }
    if (access.owner() == nullptr) std::this_thread::sleep_for(winner_pause);
  }
  return run_front(*access.owner(), sink, std::move(parameters), export_file);
}

void let_publish(Front::Parameters& parameters, const std::vector<DirectoryWord>& words) {
  for (const DirectoryWord& word : words) {
    if (!word.folder.empty()) parameters.writable.emplace_back(word.folder);
  }
  parameters.runs_commands = has_command(words);
}

void let_take_files(Front::Parameters& parameters, const AcceptRequest& files) {
  if (files.folder) parameters.writable.emplace_back(*files.folder);
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
  target->tor = options.tor;
  target->directories = access.directories();
  target->relay = options.relay.copy();
  if (target->open) {
    auto settled = settle_open_target(access, *target->open, options.tor, options.open,
                                      options.expected_fingerprint, options.timeout, sink);
    if (!settled) return pass(settled);
  }
  return target;
}

Result<void> host_with(Access& access, const HostOptions& options,
                       const std::optional<std::string>& exec, EventSink& sink) {
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
  request.direct = options.direct;
  request.advertise = options.advertise;
  request.ephemeral = options.ephemeral;
  request.runs_commands = exec.has_value();
  request.tor = options.tor;
  request.relay = options.relay.copy();
  request.expose = options.expose;
  request.files = options.files;
  request.publish = options.publish;
  Front::Parameters parameters{"host", to_json(request), options.input, false, {}};
  parameters.exec = exec;
  if (options.export_file && options.export_file->file != "-") {
    // The file is written beside and renamed into its place.
    parameters.writable.push_back(
        std::filesystem::absolute(options.export_file->file).parent_path());
  }
  let_take_files(parameters, options.files);
  let_publish(parameters, options.publish);
  parameters.chat = options.chat;
  return run_in_room(access, sink, std::move(parameters),
                     options.export_file ? &*options.export_file : nullptr);
}

}  // namespace

Result<void> host(Access& access, const HostOptions& options, EventSink& sink) {
  return host_with(access, options, {}, sink);
}

Result<void> listen(Access& access, const ListenOptions& options, EventSink& sink) {
  if (!options.every_room) return host_with(access, options.host, options.exec, sink);
  const ListenRequest request{options.host.bind,         options.exec.has_value(),
                              options.host.tor,          options.host.files,
                              options.host.relay.copy(), options.host.publish};
  Front::Parameters parameters{"listen", to_json(request), InputKind::none, false, {}};
  parameters.exec = options.exec;
  let_take_files(parameters, options.host.files);
  let_publish(parameters, options.host.publish);
  return run_in_room(access, sink, std::move(parameters), nullptr);
}

Result<void> run_agent(Access& access, EventSink& sink) {
  return run_in_room(access, sink, {"attend", Json::Object(), InputKind::none, false, {}},
                     nullptr);
}

Result<void> join(Access& access, const JoinOptions& options, EventSink& sink) {
  auto target = find_target(access, options, sink);
  if (!target) return pass(target);
  const JoinRequest request{std::move(*target), options.timeout, options.forward,
                            options.files};
  // In a chat, what became of a message is seen when it happens.
  const bool leave_at_end = options.forward.empty() && options.chat == nullptr;
  Front::Parameters parameters{"join", to_json(request), options.input, leave_at_end, {}};
  let_take_files(parameters, options.files);
  parameters.chat = options.chat;
  return run_in_room(access, sink, std::move(parameters), nullptr);
}

Result<Sent> send(Access& access, const SendOptions& options, EventSink& sink) {
  for (const std::string& text : options.texts) {
    if (auto checked = check_text(text); !checked) return pass(checked);
  }
  auto target = find_target(access, options, sink);
  if (!target) return pass(target);
  SendRequest request{std::move(*target), options.texts,   options.id,   options.wait,
                      options.queue,      options.timeout, options.files};
  // Files take as long as they take, while anything moves.
  const milliseconds limit = options.files.empty() ? options.timeout : for_files;
  auto sent =
      perform<SendRequest, Sent, &Agent::send>(access, "send", std::move(request), limit, sink);
  if (sent || !sent.error().is(Errc::rpc_failed)) return sent;
  // Nobody can say how far it came: a retry with the same id is safe.
  Sent unknown;
  unknown.status = "sent";
  unknown.error = sent.error();
  return unknown;
}

}  // namespace sotto::node
