// TLS over a connected socket: an asynchronous stream as Asio and Beast want it.
//
// It is not asio::ssl::stream, which keeps 34 KB of buffers for each connection
// (docs/decisions/043). This one has buffers only while bytes are under way: OpenSSL frees its
// own between records, what it has encrypted waits here only when the kernel does not take it,
// and what is sent or read goes through the socket up to 64 KiB at a time.
//
// One handshake, then at most one read and one write at once.  Everything runs on the socket's
// executor.  Cancellation (terminal) ends an operation; after that of a write or a handshake
// the stream is of no use.  Errors: asio's eof after the peer's close_notify; StreamErrc; what
// the socket says.
#pragma once
#include <array>
#include <boost/asio/compose.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "tls/context.h"

namespace boost::beast {
enum class role_type;
}

namespace sotto::tls {

enum class StreamErrc {
  truncated = 1,  // the peer's bytes ended without its close_notify
  handshake,      // it failed: Stream::failure() says why
  unverified,     // the peer's certificate is not the one that was asked for
  protocol,       // what came is no TLS, or breaks its rules
};
boost::system::error_code make_error_code(StreamErrc code) noexcept;

class Stream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using executor_type = Socket::executor_type;
  using Error = boost::system::error_code;

  // The server's end.  OpenSSL's part of it is made when the first bytes have come.
  Stream(Socket socket, const ServerContext& context);

  // The client's end; `host` is a DNS name or an IP literal.
  Stream(Socket socket, const ClientContext& context, const std::string& host);

  Stream(Stream&& other) noexcept;  // none is under way
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  executor_type get_executor();
  Socket& socket();

  // void(Error)
  template <class Token>
  auto async_handshake(Token&& token) {
    return boost::asio::async_compose<Token, void(Error)>(Plain<&Stream::shake_hands>{state_},
                                                          token, socket());
  }
  // void(Error, std::size_t)
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(Error, std::size_t)>(
        Transfer<Buffers, &Stream::read>{state_, buffers}, token, socket());
  }
  // void(Error, std::size_t).  Ends once the kernel has everything that was encrypted.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(Error, std::size_t)>(
        Transfer<Buffers, &Stream::write>{state_, buffers}, token, socket());
  }

  // void(Error).  An orderly end after the last write: says close_notify and reads in vain
  // until the peer has ended too, so that what was written last is not lost with a reset; for
  // two seconds at most.
  template <class Token>
  auto async_shutdown(Token&& token) {
    return boost::asio::async_compose<Token, void(Error)>(Plain<&Stream::end>{state_}, token,
                                                          socket());
  }

  // Closes the socket.  Pending operations end with operation_aborted.
  void close() noexcept;

  // --- once the handshake is done

  const SpkiHash& spki() const;  // of the server's certificate, on both ends
  // RFC 8446 section 7.5, without a context.
  std::array<std::byte, 32> exporter(std::string_view label) const;

  // --- once it failed: what OpenSSL says, and (of a client) about the certificate
  std::string failure() const;
  bool expired() const;  // it has expired, or is not valid yet

 private:
  struct State;
  // What has been done, or what has to happen to the socket before more can be done.
  struct Step {
    enum class Need { nothing, readable, writable } need = Need::nothing;
    Error error;
    std::size_t bytes = 0;
  };
  using Vector = std::array<MutableBytes, 8>;  // const or not: writing reads them only

  static Step shake_hands(State& state);
  static Step end(State& state);
  // `before`: what the step before it has done of the same operation.
  static Step read(State& state, const Vector& into, std::size_t before);
  static Step write(State& state, const Vector& from, std::size_t before);

  static Socket& about_to_wait(State& state);

  // Calls `self` again when `need` has come.
  template <class Self>
  static void wait(State& state, Step::Need need, Self&& self) {
    if (need == Step::Need::nothing) return boost::asio::post(std::forward<Self>(self));
    about_to_wait(state).async_wait(
        need == Step::Need::readable ? Socket::wait_read : Socket::wait_write,
        std::forward<Self>(self));
  }

  // Steps until one needs nothing.  What ends at once is told later, as initiating functions
  // have to.
  template <auto step>
  struct Plain {
    std::shared_ptr<State> state;
    Step done{};
    bool begun = false;

    template <class Self>
    void operator()(Self& self, Error error = {}) {
      if (begun && done.need == Step::Need::nothing) return self.complete(done.error);
      if (error) return self.complete(error);
      done = step(*state);
      if (done.need == Step::Need::nothing && begun) return self.complete(done.error);
      begun = true;
      State& of = *state;  // which moving would leave behind
      wait(of, done.need, std::move(self));
    }
  };

  template <class Buffers, auto step>
  struct Transfer {
    std::shared_ptr<State> state;
    Buffers buffers;
    Step done{};
    bool begun = false;

    template <class Self>
    void operator()(Self& self, Error error = {}) {
      if (begun && done.need == Step::Need::nothing)
        return self.complete(done.error, done.bytes);
      if (error) return self.complete(error, 0);
      Vector parts{};
      std::size_t count = 0;
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers) && count < parts.size(); ++at) {
        const boost::asio::const_buffer part(*at);
        if (part.size() == 0) continue;
        parts[count++] = {static_cast<std::byte*>(const_cast<void*>(part.data())), part.size()};
      }
      done = step(*state, parts, done.bytes);
      if (done.need == Step::Need::nothing && begun)
        return self.complete(done.error, done.bytes);
      begun = true;
      State& of = *state;  // which moving would leave behind
      wait(of, done.need, std::move(self));
    }
  };

  std::shared_ptr<State> state_;  // an operation that is under way keeps it
};

// What Beast asks of a stream beside the above.
template <class Handler>
void async_teardown(boost::beast::role_type, Stream& stream, Handler&& handler) {
  stream.async_shutdown(std::forward<Handler>(handler));
}
inline void beast_close_socket(Stream& stream) {
  stream.close();
}

}  // namespace sotto::tls

template <>
struct boost::system::is_error_code_enum<sotto::tls::StreamErrc> : std::true_type {};
