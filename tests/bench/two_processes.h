// Two processes, each on a core of its own, with a TCP connection between them over loopback.
#pragma once
#include <arpa/inet.h>
#include <array>
#include <functional>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "bench/rounds.h"

namespace sotto::bench {

struct Cores {
  int here;
  int there;
};

// Both ends of a connection that stands.
struct TcpPair {
  int here;
  int there;
};

inline TcpPair connected_pair() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  must(::bind(listener, any, length) == 0 && ::listen(listener, 1) == 0 &&
           ::getsockname(listener, any, &length) == 0,
       "listen");
  const int here = ::socket(AF_INET, SOCK_STREAM, 0);
  must(::connect(here, any, length) == 0, "connect");
  const int there = ::accept(listener, nullptr, nullptr);
  must(there >= 0, "accept");
  ::close(listener);
  for (const int end : {here, there}) {
    const int yes = 1;
    ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  return {here, there};
}

// What `ours` returns, while `theirs` runs in another process until it returns; both close the
// socket that they are given.
inline double with_peer(const Cores& cores, const std::function<double(int)>& ours,
                        const std::function<void(int)>& theirs) {
  const TcpPair pair = connected_pair();
  std::array<int, 2> ready;
  must(::pipe(ready.data()) == 0, "pipe");
  const pid_t child = ::fork();
  must(child >= 0, "fork");
  if (child == 0) {
    int status = 1;
    try {
      ::alarm(120);  // should the other one be no more
      ::close(pair.here);
      pin_to(cores.there);
      must(::write(ready[1], "r", 1) == 1, "ready");
      theirs(pair.there);
      status = 0;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the other process: %s\n", error.what());
    }
    ::_exit(status);
  }
  ::close(pair.there);
  char byte = 0;
  must(::read(ready[0], &byte, 1) == 1, "the other process is ready");
  ::close(ready[0]);
  ::close(ready[1]);
  const double figure = ours(pair.here);
  int status = -1;
  must(::waitpid(child, &status, 0) == child && status == 0, "the other process");
  return figure;
}

inline void write_whole(int socket, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    must(n > 0, "send");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

// False at the end.
inline bool read_whole(int socket, MutableBytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::recv(socket, bytes.data(), bytes.size(), 0);
    must(n >= 0, "recv");
    if (n == 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace sotto::bench
