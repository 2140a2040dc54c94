#include "node/file_batch.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "node/file_words.h"
#include "node/system.h"
#include "wire/file_name.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// How often it is looked whether anything still moves.
constexpr milliseconds glance{200};
constexpr milliseconds between_reports{250};
constexpr milliseconds last_words{1'000};
// Each has a file open.
constexpr std::size_t under_way_limit = 16;

Error stalled(const std::string& name, milliseconds patience) {
  return {Errc::file_stalled, "Nothing of " + displayable(name) + " has moved for " +
                                  std::to_string(patience.count() / 1'000) +
                                  " s. Send it again: it goes on where it stopped."};
}

Error given_up(const std::string& name) {
  return {Errc::file_cancelled, displayable(name) +
                                    " was given up before it had arrived. Send it again: it "
                                    "goes on where it stopped."};
}

SentFile result_of(const FileSend& send) {
  SentFile out{
      to_hex(send.offer().id.view()), send.path(),    send.offer().name, send.offer().size,
      send.to().fingerprint,          send.to().name, "delivered"};
  if (!*send.ended()) {
    out.error = send.ended()->error();
    out.status = send.was_accepted() ? "sent" : "cancelled";
  }
  return out;
}

}  // namespace

FileBatch::FileBatch(RoomFiles& files, Disk& disk, Parameters parameters)
    : files_(files),
      disk_(disk),
      parameters_(std::move(parameters)),
      moved_(std::chrono::steady_clock::now()),
      told_(moved_) {}

FileBatch::~FileBatch() {
  for (const auto& send : sends_) send->cancel(given_up(send->offer().name));
}

Async<void> FileBatch::add(std::string path, std::vector<FilePeer> takers) {
  auto open = [path] { return FileSource::open(path); };
  const auto source = co_await disk_.run<std::shared_ptr<FileSource>>(std::move(open));
  if (!source) co_return std::unexpected(source.error());
  const auto offer = co_await look_at(*source);
  if (!offer) co_return std::unexpected(offer.error());
  for (const FilePeer& taker : takers) sends_.push_back(files_.send(*source, *offer, taker));
  co_await until_under_way(under_way_limit);
  co_return Result<void>();
}

// Reads all of it, to know what it is before it is offered.
Async<wire::FileOffer> FileBatch::look_at(std::shared_ptr<FileSource> source) {
  wire::FileOffer offer;
  offer.id = wire::FileId::random(system_entropy());
  offer.name = wire::file_name_of(source->path());
  offer.size = source->size();
  for (bool whole = false; !whole;) {
    auto job = [source] { return source->hash_more(); };
    const auto hashed = co_await disk_.run<bool>(std::move(job));
    if (!hashed) co_return std::unexpected(hashed.error());
    whole = *hashed;
    moved_ = std::chrono::steady_clock::now();
    tell_reading(*source);
    if (!watch()) co_return std::unexpected(given_up(offer.name));
  }
  offer.hash = source->finish_hash();
  co_return offer;
}

void FileBatch::tell_reading(const FileSource& source) {
  if (moved_ - told_ < between_reports) return;
  told_ = moved_;
  files_.tell(ProgressEvent{"file", "reading", percent_of(source.hashed(), source.size()),
                            displayable(wire::file_name_of(source.path())) + ", " +
                                size_text(source.hashed()) + " of " +
                                size_text(source.size())});
}

asio::awaitable<void> FileBatch::finish() {
  co_await until_under_way(0);
}

asio::awaitable<void> FileBatch::until_under_way(std::size_t most) {
  const auto running = [](const auto& send) { return !send->ended(); };
  while (static_cast<std::size_t>(std::ranges::count_if(sends_, running)) > most) {
    const auto first = *std::ranges::find_if(sends_, running);
    co_await first->wait(std::chrono::steady_clock::now() + glance);
    watch();
  }
}

// Gives up what nobody waits for, or what does not move; false when that is all.
bool FileBatch::watch() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (const auto& send : sends_) moved_ = std::max(moved_, send->moved());
  if (parameters_.on_moved) parameters_.on_moved(moved_);
  const bool wanted = parameters_.wanted();
  // A room that is not reached in time says why itself.
  const bool late = now - moved_ >= parameters_.patience + last_words;
  for (const auto& send : sends_) {
    if (send->ended()) continue;
    if (!wanted) send->cancel(given_up(send->offer().name));
    if (wanted && late) send->cancel(stalled(send->offer().name, parameters_.patience));
  }
  return wanted;
}

std::vector<SentFile> FileBatch::results() const {
  std::vector<SentFile> out;
  for (const auto& send : sends_) {
    if (send->ended()) out.push_back(result_of(*send));
  }
  return out;
}

std::optional<Error> FileBatch::error() const {
  for (const auto& send : sends_) {
    if (send->ended() && !*send->ended()) return send->ended()->error();
  }
  return std::nullopt;
}

}  // namespace sotto::node
