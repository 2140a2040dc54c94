// The owner of a profile when it is another process: JSON-RPC over its socket.
#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <memory>

#include "base/time.h"
#include "net/local_socket.h"
#include "node/owner.h"

namespace sotto::node {

class RpcClient final : public Owner {
 public:
  // Null when no process serves the socket of this home; rpc.failed when one does but does not
  // answer within 5 s.
  static Result<std::unique_ptr<RpcClient>> connect(const std::filesystem::path& home);
  ~RpcClient() override;

  boost::asio::io_context& loop() { return loop_; }

  void call(std::string method, Json params, Done done) override;
  void set_on_notice(OnNotice on_notice) override { on_notice_ = std::move(on_notice); }
  void detach() override;

  // Calls and runs the loop until the answer is there, at most `limit`.  rpc.failed.
  Result<Json> ask(const std::string& method, Json params, milliseconds limit);

 private:
  RpcClient() = default;
  void on_line(const std::string& line);
  void lose(const Error& why);

  boost::asio::io_context loop_{1};
  std::shared_ptr<net::LineConnection> connection_;
  std::map<std::int64_t, Done> waiting_;
  std::int64_t next_id_ = 1;
  OnNotice on_notice_;
};

}  // namespace sotto::node
