#include "tls/stream.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

#include "tls/openssl.h"

namespace sotto::tls {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t record = 16384;          // bytes of content at most, RFC 8446 section 5.1
constexpr std::size_t at_once = 1 << 16;       // bytes that one write encrypts
constexpr std::size_t unsent_limit = 1 << 17;  // bytes: more is a peer that makes us speak
constexpr int key_updates_limit = 16;          // without a byte of content between them
constexpr std::chrono::seconds linger{2};      // for the peer to end, too
constexpr std::size_t drained_limit = 1 << 20;  // bytes of a peer that does not stop

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // Boost's categories are never deleted
class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "sotto.tls"; }
  std::string message(int value) const override {
    switch (static_cast<StreamErrc>(value)) {
      case StreamErrc::truncated:
        return "the connection was cut";
      case StreamErrc::handshake:
        return "the TLS handshake failed";
      case StreamErrc::unverified:
        return "the certificate is not the one that was asked for";
      case StreamErrc::protocol:
        return "what came is no TLS";
    }
    return "unknown";
  }
};
const Category category;
#pragma GCC diagnostic pop

// What one step has encrypted: it rarely outlives the step, so that all streams of a thread
// share the room for it.
Bytes& encrypted() {
  thread_local Bytes bytes;
  return bytes;
}

}  // namespace

ErrorCode make_error_code(StreamErrc code) noexcept {
  return {static_cast<int>(code), category};
}

struct Stream::State : std::enable_shared_from_this<State> {
  explicit State(Socket connected) : socket(std::move(connected)) {
    ErrorCode ignored;
    socket.native_non_blocking(true, ignored);
  }

  void make_session();
  int read_socket(char* out, int size);
  Step flush();
  Step failed(int result, StreamErrc otherwise);

  static BIO_METHOD* method();
  static void on_message(int sending, int version, int kind, const void* data, std::size_t size,
                         SSL* session, void* state);

  Socket socket;
  std::shared_ptr<SSL_CTX> context;
  Session session;
  bool server = false;
  SpkiHash spki{};
  Bytes unsent;        // encrypted, and not taken by the kernel
  bool empty = false;  // the socket had nothing more when it was read last
  bool ended = false;  // the peer's bytes have
  int read_error = 0;  // of the system
  int key_updates = 0;
  std::size_t drained = 0;
  std::optional<asio::steady_timer> ending;  // until when the peer's end is waited for
  std::string failure;
};

// --- OpenSSL's view of the socket.  Writing always succeeds: into encrypted().

BIO_METHOD* Stream::State::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* const it = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (it == nullptr) throw std::bad_alloc();
    BIO_meth_set_create(it, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
    BIO_meth_set_write(it, [](BIO*, const char* data, int size) {
      append(encrypted(), std::as_bytes(std::span(data, static_cast<std::size_t>(size))));
      return size;
    });
    BIO_meth_set_read(it, [](BIO* bio, char* out, int size) {
      BIO_clear_retry_flags(bio);
      const int n = static_cast<State*>(BIO_get_data(bio))->read_socket(out, size);
      if (n < 0) BIO_set_retry_read(bio);
      return n;
    });
    BIO_meth_set_ctrl(it, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return it;
  }();
  return made;
}

// A peer may change its keys, each time at our cost: for ever only with content between.
void Stream::State::on_message(int sending, int, int kind, const void* data, std::size_t size,
                               SSL*, void* state) {
  if (sending == 0 && kind == SSL3_RT_HANDSHAKE && size > 0 &&
      *static_cast<const unsigned char*>(data) == SSL3_MT_KEY_UPDATE) {
    ++static_cast<State*>(state)->key_updates;
  }
}

void Stream::State::make_session() {
  session.reset(SSL_new(context.get()));
  BIO* const bio = BIO_new(method());
  if (session == nullptr || bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  SSL_set_bio(session.get(), bio, bio);
  SSL_set_msg_callback(session.get(), on_message);
  SSL_set_msg_callback_arg(session.get(), this);
}

// Negative: nothing now.  0: the end, or an error that stands in read_error.
int Stream::State::read_socket(char* out, int size) {
  if (empty || key_updates > key_updates_limit) return -1;
  const ssize_t n =
      ::recv(socket.native_handle(), out, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    empty = true;
    return -1;
  }
  if (n <= 0) {
    ended = true;
    read_error = n < 0 ? errno : 0;
    return 0;
  }
  // A short read has emptied it: what comes later is told by the reactor.
  empty = n < size;
  return static_cast<int>(n);
}

// Hands encrypted() to the kernel, behind what it has not taken before.
Stream::Step Stream::State::flush() {
  Bytes& fresh = encrypted();
  if (!unsent.empty()) append(unsent, fresh);
  ByteView rest = unsent.empty() ? ByteView(fresh) : ByteView(unsent);
  Step step;
  while (!rest.empty()) {
    const ssize_t n =
        ::send(socket.native_handle(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      rest = rest.subspan(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      step.need = Step::Need::writable;
      break;
    } else if (errno != EINTR) {
      step.error = ErrorCode(errno, boost::system::system_category());
      break;
    }
  }
  unsent = Bytes(rest.begin(), rest.end());
  fresh.clear();
  return step;
}

// After an OpenSSL function that returned `result`, which was no success.
Stream::Step Stream::State::failed(int result, StreamErrc otherwise) {
  Step step;
  switch (SSL_get_error(session.get(), result)) {
    case SSL_ERROR_WANT_READ:
      step.need = Step::Need::readable;
      return step;
    case SSL_ERROR_ZERO_RETURN:
      step.error = asio::error::eof;
      return step;
    default:
      break;
  }
  if (read_error != 0) {
    step.error = ErrorCode(read_error, boost::system::system_category());
  } else if (ended) {
    step.error = StreamErrc::truncated;
  } else if (!server && SSL_get_verify_result(session.get()) != X509_V_OK) {
    step.error = StreamErrc::unverified;
  } else {
    step.error = otherwise;
  }
  failure = step.error == StreamErrc::unverified
                ? X509_verify_cert_error_string(SSL_get_verify_result(session.get()))
                : take_error();
  ERR_clear_error();
  return step;
}

Stream::Stream(Socket socket, const ServerContext& context)
    : state_(std::make_shared<State>(std::move(socket))) {
  const auto loaded = context.loaded();
  state_->context = loaded->context;
  state_->spki = loaded->spki;
  state_->server = true;
}

Stream::Stream(Socket socket, const ClientContext& context, const std::string& host)
    : state_(std::make_shared<State>(std::move(socket))) {
  state_->context = context.context();
  state_->make_session();
  SSL* const session = state_->session.get();
  SSL_set_connect_state(session);
  ErrorCode is_name;
  asio::ip::make_address(host, is_name);
  if (is_name) {
    SSL_set_tlsext_host_name(session, host.c_str());
    SSL_set1_host(session, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
  }
}

Stream::Stream(Stream&& other) noexcept = default;
Stream::~Stream() {
  if (state_) close();
}

Stream::executor_type Stream::get_executor() {
  return state_->socket.get_executor();
}

Stream::Socket& Stream::socket() {
  return state_->socket;
}

Stream::Socket& Stream::about_to_wait(State& state) {
  state.empty = false;
  return state.socket;
}

Stream::Step Stream::shake_hands(State& state) {
  if (!state.session) {
    // A server's: nothing is spent on a peer that has said nothing.
    char peeked = 0;
    const ssize_t n = ::recv(state.socket.native_handle(), &peeked, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return {Step::Need::readable, {}, 0};
    if (n <= 0) return {Step::Need::nothing, StreamErrc::truncated, 0};
    state.make_session();
    SSL_set_accept_state(state.session.get());
  }
  ERR_clear_error();
  const int result = SSL_do_handshake(state.session.get());
  Step step = result == 1 ? Step{} : state.failed(result, StreamErrc::handshake);
  const Step sent = state.flush();
  if (step.error) return step;  // with an alert, if the kernel took it
  if (sent.error || sent.need != Step::Need::nothing) return sent;
  if (step.need == Step::Need::nothing && !state.server) {
    state.spki = spki_of(SSL_get0_peer_certificate(state.session.get()));
  }
  return step;
}

Stream::Step Stream::read(State& state, const Vector& into, std::size_t) {
  Step step;
  if (into.front().empty()) return step;
  ERR_clear_error();
  for (MutableBytes room : into) {
    while (!room.empty()) {
      std::size_t n = 0;
      const int result = SSL_read_ex(state.session.get(), room.data(), room.size(), &n);
      if (result == 1) {
        step.bytes += n;
        room = room.subspan(n);
        state.key_updates = 0;
        continue;
      }
      const Step end = state.failed(result, StreamErrc::protocol);
      // What has been read first; OpenSSL says the rest again.
      if (step.bytes == 0) step = end;
      break;
    }
    if (!room.empty()) break;
  }
  // Answers to new keys; what the kernel does not take goes before the next write, as RFC 8446
  // section 4.6.3 wants it.
  if (!encrypted().empty()) state.flush();
  if (state.unsent.size() > unsent_limit || state.key_updates > key_updates_limit) {
    step = {Step::Need::nothing, StreamErrc::protocol, 0};
  }
  return step;
}

Stream::Step Stream::write(State& state, const Vector& from, std::size_t before) {
  Step step;
  step.bytes = before;
  std::size_t room = before > 0 ? 0 : at_once + record / 2;
  if (state.unsent.empty() || before > 0) {
    // Nothing, or this operation's.
  } else if (step = state.flush(); step.error || step.need != Step::Need::nothing) {
    return step;  // behind an answer to new keys
  }
  ERR_clear_error();
  // Small parts, such as a header, go into one record with what follows them.
  thread_local Bytes gathered;
  gathered.clear();
  const auto encrypt = [&](ByteView part) {
    std::size_t n = 0;
    const int result = SSL_write_ex(state.session.get(), part.data(), part.size(), &n);
    if (result != 1) step.error = state.failed(result, StreamErrc::protocol).error;
    step.bytes += n;
  };
  for (std::size_t i = 0; i < from.size() && !from[i].empty() && room > 0 && !step.error; ++i) {
    ByteView part = ByteView(from[i]).first(std::min(from[i].size(), room));
    room -= part.size();
    const bool last = i + 1 == from.size() || from[i + 1].empty() || room == 0;
    if (!gathered.empty() || (!last && part.size() < record)) {
      const std::size_t n = std::min(part.size(), record - gathered.size());
      append(gathered, part.first(n));
      part = part.subspan(n);
      if (!last && gathered.size() < record) continue;
      encrypt(gathered);
      gathered.clear();
    }
    if (!part.empty() && !step.error) encrypt(part);
  }
  const Step sent = state.flush();
  step.need = sent.need;
  if (!step.error) step.error = sent.error;
  if (step.error) step.need = Step::Need::nothing;
  return step;
}

Stream::Step Stream::end(State& state) {
  if (!state.ending) {
    state.ending.emplace(state.socket.get_executor(), linger);
    auto end_it = [kept = state.shared_from_this()](const ErrorCode&) {
      ErrorCode ignored;
      kept->socket.shutdown(Socket::shutdown_both, ignored);
    };
    state.ending->async_wait(std::move(end_it));
    ERR_clear_error();
    if (state.session) SSL_shutdown(state.session.get());
    ERR_clear_error();
  }
  if (Step sent = state.flush(); sent.error || sent.need != Step::Need::nothing) return sent;
  ErrorCode ignored;
  state.socket.shutdown(Socket::shutdown_send, ignored);
  std::array<char, 4096> vain;
  while (state.drained <= drained_limit) {
    const ssize_t n =
        ::recv(state.socket.native_handle(), vain.data(), vain.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return {Step::Need::readable, {}, 0};
    if (n <= 0) break;
    state.drained += static_cast<std::size_t>(n);
  }
  state.socket.close(ignored);
  state.ending->cancel();
  return {};
}

void Stream::close() noexcept {
  ErrorCode ignored;
  state_->socket.close(ignored);
  if (state_->ending) state_->ending->cancel();
}

const SpkiHash& Stream::spki() const {
  return state_->spki;
}

std::array<std::byte, 32> Stream::exporter(std::string_view label) const {
  std::array<std::byte, 32> out{};
  const int good =
      SSL_export_keying_material(state_->session.get(), raw(MutableBytes(out)), out.size(),
                                 label.data(), label.size(), nullptr, 0, 0);
  if (good != 1) throw std::bad_alloc();  // the handshake is done: nothing else can be wrong
  return out;
}

std::string Stream::failure() const {
  return state_->failure;
}

bool Stream::expired() const {
  const long result =
      state_->session ? SSL_get_verify_result(state_->session.get()) : X509_V_OK;
  return result == X509_V_ERR_CERT_HAS_EXPIRED || result == X509_V_ERR_CERT_NOT_YET_VALID;
}

}  // namespace sotto::tls
