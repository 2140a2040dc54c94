// A tor that a test scripts: a control port and a SOCKS port, both socket files, and a manager
// that was given it.
#pragma once
#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

#include "node/system.h"
#include "node/tor_manager.h"
#include "support/control_server.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"
#include "support/tor_recorder.h"

namespace sotto::node {

class FakeTor {
 public:
  static constexpr int no_answer = -1;
  static constexpr const char* directory = "$0123456789ABCDEF0123456789ABCDEF01234567~relay";

  FakeTor(boost::asio::io_context& io, const std::filesystem::path& folder)
      : io_(io), folder_(folder), socks_(io) {
    info["net/listeners/socks"] = "\"unix:" + (folder / "socks").string() + "\"";
    info["process/uid"] = std::to_string(::geteuid());
    info["version"] = "0.4.9.11";
    info["dormant"] = "0";
    info["circuit-status"] = "";
    bootstrap(100);
    const boost::asio::local::stream_protocol::endpoint at((folder / "socks").native());
    socks_.open();
    socks_.bind(at);
    socks_.listen();
    boost::asio::co_spawn(io, serve_socks(), boost::asio::detached);
    come_up();
  }
  ~FakeTor() {
    go_down();
    socks_.close();
  }

  void come_up() {
    control = std::make_unique<ControlServer>(io_, folder_ / "control");
    control->port.methods = "NULL";
    control->port.custom = [this](const std::string& keyword, const std::string& rest) {
      return answer(keyword, rest);
    };
  }
  void go_down() {
    if (control) control->hang_up();
    control.reset();
    std::filesystem::remove(folder_ / "control");
    if (!keeps_services) services.clear();
  }

  void bootstrap(int progress, const std::string& rest = "") {
    phase_ =
        "BOOTSTRAP PROGRESS=" + std::to_string(progress) + " TAG=tag SUMMARY=\"Step\"" + rest;
    info["status/bootstrap-phase"] = "NOTICE " + phase_;
    if (control) control->say("650 STATUS_CLIENT NOTICE " + phase_ + "\r\n");
  }

  // How often a command that begins so has come.
  long count(const std::string& start) const {
    return std::ranges::count_if(
        commands, [&](const std::string& line) { return line.starts_with(start); });
  }

  std::map<std::string, std::string> info;  // of GETINFO
  std::vector<std::string> commands;        // after authentication, over all connections
  std::set<std::string> services;           // ids
  std::string service_id;                   // what ADD_ONION adds
  bool keeps_services = false;              // when it goes down
  bool has_proof_of_work = true;
  bool uploads = true;

  std::deque<int> replies;             // of SOCKS, in order; then 0: connected
  std::vector<std::string> users;      // of SOCKS
  std::vector<std::string> asked_for;  // "X.onion:port"

  std::unique_ptr<ControlServer> control;

 private:
  std::optional<std::string> answer(const std::string& keyword, const std::string& rest) {
    commands.push_back(rest.empty() ? keyword : keyword + " " + rest);
    if (keyword == "GETINFO") return get_info(rest);
    if (keyword == "ADD_ONION") return add_onion(rest);
    if (keyword == "DEL_ONION") {
      return services.erase(rest) > 0 ? "250 OK\r\n" : "552 Unknown Onion Service id\r\n";
    }
    if (keyword == "HSFETCH") {
      return "250 OK\r\n650 HS_DESC RECEIVED " + rest.substr(0, 56) + " NO_AUTH " + directory +
             " id\r\n";
    }
    return std::nullopt;
  }

  std::string get_info(const std::string& keys) const {
    std::string out;
    for (const auto part : std::views::split(keys, ' ')) {
      const std::string key(part.begin(), part.end());
      if (!info.contains(key)) return "552 Unrecognized key \"" + key + "\"\r\n";
      out += "250-" + key + "=" + info.at(key) + "\r\n";
    }
    return out + "250 OK\r\n";
  }

  std::string add_onion(const std::string& rest) {
    if (!has_proof_of_work && rest.contains("PoWDefensesEnabled")) {
      return "512 Bad arguments to ADD_ONION: Unrecognized keyword argument "
             "\"PoWDefensesEnabled\"\r\n";
    }
    if (!services.insert(service_id).second) return "550 Onion address collision\r\n";
    std::string out = "250-ServiceID=" + service_id + "\r\n250 OK\r\n";
    if (uploads) out += "650 HS_DESC UPLOADED " + service_id + " UNKNOWN " + directory + "\r\n";
    return out;
  }

  using Socket = boost::asio::local::stream_protocol::socket;

  boost::asio::awaitable<void> serve_socks() {
    while (true) {
      Socket socket = co_await socks_.async_accept(boost::asio::use_awaitable);
      boost::asio::co_spawn(io_, serve(std::move(socket)), boost::asio::detached);
    }
  }
  static boost::asio::awaitable<std::string> read(Socket& socket, std::size_t size) {
    std::string out(size, '\0');
    co_await boost::asio::async_read(socket, boost::asio::buffer(out),
                                     boost::asio::use_awaitable);
    co_return out;
  }
  static boost::asio::awaitable<std::string> read_short(Socket& socket) {
    const std::string size = co_await read(socket, 1);
    co_return co_await read(socket, static_cast<unsigned char>(size[0]));
  }
  static boost::asio::awaitable<void> write(Socket& socket, std::string bytes) {
    co_await boost::asio::async_write(socket, boost::asio::buffer(bytes),
                                      boost::asio::use_awaitable);
  }
  boost::asio::awaitable<void> serve(Socket socket) {
    co_await read(socket, 3);
    co_await write(socket, std::string("\x05\x02", 2));
    co_await read(socket, 1);
    users.push_back(co_await read_short(socket));
    co_await read_short(socket);
    co_await write(socket, std::string("\x01\x00", 2));
    co_await read(socket, 4);
    const std::string name = co_await read_short(socket);
    const std::string port = co_await read(socket, 2);
    asked_for.push_back(name + ":" +
                        std::to_string(static_cast<unsigned char>(port[0]) * 256 +
                                       static_cast<unsigned char>(port[1])));
    int reply = 0;
    if (!replies.empty()) {
      reply = replies.front();
      replies.pop_front();
    }
    if (reply != no_answer) {
      std::string out{"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10};
      out[1] = static_cast<char>(reply);
      co_await write(socket, std::move(out));
    }
    co_await read(socket, 1);  // until it hangs up
  }

  boost::asio::io_context& io_;
  std::filesystem::path folder_;
  boost::asio::local::stream_protocol::acceptor socks_;
  std::string phase_;
};

class FakeTorTest : public testing::Test {
 protected:
  FakeTorTest() {
    key_ = crypto::Ed25519KeyPair::generate(system_entropy());
    tor_.service_id = address().id();
  }
  ~FakeTorTest() override {
    if (manager_) manager_->unsubscribe(recorder_);
  }

  // Everything at once, but for what a busy machine needs.
  static TorTiming timing() {
    TorTiming out;
    out.answer = milliseconds(5'000);
    out.pause = milliseconds(10);
    out.longest_pause_of_others = milliseconds(20);
    out.redial = milliseconds(20);
    out.longest_redial = milliseconds(50);
    out.publish_pause = milliseconds(10);
    out.longest_publish_pause = milliseconds(20);
    out.upload = milliseconds(50);
    out.probe = milliseconds(5'000);
    out.retry = milliseconds(5);
    out.longest_retry = milliseconds(10);
    out.retry_after_answer = milliseconds(5);
    return out;
  }
  TorManager& begin(const TorTiming& timing = FakeTorTest::timing()) {
    TorSettings settings;
    settings.control = (folder_ / "control").string();
    return begin(std::move(settings), timing);
  }
  TorManager& begin(TorSettings settings, const TorTiming& timing = FakeTorTest::timing()) {
    manager_ = std::make_unique<TorManager>(io_.get_executor(), folder_ / "own",
                                            system_entropy(), timing);
    must(manager_->configure(std::move(settings)));
    manager_->subscribe(recorder_);
    return *manager_;
  }

  tor::OnionAddress address() const { return tor::OnionAddress(key_.public_key); }
  OnionHost::Parameters parameters() const {
    OnionHost::Parameters out;
    out.key = crypto::Ed25519KeyPair{key_.secret.copy(), key_.public_key};
    out.port = 9735;
    out.target = tor::LoopbackPort{1};
    return out;
  }
  OnionTarget target() const { return {address(), 9735, std::nullopt}; }

  static SteadyTime soon() { return std::chrono::steady_clock::now() + patience; }
  static SteadyTime in(milliseconds duration) {
    return std::chrono::steady_clock::now() + duration;
  }
  template <class T>
  Result<T> run(Async<T> operation) {
    return finish(io_, std::move(operation));
  }
  template <class Done>
  void until(Done done) {
    io_.restart();
    const SteadyTime end = soon();
    while (!done()) {
      if (io_.run_one_until(end) == 0) throw std::logic_error("it did not happen in time");
    }
  }
  using Stream = std::unique_ptr<transport::ByteStream>;
  Result<Stream> dial(OnionTarget to, milliseconds limit = patience) {
    return run(
        manager_->dial(std::move(to), tor::Isolation::random(system_entropy()), in(limit)));
  }

  boost::asio::io_context io_;
  TempDir folder_;
  FakeTor tor_{io_, folder_.path()};
  crypto::Ed25519KeyPair key_;
  TorRecorder recorder_;
  std::unique_ptr<TorManager> manager_;
};

}  // namespace sotto::node
