#include "net/local_stream.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <utility>

#include "net/accept.h"
#include "net/connect.h"
#include "net/socket_file.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;

class LocalStreams final : public transport::Listener {
 public:
  LocalStreams(stream_protocol::acceptor acceptor, SocketFile file)
      : acceptor_(std::move(acceptor)), file_(std::move(file)) {}

  Async<transport::Accepted> accept() override {
    auto socket = co_await accept_next(acceptor_);
    if (!socket) co_return pass(socket);
    transport::Accepted accepted{std::make_unique<SocketStream>(Socket(std::move(*socket))),
                                 ""};
    co_return std::move(accepted);
  }

  void close() noexcept override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    file_.remove();
  }

 private:
  stream_protocol::acceptor acceptor_;
  SocketFile file_;
};

}  // namespace

Async<std::unique_ptr<transport::ByteStream>> dial_local(asio::any_io_executor executor,
                                                         std::filesystem::path path,
                                                         SteadyTime deadline) {
  auto socket =
      co_await connect_here(std::move(executor), std::move(path), "The socket", deadline);
  if (!socket) co_return pass(socket);
  co_return std::make_unique<SocketStream>(std::move(*socket));
}

Result<std::unique_ptr<transport::Listener>> listen_local(const asio::any_io_executor& executor,
                                                          const std::filesystem::path& path) {
  if (const auto checked = check_socket_path(path); !checked) {
    return std::unexpected(checked.error());
  }
  stream_protocol::acceptor acceptor(executor);
  auto file = SocketFile::listen(acceptor, path, path.native());
  if (!file) return pass(file);
  return std::make_unique<LocalStreams>(std::move(acceptor), std::move(*file));
}

}  // namespace sotto::net
