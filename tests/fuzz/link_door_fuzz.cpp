// All that a host does with what a connection brings, from its first byte to the end of its
// handshake, at each kind of door.
//
// Input: the door (1, modulo 3: closed, open, with a password) | what the joiner sends.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <optional>

#include "constant_entropy.h"
#include "round_trip.h"
#include "session/open_driver.h"
#include "support/fake_timer.h"
#include "transport/memory_stream.h"

namespace {

using namespace sotto;

crypto::Identity identity(std::uint8_t value) {
  Constant entropy(value);
  return crypto::Identity::generate(entropy);
}
const crypto::Identity host = identity(0x51);
const crypto::Card host_card = crypto::make_card(host, "Hanna");

class NoRefs final : public session::RefLookup {
 public:
  Async<crypto::SymmetricKey> psk_of(const LinkRef&) override {
    co_return fail(session::Errc::handshake, "Unknown.");
  }
};

// Gives the host everything at once and counts what it says.
class Joiner final : public transport::ByteStream {
 public:
  explicit Joiner(ByteView input) : input_(input) {}

  Async<std::size_t> read_some(MutableBytes out) override {
    const std::size_t n = std::min(out.size(), input_.size());
    std::ranges::copy(input_.first(n), out.begin());
    input_ = input_.subspan(n);
    co_return n;
  }
  Async<void> write_all(ByteView data) override {
    written_ += data.size();
    co_return Result<void>();
  }
  void close() noexcept override {}
  std::size_t written() const { return written_; }

 private:
  ByteView input_;
  std::size_t written_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input = std::as_bytes(std::span(data, size)).subspan(1);
  std::optional<session::OpenDoor> door;
  if (data[0] % 3 == 1) door.emplace(std::nullopt);
  if (data[0] % 3 == 2) door.emplace(Secret(as_bytes("correct horse")));

  boost::asio::io_context io(1);
  FakeClock clock(io);
  FakeTimer timer(clock);
  Joiner joiner(input);
  NoRefs refs;
  Constant entropy(0x0b);
  const session::HostKeys keys{host_card, host.static_key};
  std::optional<Result<session::AcceptedLink>> accepted;
  auto done = [&](const std::exception_ptr& thrown, Result<session::AcceptedLink> result) {
    if (thrown) std::rethrow_exception(thrown);
    accepted = std::move(result);
  };
  boost::asio::co_spawn(
      io, session::accept_link(joiner, timer, keys, refs, door ? &*door : nullptr, entropy),
      std::move(done));
  io.run();
  require(accepted.has_value());
  // No frame, no answer; and a closed door answers nobody here, since no ref is known.
  if (input.size() < session::first_frame_bytes || !door) require(joiner.written() == 0);
  require(joiner.written() <= 2 * session::handshake_frame_bytes);
  if (*accepted) {
    require(!(*accepted)->ref);
    require(crypto::check_card((*accepted)->auth.card).has_value());
    require((*accepted)->transport.remote_static == (*accepted)->auth.card.static_pk);
  }
  return 0;
}
