#include "node/relay_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <thread>

#include "base/text.h"
#include "net/confine.h"
#include "net/tcp.h"
#include "node/perform.h"
#include "node/service_notices.h"
#include "node/system.h"
#include "relay/server.h"
#include "relay/store.h"
#include "store/errors.h"
#include "store/profile.h"
#include "tls/certificate.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

// What another process may take to make the certificate.
constexpr milliseconds making_limit{5'000};
constexpr milliseconds making_pause{20};

struct Certificate {
  fs::path certificate;
  fs::path key;
  bool is_new = false;
};

// The relay's own one, which the first who needs it makes.
Result<Certificate> own_certificate(const fs::path& folder) {
  if (auto made = relay::make_folder(folder); !made) return pass(made);
  Certificate out{folder / "certificate.pem", folder / "key.pem"};
  const SteadyTime limit = std::chrono::steady_clock::now() + making_limit;
  while (true) {
    std::error_code error;
    if (fs::exists(out.certificate, error)) return out;
    auto lock = store::OwnerLock::take(folder, "relay's store", "folder");
    if (lock) {
      if (fs::exists(out.certificate, error)) return out;
      auto made = tls::write_self_signed("sotto relay", out.certificate, out.key);
      if (!made) return pass(made);
      out.is_new = true;
      return out;
    }
    const bool waits = lock.error().is(store::Errc::locked);
    if (!waits || std::chrono::steady_clock::now() >= limit) return pass(lock);
    std::this_thread::sleep_for(making_pause);
  }
}

bool is_any_address(const std::string& address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  return !error && parsed.is_unspecified();
}

std::string url_of(const std::string& host, std::uint16_t port, const std::string& pin) {
  return "wss://" + net::to_string({host, port}) + "/#pin=" + pin;
}

relay::Limits limits_of(const RelayLimits& given) {
  relay::Limits out;
  const auto set = [](auto& limit, const auto& value) {
    if (value) limit = *value;
  };
  // Half a second's worth may come at once, and never less than one message.
  const auto rate = [](relay::Rate& limit, const std::optional<std::uint64_t>& value,
                       double least) {
    if (!value) return;
    const auto a_second = static_cast<double>(*value);
    limit = {.a_second = a_second, .burst = std::max(a_second / 2, least)};
  };
  set(out.connections, given.connections);
  set(out.connections_a_block, given.connections_a_block);
  rate(out.requests_a_block, given.requests_a_block, 8);
  rate(out.bytes_a_block, given.bytes_a_block, 65536);
  rate(out.bytes_a_slot, given.bytes_a_slot, 65536);
  set(out.memory, given.memory);
  set(out.stored_bytes, given.stored);
  set(out.deposited_bytes_a_mailbox, given.a_mailbox);
  set(out.drain, given.drain);
  return out;
}

relay::ServerOptions server_options(const RelayServerOptions& options,
                                    const Certificate& certificate) {
  relay::ServerOptions out;
  for (const RelayPort& port : options.listen) out.listen.push_back({port.address, port.port});
  out.certificate = certificate.certificate;
  out.key = certificate.key;
  out.store = options.store;
  out.tokens = options.tokens;
  if (options.admin) out.admin = relay::Endpoint{options.admin->address, options.admin->port};
  out.limits = limits_of(options.limits);
  out.threads = options.threads;
  out.log_addresses = options.log_addresses;
  return out;
}

// It writes to its store, and reads what SIGHUP reads again: whole folders, since renewed
// certificates come as new files, and as links to them.
void confine_to(const RelayServerOptions& options) {
#ifdef SOTTO_SANITIZED
  static_cast<void>(options);
#else
  if (options.sandbox == SandboxLevel::off) return;
  net::Confinement wanted;
  wanted.writable.push_back(fs::absolute(options.store));
  const auto reads = [&wanted](const fs::path& file) {
    std::error_code error;
    wanted.readable.push_back(fs::absolute(file).parent_path());
    const fs::path real = fs::canonical(file, error);
    if (!error) wanted.readable.push_back(real.parent_path());
  };
  if (options.certificate_and_key) {
    reads(options.certificate_and_key->first);
    reads(options.certificate_and_key->second);
  }
  if (options.tokens) reads(*options.tokens);
  wanted.reads_everything = options.sandbox != SandboxLevel::strict;
  for (const std::string& what : net::confine(wanted).missing) log(LogLevel::info, what);
#endif
}

RelayReady ready_of(const RelayServerOptions& options, const relay::Server& server,
                    bool is_first_start) {
  RelayReady out{.listen = server.listening(),
                 .admin = server.admin(),
                 .url = "",
                 .pin = tls::pin_text(server.spki()),
                 .is_first_start = is_first_start,
                 .tokens = options.tokens.has_value()};
  const std::string& address = options.listen.front().address;
  if (!is_any_address(address)) {
    const std::string& taken = out.listen.front();
    const auto port = std::stoul(taken.substr(taken.rfind(':') + 1));
    out.url = url_of(address, static_cast<std::uint16_t>(port), out.pin);
  }
  return out;
}

// The loop of signals and of the service manager, beside the relay's own.
class Watch {
 public:
  Watch(relay::Server& server, const RelaySink& sink, const std::string& status)
      : server_(server),
        sink_(sink),
        signals_(loop_, SIGINT, SIGTERM, SIGHUP),
        notices_(loop_, net::ServiceManager::from_environment()),
        status_(status) {}

  Error run() {
    wait();
    notices_.ready(status_);
    loop_.run();
    return *ended_by_;
  }

 private:
  void wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      number == SIGHUP ? reload() : end(number);
    });
  }

  void reload() {
    const auto reloaded = server_.reload();
    if (reloaded) {
      sink_.notice({LogLevel::info, "reloaded", "Certificate and tokens were read again.", {}});
    } else {
      sink_.notice({LogLevel::error,
                    "reload_failed",
                    reloaded.error().text() + " Everything stays as it was.",
                    {{"error", reloaded.error().name()}}});
    }
    wait();
  }

  void end(int number) {
    if (ended_by_) return loop_.stop();
    ended_by_ = signal_error(number);
    notices_.stopping();
    sink_.notice({LogLevel::info,
                  "draining",
                  "No more connections are taken; those that are spliced may finish.",
                  {}});
    server_.drain([this] { boost::asio::post(loop_, [this] { loop_.stop(); }); });
    wait();
  }

  boost::asio::io_context loop_{1};
  relay::Server& server_;
  const RelaySink& sink_;
  boost::asio::signal_set signals_;
  ServiceNotices notices_;
  std::string status_;
  std::optional<Error> ended_by_;
};

}  // namespace

bool is_ip_address(const std::string& text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

bool is_loopback(const std::string& ip_address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(ip_address, error);
  return !error && parsed.is_loopback();
}

bool is_host_name(const std::string& text) {
  if (is_ip_address(text)) return true;
  return !text.empty() && text.size() <= wire::host_name_limit &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-';
         });
}

Result<void> run_relay(const RelayServerOptions& options, const RelaySink& sink) {
  Certificate certificate;
  if (options.certificate_and_key) {
    certificate = {options.certificate_and_key->first, options.certificate_and_key->second};
    if (auto made = relay::make_folder(options.store); !made) return made;
  } else {
    auto own = own_certificate(options.store);
    if (!own) return pass(own);
    certificate = std::move(*own);
  }
  confine_to(options);
  auto to_sink = [&sink](const relay::Notice& notice) {
    sink.notice({notice.level, notice.code, notice.text, notice.fields});
  };
  auto server = relay::Server::open(server_options(options, certificate), system_entropy(),
                                    std::move(to_sink));
  if (!server) return pass(server);
  const RelayReady ready = ready_of(options, **server, certificate.is_new);
  Watch watch(**server, sink, "Listening on " + ready.listen.front() + ".");
  (*server)->start();
  sink.ready(ready);
  Error ended_by = watch.run();
  (*server)->stop();
  return std::unexpected(std::move(ended_by));
}

Result<std::optional<std::string>> relay_url(const RelayUrlOptions& options) {
  fs::path file;
  if (options.certificate) {
    file = *options.certificate;
  } else {
    auto own = own_certificate(options.store);
    if (!own) return pass(own);
    file = own->certificate;
  }
  const auto pin = tls::pin_of(file);
  if (!pin) return std::unexpected(pin.error());
  if (!options.host && is_any_address(options.listen.address)) return std::nullopt;
  return url_of(options.host.value_or(options.listen.address), options.listen.port,
                tls::pin_text(*pin));
}

}  // namespace sotto::node
