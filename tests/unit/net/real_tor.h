// A real tor that talks to nobody: DisableNetwork 1, a data directory of its own, sockets that
// are files, in a folder with a space in its name.
#pragma once
#include <fstream>
#include <unistd.h>

#include "net/asio_timer.h"
#include "net/tor_control.h"
#include "net/tor_process.h"
#include "support/temp_dir.h"
#include "tor/torrc.h"
#include "unit/net/testing.h"

namespace sotto::net {

class RealTorTest : public NetTest {
 protected:
  RealTorTest() {
    std::filesystem::create_directories(home_);
    // Tor makes no control socket where others may come in.
    std::filesystem::permissions(home_, std::filesystem::perms::owner_all);
  }

  tor::TorrcValues values() const {
    tor::TorrcValues out;
    out.data_directory = data_;
    out.cookie_file = data_ / "cookie";
    out.control_socket = control_;
    out.socks_socket = home_ / "socks";
    out.log_file = log_;
    out.owner = ::getpid();
    out.network = false;
    return out;
  }

  std::filesystem::path write_torrc(const std::string& text) const {
    const auto path = home_ / "torrc";
    std::ofstream(path) << text;
    return path;
  }

  // Starts it on `torrc`; its end goes to `ended_`.
  std::unique_ptr<TorProcess> start_on(const std::string& torrc) {
    return must(TorProcess::start(io_.get_executor(), must(find_tor("tor")), write_torrc(torrc),
                                  [this](const Error& why) { ended_.push_back(why); }));
  }
  std::unique_ptr<TorProcess> start() { return start_on(must(tor::make_torrc(values()))); }

  SteadyTime soon() const { return std::chrono::steady_clock::now() + patience; }

  // Connects as soon as it listens.
  std::shared_ptr<TorControl> connect() {
    const SteadyTime limit = soon();
    while (true) {
      auto control = finish(
          io_, TorControl::open(io_.get_executor(), control_, Secret(), entropy_, limit));
      if (control) return *control;
      if (!ended_.empty() || std::chrono::steady_clock::now() > limit) {
        throw std::runtime_error((ended_.empty() ? control.error() : ended_[0]).text() + "\n" +
                                 log());
      }
      AsioTimer timer(io_.get_executor());
      must(finish(io_, timer.sleep_until(timer.now() + milliseconds(20))));
    }
  }

  tor::Reply ask(TorControl& control, tor::Command command) {
    return must(finish(io_, control.ask(std::move(command), patience)));
  }

  std::string log() const {
    std::ifstream in(log_);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  template <class Done>
  void until(Done done) {
    io_.restart();
    const auto limit = soon();
    while (!done() && io_.run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(done());
  }

  TempDir dir_;
  std::filesystem::path home_ = dir_ / "ho #me";
  std::filesystem::path data_ = home_ / "data";
  std::filesystem::path control_ = home_ / "control";
  std::filesystem::path log_ = home_ / "tor log";
  std::vector<Error> ended_;
};

}  // namespace sotto::net
