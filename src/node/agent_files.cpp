// How the owner sends files: `send --file` and `send_file`.
#include <algorithm>

#include "base/text.h"
#include "node/agent.h"
#include "node/commands.h"
#include "node/file_batch.h"
#include "node/file_part.h"
#include "node/json_fields.h"
#include "node/messages.h"
#include "room/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// Of whoever looks at a chat, and sees for themselves that nothing moves.
constexpr milliseconds no_limit{std::chrono::hours(24 * 365)};

milliseconds since(SteadyTime start) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

Error nobody_here(const std::optional<OnlyMember>& who) {
  return {Errc::file_nobody,
          (who ? displayable(who->name) + " is not in this room at the moment, or may not take "
                                          "files there."
               : "Nobody is in this room who may take files.") +
              " Whoever should needs a connection file made with `--allow chat,files`, and to "
              "be here."};
}

bool has_taker(OpenRoom& room, const crypto::Ed25519PublicKey& identity) {
  const auto takers = room.files().takers();
  return std::ranges::find(takers, identity, &FilePeer::identity) != takers.end();
}

// What has come of files, added to what has come of the words before them.
void add_files(Sent& sent, std::vector<SentFile> files, std::optional<Error> error) {
  const bool words = !sent.id.empty();
  sent.files = std::move(files);
  sent.error = std::move(error);
  if (!sent.files.empty() && sent.id.empty()) sent.id = sent.files.back().id;
  const auto in_part = [](const SentFile& one) { return one.status != "cancelled"; };
  const bool some = words || std::ranges::any_of(sent.files, in_part);
  sent.status = !sent.error ? "delivered" : some ? "sent" : "cancelled";
}

}  // namespace

// The folder of --accept, before anything is opened.
Async<bool> Agent::check_accept(AcceptRequest request) {
  if (!request.folder) co_return true;
  if (!request.folder->starts_with('/')) co_return wrong_params("folder");
  auto job = [folder = *request.folder]() -> Result<bool> {
    const auto prepared = prepare_folder(folder);
    if (!prepared) return std::unexpected(prepared.error());
    return true;
  };
  co_return co_await runtime_.disk().run<bool>(std::move(job));
}

// Each to the host, or, in a room of ours, to whoever is here and may take it (`only`: if it is
// this one).  What has come of each stands in `sent`.
asio::awaitable<void> Agent::send_files(ClientId client, std::shared_ptr<OpenRoom> room,
                                        std::vector<std::string> paths, milliseconds patience,
                                        std::optional<OnlyMember> only, Sent& sent) {
  const auto joined = std::dynamic_pointer_cast<JoinedRoom>(room);
  FileBatch::Parameters parameters{patience, nullptr, nullptr};
  parameters.wanted = [this, client, room] {
    return clients_.contains(client) && !room->closing();
  };
  // A room that is open for this alone stays so while anything moves.
  if (joined && joined->purpose() == wire::Purpose::send) {
    parameters.on_moved = [joined, patience](SteadyTime moved) {
      joined->keep_until(moved + patience);
    };
  }
  FileBatch batch(room->files(), runtime_.disk(), std::move(parameters));
  std::optional<Error> error;
  for (const std::string& path : paths) {
    auto takers = joined ? std::vector{joined->host_as_peer()} : room->files().takers();
    if (only) {
      std::erase_if(takers,
                    [&](const FilePeer& one) { return one.identity != only->identity; });
    }
    if (takers.empty()) {
      error = nobody_here(only);
      break;
    }
    const auto added = co_await batch.add(path, std::move(takers));
    if (!added) error = added.error();
    if (error || batch.error()) break;
  }
  co_await batch.finish();
  if (!error) error = batch.error();
  add_files(sent, batch.results(), std::move(error));
}

Async<FilesReply> Agent::send_file(ClientId client, SendFileRequest request) {
  if (!request.path.starts_with('/')) co_return wrong_params("path");
  Entry* const entry = find_held(client, request.room);
  if (entry == nullptr) {
    co_return fail(room::Errc::unknown,
                   "The room " + displayable(request.room) + " is not open here.");
  }
  Sent sent;
  std::vector<std::string> paths{std::move(request.path)};
  const auto room = entry->room;
  co_await send_files(client, room, std::move(paths), no_limit, std::nullopt, sent);
  if (sent.error) co_return std::unexpected(*sent.error);
  FilesReply reply{std::move(sent.files)};
  co_return reply;
}

// What was said first, then the files.
Async<Sent> Agent::send_all(ClientId client, std::shared_ptr<JoinedRoom> room,
                            SendRequest request, std::vector<room::Composed> composed,
                            SteadyTime started) {
  std::vector<std::string> files = std::exchange(request.files, {});
  const milliseconds patience = request.timeout;
  const bool was_linked = room->joiner().was_linked();
  Sent sent = sent_so_far(composed, WaitFor::delivered);
  if (!composed.empty() || files.empty()) {
    auto said = co_await send_through(room, std::move(request), composed, started);
    if (!said || said->error || files.empty()) co_return said;
    sent = std::move(*said);
  }
  co_await send_files(client, room, std::move(files), patience, std::nullopt, sent);
  sent.elapsed = since(started);
  sent.attempts = room->joiner().attempts();
  sent.verified = room->joiner().host_verified();
  if (room->joiner().was_linked()) sent.route = room->joiner().route();
  if (composed.empty() && room->joiner().was_linked()) {
    const auto arrived =
        sent.error ? std::nullopt : std::optional(std::chrono::steady_clock::now());
    add_phases(sent, room->joiner(), was_linked, started, arrived, std::nullopt);
  }
  settle(*room, !sent.error);
  co_return sent;
}

// From the host of a room, to those who are in it.
Async<Sent> Agent::send_files_here(ClientId client, RoomId id, SendRequest request, Sent sent,
                                   std::optional<OnlyMember> only, SteadyTime started) {
  auto open = rooms_.find(id);
  for (const RoomId& other : only ? only->rooms : std::vector<RoomId>()) {
    const auto at = rooms_.find(other);
    if (at != rooms_.end() && has_taker(*at->second.room, only->identity)) open = at;
  }
  if (open == rooms_.end()) {
    add_files(sent, {}, nobody_here(only));
    sent.elapsed = since(started);
    co_return sent;
  }
  id = open->first;
  const auto room = open->second.room;
  open->second.watchers.insert(client);
  co_await send_files(client, room, std::move(request.files), request.timeout, std::move(only),
                      sent);
  unwatch(id, client);
  sent.elapsed = since(started);
  co_return sent;
}

}  // namespace sotto::node
