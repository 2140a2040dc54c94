#include "net/local_socket.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using transport::Errc;

constexpr std::size_t chunk = std::size_t{64} * 1024;

// A name of at most 107 bytes for any path: through an open descriptor of its folder.
class ShortPath {
 public:
  explicit ShortPath(const std::filesystem::path& path)
      : folder_(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        name_("/proc/self/fd/" + std::to_string(folder_) + "/" + path.filename().string()) {}
  ShortPath(const ShortPath&) = delete;
  ShortPath& operator=(const ShortPath&) = delete;
  ~ShortPath() {
    if (folder_ >= 0) ::close(folder_);
  }
  const std::string& text() const { return name_; }

 private:
  int folder_;
  std::string name_;
};

bool is_same_user(stream_protocol::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

}  // namespace

LineConnection::LineConnection(Socket socket) : socket_(std::move(socket)) {}

void LineConnection::start(std::function<void(std::string)> on_line,
                           std::function<void()> on_closed) {
  on_line_ = std::move(on_line);
  on_closed_ = std::move(on_closed);
  read();
}

void LineConnection::read() {
  if (held_ || reading_ || !socket_.is_open()) return;
  reading_ = true;
  const std::size_t had = incoming_.size();
  incoming_.resize(had + chunk);
  socket_.async_read_some(
      asio::buffer(incoming_.data() + had, chunk),
      [self = shared_from_this(), had](const boost::system::error_code& error, std::size_t n) {
        self->reading_ = false;
        self->incoming_.resize(had + n);
        if (error) return self->end();
        self->take_lines();
      });
}

void LineConnection::take_lines() {
  std::size_t begin = 0;
  // A copy: whoever hears a line may end the connection.
  const auto on_line = on_line_;
  while (!held_ && on_line_) {
    const std::size_t at = incoming_.find('\n', begin);
    if (at == std::string::npos) break;
    std::string line = incoming_.substr(begin, at - begin);
    begin = at + 1;
    on_line(std::move(line));
  }
  incoming_.erase(0, begin);
  if (!socket_.is_open() || (!held_ && incoming_.size() > line_limit)) return end();
  read();
}

void LineConnection::resume() {
  held_ = false;
  // Not at once: the caller may be inside on_line.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (!self->reading_) self->take_lines();
  });
}

void LineConnection::send(std::string line) {
  if (!socket_.is_open() || closing_) return;
  unsent_ += line.size() + 1;
  if (unsent_ > unsent_limit) return close();
  line += '\n';
  outgoing_.push_back(std::move(line));
  if (!writing_) write();
}

void LineConnection::write() {
  writing_ = true;
  asio::async_write(
      socket_, asio::buffer(outgoing_.front()),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
        self->writing_ = false;
        if (error) return self->end();
        self->unsent_ -= self->outgoing_.front().size();
        self->outgoing_.pop_front();
        if (!self->outgoing_.empty()) return self->write();
        if (self->closing_) self->end();
      });
}

void LineConnection::close_when_sent() {
  closing_ = true;
  if (!writing_) end();
}

void LineConnection::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void LineConnection::end() {
  close();
  on_line_ = nullptr;
  if (auto closed = std::exchange(on_closed_, nullptr)) closed();
}

Result<std::shared_ptr<LineConnection>> connect_local(const asio::any_io_executor& executor,
                                                      const std::filesystem::path& path) {
  stream_protocol::socket socket(executor);
  boost::system::error_code error;
  const ShortPath name(path);
  socket.connect({name.text()}, error);
  if (error) {
    return fail(Errc::unreachable, "No process owns the profile at " +
                                       displayable(path.string()) + ": " + error.message() +
                                       ".");
  }
  return std::make_shared<LineConnection>(std::move(socket));
}

LocalListener::LocalListener(stream_protocol::acceptor acceptor, SocketFile file)
    : acceptor_(std::move(acceptor)),
      file_(std::move(file)),
      alive_(std::make_shared<bool>(true)) {}

LocalListener::~LocalListener() {
  *alive_ = false;
}

Result<std::unique_ptr<LocalListener>> LocalListener::open(
    const asio::any_io_executor& executor, const std::filesystem::path& path) {
  stream_protocol::acceptor acceptor(executor);
  const ShortPath name(path);
  auto file = SocketFile::listen(acceptor, path, name.text());
  if (!file) return pass(file);
  return std::unique_ptr<LocalListener>(
      new LocalListener(std::move(acceptor), std::move(*file)));
}

void LocalListener::start(std::function<void(std::shared_ptr<LineConnection>)> on_connection) {
  on_connection_ = std::move(on_connection);
  accept();
}

void LocalListener::accept() {
  acceptor_.async_accept([this, alive = alive_](const boost::system::error_code& error,
                                                stream_protocol::socket socket) {
    if (!*alive || error == asio::error::operation_aborted) return;
    if (!error && is_same_user(socket)) {
      on_connection_(std::make_shared<LineConnection>(std::move(socket)));
    }
    if (!*alive) return;
    if (!error) return accept();
    // No descriptors left: somebody will close one.
    auto pause = std::make_shared<asio::steady_timer>(acceptor_.get_executor(),
                                                      std::chrono::milliseconds(100));
    pause->async_wait([this, still = alive, pause](const boost::system::error_code&) {
      if (*still) accept();
    });
  });
}

}  // namespace sotto::net
