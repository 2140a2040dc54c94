#include "net/socket_file.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using transport::Errc;

constexpr std::size_t path_limit = sizeof(sockaddr_un::sun_path) - 1;

bool has_socket(const std::filesystem::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

Result<void> check_socket_path(const std::filesystem::path& path) {
  if (!path.empty() && path.native().size() <= path_limit) return {};
  return fail(Errc::bind, "The path '" + displayable(path.native()) + "' has " +
                              std::to_string(path.native().size()) +
                              " bytes, and a socket's has 1 to " + std::to_string(path_limit) +
                              ". Use another home, with a shorter path.");
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

Result<SocketFile> SocketFile::listen(stream_protocol::acceptor& acceptor,
                                      const std::filesystem::path& path,
                                      const std::string& name) {
  boost::system::error_code error;
  if (has_socket(path)) ::unlink(path.c_str());
  acceptor.open(stream_protocol(), error);
  // Before bind: the socket's file gets the mode of the descriptor, less the umask.
  if (!error) ::fchmod(acceptor.native_handle(), S_IRUSR | S_IWUSR);
  if (!error) acceptor.bind({name}, error);
  SocketFile file;
  struct stat status{};
  if (!error && ::lstat(path.c_str(), &status) == 0) {
    file.path_ = path;
    file.device_ = status.st_dev;
    file.inode_ = status.st_ino;
  }
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(Errc::bind, "Cannot make the socket " + displayable(path.native()) + ": " +
                                error.message() + ".");
  }
  return file;
}

void SocketFile::remove() noexcept {
  struct stat status{};
  const bool ours = !path_.empty() && ::lstat(path_.c_str(), &status) == 0 &&
                    status.st_dev == device_ && status.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace sotto::net
