#include "node/rpc_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "node/errors.h"
#include "node/rpc.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// Requests of one client that may run at once; it is read from again when some have ended.
constexpr std::size_t running_limit = 64;
constexpr std::size_t batch_limit = 64;

// One client of the socket.  Owned by its connection's handlers and by the requests that run.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  Peer(Agent& agent, std::shared_ptr<net::LineConnection> connection)
      : agent_(agent), connection_(std::move(connection)) {}

  void start() {
    client_ =
        agent_.attach([weak = weak_from_this()](const std::string& method, const Json& params) {
          // Shown once the client says so: `shown`.
          if (const auto self = weak.lock()) {
            self->connection_->send(rpc_notification(method, params));
          }
          return false;
        });
    connection_->start([self = shared_from_this()](std::string line) { self->on_line(line); },
                       [self = shared_from_this()] { self->agent_.detach(self->client_); });
  }

 private:
  void on_line(const std::string& line) {
    const auto value = Json::parse(line);
    if (!value) {
      connection_->send(rpc_error(Json(), value.error()).dump());
      return;
    }
    const Json::Array* batch = value->array();
    if (batch != nullptr && (batch->empty() || batch->size() > batch_limit)) {
      const Error error(Errc::rpc_request, "A batch has 1 to 64 requests.");
      connection_->send(rpc_error(Json(), error).dump());
      return;
    }
    auto replies = batch == nullptr ? nullptr : std::make_shared<Batch>(batch->size());
    for (const Json& item : batch == nullptr ? Json::Array{*value} : *batch) {
      handle(item, replies);
    }
  }

  // The answers of one batch, sent together.
  struct Batch {
    explicit Batch(std::size_t requests) : open(requests) {}
    std::size_t open;
    Json::Array replies;
  };

  void handle(const Json& value, const std::shared_ptr<Batch>& batch) {
    auto request = parse_request(value);
    if (!request) return reply(rpc_error(Json(), request.error()), batch);
    if (++running_ == running_limit) connection_->hold();
    asio::co_spawn(agent_.runtime().executor(),
                   run(shared_from_this(), std::move(*request), batch), asio::detached);
  }

  static asio::awaitable<void> run(std::shared_ptr<Peer> self, RpcRequest request,
                                   std::shared_ptr<Batch> batch) {
    auto result =
        co_await self->agent_.call(self->client_, request.method, std::move(request.params));
    if (self->running_-- == running_limit) self->connection_->resume();
    if (!request.id) {
      self->reply(std::nullopt, batch);
    } else if (result) {
      self->reply(rpc_result(*request.id, std::move(*result)), batch);
    } else {
      self->reply(rpc_error(*request.id, result.error()), batch);
    }
  }

  void reply(std::optional<Json> answer, const std::shared_ptr<Batch>& batch) {
    if (!batch) {
      if (answer) connection_->send(answer->dump());
      return;
    }
    if (answer) batch->replies.push_back(std::move(*answer));
    if (--batch->open == 0 && !batch->replies.empty()) {
      connection_->send(Json(std::move(batch->replies)).dump());
    }
  }

  Agent& agent_;
  std::shared_ptr<net::LineConnection> connection_;
  Agent::ClientId client_ = 0;
  std::size_t running_ = 0;
};

}  // namespace

std::filesystem::path socket_of(const std::filesystem::path& home) {
  return home / "agent.sock";
}

RpcServer::RpcServer(Agent& agent, std::unique_ptr<net::LocalListener> listener)
    : agent_(agent), listener_(std::move(listener)) {
  listener_->start([this](std::shared_ptr<net::LineConnection> connection) {
    std::make_shared<Peer>(agent_, std::move(connection))->start();
  });
}

Result<std::unique_ptr<RpcServer>> RpcServer::start(Agent& agent,
                                                    const std::filesystem::path& home) {
  auto listener = net::LocalListener::open(agent.runtime().executor(),
                                           std::filesystem::absolute(socket_of(home)));
  if (!listener) return pass(listener);
  return std::unique_ptr<RpcServer>(new RpcServer(agent, std::move(*listener)));
}

}  // namespace sotto::node
