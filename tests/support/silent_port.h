// A host that does not answer, without leaving this machine.
#pragma once
#include <arpa/inet.h>
#include <cstdint>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace sotto {

// A port of 127.0.0.1 that answers nobody: its queue of connections is full, so the kernel
// drops whoever else tries.
class SilentPort {
 public:
  SilentPort() {
    listener_ = open_socket();
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    if (::bind(listener_, address(), size) != 0 || ::listen(listener_, 0) != 0 ||
        ::getsockname(listener_, address(), &size) != 0) {
      throw std::runtime_error("no port to be silent on");
    }
    for (int i = 0; i < 4; ++i) {
      sockets_.push_back(open_socket());
      // The first one connects and fills the queue; the others find it full.
      if (i > 0) ::fcntl(sockets_.back(), F_SETFL, O_NONBLOCK);
      [[maybe_unused]] const int ignored = ::connect(sockets_.back(), address(), size);
    }
  }
  ~SilentPort() {
    for (const int fd : sockets_) ::close(fd);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;

  std::uint16_t number() const { return ntohs(address_.sin_port); }

 private:
  int open_socket() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error("no socket");
    sockets_.push_back(fd);
    return fd;
  }
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }

  sockaddr_in address_{};
  int listener_ = -1;
  std::vector<int> sockets_;
};

}  // namespace sotto
