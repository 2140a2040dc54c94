#include "node/forwarding_join.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds between_notices{1'000};

Error refusal(const std::string& service, wire::ForwardRefusal reason) {
  switch (reason) {
    case wire::ForwardRefusal::unreachable:
      return {Errc::forward_unreachable, "The host's service " + service +
                                             " does not answer the host. Ask them whether it "
                                             "runs."};
    case wire::ForwardRefusal::busy:
      return {Errc::forward_refused, "The host carries no more connections of yours to " +
                                         service + " at the moment. End some first."};
    case wire::ForwardRefusal::unavailable:
      break;
  }
  return {Errc::forward_refused,
          "The host does not expose a service " + service +
              " to you. Ask them for `host --expose " + service +
              "=...` and a connection file made with `--allow chat,forward:" + service + "`."};
}

}  // namespace

struct ForwardPorts::Port {
  Port(const asio::any_io_executor& executor, ClientId its_client, OpenPort open)
      : client(its_client),
        service(std::move(open.forward.name)),
        port(std::move(open.port)),
        changed(executor) {}

  void close() {
    closed = true;
    port.close();
    changed.wake();
  }

  ClientId client;
  std::string service;
  net::ServicePort port;
  net::AsioTimer changed;  // woken: another stream may be opened now, or it is closed
  bool closed = false;
};

// The streams of one session.
class ForwardPorts::Attached final : public ForwardSession {
 public:
  Attached(ForwardPorts& ports, session::Session& session)
      : ForwardSession(ports.executor_, session, {}), ports_(ports.weak_from_this()) {}

  bool can_open() { return forwards().can_open(); }

  void open(const std::string& service, std::unique_ptr<transport::DuplexStream> socket) {
    const room::StreamId id = forwards().open(service);
    add(id, service)->start(id, std::move(socket));
  }

  void on_event(session::SessionEvent event) override {
    const bool may_free = !std::holds_alternative<session::ChannelOpened>(event);
    ForwardSession::on_event(std::move(event));
    const auto ports = ports_.lock();
    if (may_free && ports) ports->wake();
  }

 private:
  bool on_wanted(room::StreamId, const std::string&) override { return false; }

  void on_refused(room::StreamId id, wire::ForwardRefusal reason) override {
    const std::string service = drop(id);
    if (const auto ports = ports_.lock()) ports->refused(service, reason);
  }

  std::weak_ptr<ForwardPorts> ports_;
};

Result<std::vector<OpenPort>> open_ports(const asio::any_io_executor& executor,
                                         const std::vector<Forward>& forwards) {
  std::vector<OpenPort> out;
  for (const Forward& forward : forwards) {
    auto port = net::ServicePort::open(executor, forward.bind, forward.port);
    if (!port) return pass(port);
    out.push_back({forward, std::move(*port)});
  }
  return out;
}

ForwardPorts::ForwardPorts(asio::any_io_executor executor,
                           std::function<void(const Event&)> tell, milliseconds patience)
    : executor_(std::move(executor)),
      tell_(std::move(tell)),
      patience_(patience),
      away_(executor_),
      seldom_(between_notices) {}

void ForwardPorts::add(ClientId client, std::vector<OpenPort> ports) {
  for (OpenPort& open : ports) {
    const bool reachable = !net::is_loopback(open.forward.bind);
    const auto port = std::make_shared<Port>(executor_, client, std::move(open));
    ports_.push_back(port);
    asio::co_spawn(executor_, serve(shared_from_this(), port), asio::detached);
    const std::string address = net::to_string(port->port.address());
    tell_(ForwardEvent{port->service, address});
    if (!reachable) continue;
    tell_(NoticeEvent{"forward.reachable", "Whoever reaches " + address +
                                               " of this machine uses the host's service " +
                                               port->service + " in your name."});
  }
}

void ForwardPorts::remove(ClientId client) {
  std::vector<std::string> gone;
  std::erase_if(ports_, [&](const auto& port) {
    if (port->client != client) return false;
    gone.push_back(port->service);
    port->close();
    return true;
  });
  const auto attached = attached_.lock();
  if (!attached) return;
  for (const std::string& service : gone) {
    const bool used =
        std::ranges::any_of(ports_, [&](const auto& port) { return port->service == service; });
    if (!used) attached->reset_streams_of(service);
  }
}

void ForwardPorts::close() {
  tell_ = {};
  away_.cancel();
  for (const auto& port : ports_) port->close();
  ports_.clear();
  if (const auto attached = attached_.lock()) attached->reset_streams();
}

std::shared_ptr<room::ChannelUser> ForwardPorts::attach(session::Session& session) {
  auto attached = std::make_shared<Attached>(*this, session);
  attached_ = attached;
  wake();
  return attached;
}

void ForwardPorts::on_link(bool stands) {
  const bool stood = std::exchange(linked_, stands);
  if (stands) away_.cancel();
  if (stands || !stood) return;
  away_.expires_after(patience_);
  auto give_up = [weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->linked_) return;
    if (const auto attached = self->attached_.lock()) attached->reset_streams();
  };
  away_.async_wait(std::move(give_up));
}

void ForwardPorts::wake() {
  for (const auto& port : ports_) port->changed.wake();
}

void ForwardPorts::refused(const std::string& service, wire::ForwardRefusal reason) {
  const Error why = refusal(service, reason);
  if (!tell_ || !seldom_.may_say(why.name() + service, std::chrono::steady_clock::now()))
    return;
  tell_(NoticeEvent{why.name(), why.text()});
}

asio::awaitable<void> ForwardPorts::serve(std::shared_ptr<ForwardPorts> self,
                                          std::shared_ptr<Port> port) {
  while (true) {
    auto socket = co_await port->port.accept();
    if (!socket) co_return;
    // One that cannot be carried yet waits, and those behind it in the system's queue.
    std::shared_ptr<Attached> attached;
    while (!port->closed) {
      attached = self->attached_.lock();
      if (attached && attached->can_open()) break;
      attached.reset();
      co_await port->changed.wait_until(SteadyTime::max());
    }
    if (port->closed) {
      (*socket)->reset();
      co_return;
    }
    attached->open(port->service, std::move(*socket));
  }
}

}  // namespace sotto::node
