// What the tests over a private Tor network share.  SOTTO_TOR_NETWORK is its folder, with the
// client.torrc that makes any tor a client of it (tests/lab); never the public network.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/local_stream.h"
#include "net/tor_process.h"
#include "node/system.h"
#include "node/tor_manager.h"
#include "support/results.h"
#include "support/temp_dir.h"
#include "support/tor_recorder.h"
#include "tor/torrc.h"

namespace sotto::node {

using Clock = std::chrono::steady_clock;
using Stream = std::unique_ptr<transport::ByteStream>;

// Far more than anything takes on a private network.
inline constexpr std::chrono::seconds limit{60};

inline std::string network_folder() {
  const char* const folder = std::getenv("SOTTO_TOR_NETWORK");
  if (folder == nullptr) throw std::runtime_error("SOTTO_TOR_NETWORK names no network");
  return folder;
}

inline TorSettings own_tor() {
  std::ifstream file(network_folder() + "/client.torrc", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  TorSettings settings;
  settings.own = true;
  settings.extra = must(tor::read_extra_lines(text));
  return settings;
}

// Sends back what comes, over a socket file as an onion service's target.
class EchoService {
 public:
  EchoService(boost::asio::io_context& io, const std::filesystem::path& path) : path_(path) {
    listener_ = must(net::listen_local(io.get_executor(), path));
    boost::asio::co_spawn(io, serve(io, listener_), boost::asio::detached);
  }
  ~EchoService() { listener_->close(); }
  EchoService(const EchoService&) = delete;
  EchoService& operator=(const EchoService&) = delete;

  tor::SocketPath target() const { return {path_.string()}; }

 private:
  using Listener = std::shared_ptr<transport::Listener>;

  static boost::asio::awaitable<void> serve(boost::asio::io_context& io, Listener listener) {
    while (true) {
      auto accepted = co_await listener->accept();
      if (!accepted) co_return;
      boost::asio::co_spawn(io, echo(std::move(accepted->stream)), boost::asio::detached);
    }
  }
  static boost::asio::awaitable<void> echo(Stream stream) {
    Bytes buffer(4096);
    while (true) {
      const auto size = co_await stream->read_some(buffer);
      if (!size || *size == 0) co_return;
      const auto written = co_await stream->write_all(ByteView(buffer).first(*size));
      if (!written) co_return;
    }
  }

  std::filesystem::path path_;
  Listener listener_;
};

class OnionTest : public testing::Test {
 protected:
  std::unique_ptr<TorManager> manager(const std::string& name) {
    return manager(name, own_tor());
  }
  std::unique_ptr<TorManager> manager(const std::string& name, TorSettings settings,
                                      const TorTiming& timing = {}) {
    auto made = std::make_unique<TorManager>(io_.get_executor(), folder_ / name,
                                             system_entropy(), timing);
    must(made->configure(std::move(settings)));
    return made;
  }

  OnionHost::Parameters parameters(const EchoService& echo) {
    OnionHost::Parameters out;
    out.key = crypto::Ed25519KeyPair::generate(system_entropy());
    out.port = 9735;
    out.target = echo.target();
    return out;
  }
  static crypto::X25519KeyPair client() {
    return crypto::X25519KeyPair::generate(system_entropy());
  }
  static OnionTarget target(const OnionHost& host) {
    const OnionStatus status = host.status();
    return {must(tor::OnionAddress::parse(status.address)), status.port, std::nullopt};
  }
  static OnionTarget target(const OnionHost& host, const crypto::X25519KeyPair& key) {
    OnionTarget out = target(host);
    out.key = key.secret.copy();
    return out;
  }

  // What `operation` ends with; all else goes on meanwhile.
  template <class T>
  Result<T> finish(Async<T> operation, std::chrono::milliseconds patience = 2 * limit) {
    std::optional<Result<T>> value;
    boost::asio::co_spawn(io_, std::move(operation),
                          [&value](const std::exception_ptr& error, Result<T> result) {
                            if (error) std::rethrow_exception(error);
                            value.emplace(std::move(result));
                          });
    until([&] { return value.has_value(); }, patience);
    return std::move(*value);
  }
  template <class Done>
  void until(Done done, std::chrono::milliseconds patience = limit) {
    const auto end = Clock::now() + patience;
    io_.restart();
    while (!done()) {
      if (io_.run_one_until(end) == 0) throw std::logic_error("it did not happen in time");
    }
  }
  // The same for what happens outside of the loop.
  template <class Done>
  void until_true(Done done) {
    const auto end = Clock::now() + limit;
    while (!done()) {
      if (Clock::now() > end) throw std::logic_error("it did not happen in time");
      io_.restart();
      io_.run_for(std::chrono::milliseconds(20));
    }
  }

  Result<Stream> dial(TorManager& by, OnionTarget to,
                      std::chrono::milliseconds within = limit) {
    return finish(by.dial(std::move(to), tor::Isolation::random(system_entropy()),
                          Clock::now() + within));
  }
  // What comes back of `text`, empty when the stream has ended.
  std::string echo(transport::ByteStream& stream, std::string_view text) {
    if (!finish(stream.write_all(as_bytes(text)))) return "";
    Bytes read(text.size());
    std::size_t have = 0;
    while (have < read.size()) {
      const auto size = finish(stream.read_some(MutableBytes(read).subspan(have)));
      if (!size || *size == 0) return "";
      have += *size;
    }
    return std::string(as_text(read));
  }

  // The process of the tor in that folder.
  pid_t tor_of(const TorManager& manager) {
    const auto pid = net::tor_holding(manager.directory() / "data");
    if (!pid) throw std::runtime_error("no tor runs there");
    return *pid;
  }

  // Milliseconds, into the report of the test.
  void report(const std::string& what, Clock::time_point since) {
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since);
    RecordProperty(what, std::to_string(took.count()));
    std::printf("    %-40s %6ld ms\n", what.c_str(), static_cast<long>(took.count()));
  }

  TempDir folder_;
  boost::asio::io_context io_;
};

}  // namespace sotto::node
