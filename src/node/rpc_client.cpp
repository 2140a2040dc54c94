#include "node/rpc_client.h"

#include <boost/asio/post.hpp>

#include "node/errors.h"
#include "node/rpc.h"
#include "node/rpc_server.h"

namespace sotto::node {
namespace {

constexpr milliseconds greeting_limit{5'000};

Error lost_owner() {
  return {Errc::rpc_failed,
          "The process that owns this profile hung up. Start the command again."};
}

}  // namespace

RpcClient::~RpcClient() {
  detach();
}

Result<std::unique_ptr<RpcClient>> RpcClient::connect(const std::filesystem::path& home) {
  std::unique_ptr<RpcClient> self(new RpcClient);
  auto connection = net::connect_local(self->loop_.get_executor(),
                                       std::filesystem::absolute(socket_of(home)));
  if (!connection) return nullptr;
  self->connection_ = std::move(*connection);
  self->connection_->start([raw = self.get()](std::string line) { raw->on_line(line); },
                           [raw = self.get()] { raw->lose(lost_owner()); });
  const auto greeting = self->ask("id", Json::Object(), greeting_limit);
  if (greeting) return self;
  // An owner that was just ending is none.
  if (!self->connection_) return nullptr;
  return std::unexpected(greeting.error());
}

void RpcClient::call(std::string method, Json params, Done done) {
  if (!connection_) {
    boost::asio::post(loop_, [done = std::move(done)] { done(std::unexpected(lost_owner())); });
    return;
  }
  const std::int64_t id = next_id_++;
  waiting_.emplace(id, std::move(done));
  connection_->send(rpc_request(id, method, params));
}

void RpcClient::on_line(const std::string& line) {
  auto incoming = parse_incoming(line);
  if (!incoming) return lose(incoming.error());
  // A copy: the client may detach while it is told.
  const OnNotice notice = on_notice_;
  if (incoming->notification && notice) {
    notice(incoming->notification->method, incoming->notification->params);
  }
  if (!incoming->answer) return;
  const auto at = waiting_.find(incoming->answer->id);
  if (at == waiting_.end()) return;
  const Done done = std::move(at->second);
  waiting_.erase(at);
  done(std::move(incoming->answer->result));
}

void RpcClient::lose(const Error& why) {
  if (!connection_) return;
  connection_->close();
  connection_.reset();
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& [id, done] : waiting) done(std::unexpected(why));
  const OnNotice notice = on_notice_;
  if (notice) notice("lost", Json().set("code", why.name()).set("text", why.text()));
}

void RpcClient::detach() {
  on_notice_ = nullptr;
  waiting_.clear();
  if (connection_) connection_->close();
  connection_.reset();
}

Result<Json> RpcClient::ask(const std::string& method, Json params, milliseconds limit) {
  std::optional<Result<Json>> answer;
  call(method, std::move(params),
       [&answer](Result<Json> result) { answer = std::move(result); });
  const auto deadline = std::chrono::steady_clock::now() + limit;
  loop_.restart();
  while (!answer && std::chrono::steady_clock::now() < deadline) {
    if (loop_.run_one_until(deadline) == 0) break;
  }
  if (answer) return std::move(*answer);
  waiting_.clear();
  return fail(Errc::rpc_failed,
              "The process that owns this profile does not answer. End it, then try again.");
}

}  // namespace sotto::node
