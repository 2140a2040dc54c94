// The file of a unix socket that listens: mode 0600, and gone when its listener goes.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <sys/types.h>

#include "base/error.h"

namespace sotto::net {

// transport's bind for a path that no socket can have: empty, or over 107 bytes.
Result<void> check_socket_path(const std::filesystem::path& path);

class SocketFile {
 public:
  SocketFile() = default;
  ~SocketFile() { remove(); }
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) noexcept;

  // Makes `acceptor` listen at `path`, in the place of a socket that an earlier process left.
  // `name` is another name of `path` that fits into an address.  transport's bind.
  static Result<SocketFile> listen(boost::asio::local::stream_protocol::acceptor& acceptor,
                                   const std::filesystem::path& path, const std::string& name);

  // Unless another listener has put its own in the place of this.  Idempotent.
  void remove() noexcept;

 private:
  std::filesystem::path path_;  // empty: none
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sotto::net
