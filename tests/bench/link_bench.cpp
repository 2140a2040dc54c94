// What a session over a link costs beyond the bytes that it moves, two processes over loopback:
//
//   link_bench bulk        CORE CORE ROUNDS   MB/s of a session, of a bare pair of processes
//   that
//                                             encrypt and write, read and decrypt records of
//                                             the same size, and of plain TCP
//   link_bench round_trip  CORE CORE ROUNDS   microseconds of a frame and its answer, and of as
//                                             many bytes over raw TCP
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/big_endian.h"
#include "bench/two_processes.h"
#include "crypto/aead.h"
#include "net/asio_timer.h"
#include "net/tcp_stream.h"
#include "room/forward.h"
#include "session/link_driver.h"
#include "support/people.h"

namespace sotto::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t bulk_bytes = std::size_t{96} << 20;  // a round
constexpr int round_trips = 2000;                          // a round
constexpr std::size_t short_record = session::record_header_bytes + session::record_sizes[0];
constexpr std::size_t long_record = session::record_header_bytes + session::record_sizes[3];

// The keys of a link that two people have just made.
struct Keys {
  noise::Transport joiner;
  noise::Transport host;
};

Keys new_keys() {
  RealEntropy entropy;
  const Person host(entropy, "host");
  const Person joiner(entropy, "joiner");
  const crypto::SymmetricKey psk(entropy);
  const LinkRef ref = LinkRef::random(entropy);
  session::JoinerHandshake ours(joiner_parameters(joiner, host, ref, psk), entropy);
  session::HostHandshake theirs(host.card.identity_pk, host.identity.static_key, entropy);
  must(must(theirs.hello(must(ours.start()))) == ref, "ref");
  must(theirs.authenticate(must(ours.answer(must(theirs.respond(psk.copy()))))));
  return {std::move(ours).finish(), std::move(theirs).finish()};
}

// One side of a session over its link, as the program runs it.
class End {
 public:
  End(int socket, noise::Transport transport, session::Side side)
      : stream_(adopted(socket)),
        link_(std::move(transport), timer_.now()),
        session_(SessionId(), side) {
    session_.set_wake([this] { timer_.wake(); });
    must(session_.attach(1, 0));
  }

  session::Session& session() { return session_; }
  void stop() { io_.stop(); }

  // Until stop(), or the other side's end.
  void run(const std::function<void(session::MessageArrived)>& on_message) {
    auto on_events = [this, &on_message] {
      while (auto event = session_.next_event()) {
        auto* const message = std::get_if<session::MessageArrived>(&*event);
        if (message != nullptr) on_message(std::move(*message));
      }
    };
    asio::co_spawn(io_, session::run_link(stream_, link_, session_, 1, timer_, on_events),
                   [](const std::exception_ptr&, const Result<void>&) {});
    io_.run();
  }

 private:
  net::TcpStream adopted(int socket) {
    return net::TcpStream(asio::ip::tcp::socket(io_, asio::ip::tcp::v4(), socket));
  }

  asio::io_context io_;
  net::AsioTimer timer_{io_.get_executor()};
  net::TcpStream stream_;
  session::Link link_;
  session::Session session_;
};

double mb_a_second(double seconds) {
  return static_cast<double>(bulk_bytes) / 1e6 / seconds;
}

// As much as forwards let wait, in messages of their size, over a channel of their kind.
double session_bulk(const Cores& cores) {
  Keys keys = new_keys();
  const auto sends = [&](int socket) {
    End end(socket, std::move(keys.joiner), session::Side::joiner);
    session::Session& session = end.session();
    const auto channel = session.open(session::ChannelKind::forward, {});
    std::size_t left = bulk_bytes;
    const auto more = [&](session::ChannelId) {
      while (left > 0 && session.queued_bytes(channel) < room::forward_queue_limit) {
        const std::size_t length = std::min(left, room::forward_message_bytes);
        session.send(channel, Bytes(length));
        left -= length;
      }
    };
    session.set_on_framed(session::ChannelKind::forward, more);
    return mb_a_second(seconds_of([&] {
      more(channel);
      end.run([&](const session::MessageArrived&) { end.stop(); });
    }));
  };
  const auto takes = [&](int socket) {
    End end(socket, std::move(keys.host), session::Side::host);
    std::size_t taken = 0;
    end.run([&](const session::MessageArrived& arrived) {
      taken += arrived.message.size();
      end.session().consumed(arrived.channel, arrived.credit);
      if (taken == bulk_bytes) end.session().send(session::chat_channel, Bytes(1));
    });
  };
  return with_peer(cores, sends, takes);
}

// A record as small as can be: its length, then what one call of the library makes of a buffer.
double bare_bulk(const Cores& cores) {
  RealEntropy entropy;
  const crypto::SymmetricKey key(entropy);
  const auto sends = [&](int socket) {
    Bytes record(long_record);
    return mb_a_second(seconds_of([&] {
      crypto::Nonce12 nonce{};
      const auto message = MutableBytes(record).subspan(session::record_header_bytes);
      const auto plaintext = message.first(session::record_payload_limit);
      for (std::size_t sent = 0; sent < bulk_bytes; sent += plaintext.size()) {
        store_be(MutableBytes(nonce), static_cast<std::uint32_t>(sent));
        crypto::chacha20poly1305_encrypt(key, nonce, {}, plaintext, message);
        write_whole(socket, record);
      }
      must(read_whole(socket, MutableBytes(record).first(1)), "taken");
      ::close(socket);
    }));
  };
  const auto takes = [&](int socket) {
    Bytes record(long_record);
    crypto::Nonce12 nonce{};
    const auto message = MutableBytes(record).subspan(session::record_header_bytes);
    for (std::size_t taken = 0; taken < bulk_bytes; taken += session::record_payload_limit) {
      must(read_whole(socket, record), "more");
      store_be(MutableBytes(nonce), static_cast<std::uint32_t>(taken));
      must(crypto::chacha20poly1305_decrypt(key, nonce, {}, message, message));
    }
    write_whole(socket, ByteView(record).first(1));
    must(!read_whole(socket, MutableBytes(record).first(1)), "end");
  };
  return with_peer(cores, sends, takes);
}

double plain_bulk(const Cores& cores) {
  const auto sends = [](int socket) {
    Bytes block(long_record);
    return mb_a_second(seconds_of([&] {
      for (std::size_t sent = 0; sent < bulk_bytes; sent += block.size()) {
        write_whole(socket, block);
      }
      must(read_whole(socket, MutableBytes(block).first(1)), "taken");
      ::close(socket);
    }));
  };
  const auto takes = [](int socket) {
    Bytes block(long_record);
    for (std::size_t taken = 0; taken < bulk_bytes; taken += block.size()) {
      must(read_whole(socket, block), "more");
    }
    write_whole(socket, ByteView(block).first(1));
    must(!read_whole(socket, MutableBytes(block).first(1)), "end");
  };
  return with_peer(cores, sends, takes);
}

double microseconds_each(double seconds) {
  return seconds * 1e6 / round_trips;
}

// A short message on the chat's channel, and the same back.
double session_round_trip(const Cores& cores) {
  Keys keys = new_keys();
  const auto asks = [&](int socket) {
    End end(socket, std::move(keys.joiner), session::Side::joiner);
    int left = round_trips;
    return microseconds_each(seconds_of([&] {
      end.session().send(session::chat_channel, Bytes(32));
      end.run([&](session::MessageArrived arrived) {
        end.session().consumed(arrived.channel, arrived.credit);
        if (--left == 0) return end.stop();
        end.session().send(session::chat_channel, std::move(arrived.message));
      });
    }));
  };
  const auto answers = [&](int socket) {
    End end(socket, std::move(keys.host), session::Side::host);
    end.run([&](session::MessageArrived arrived) {
      end.session().consumed(arrived.channel, arrived.credit);
      end.session().send(session::chat_channel, std::move(arrived.message));
    });
  };
  return with_peer(cores, asks, answers);
}

double raw_round_trip(const Cores& cores) {
  const auto asks = [](int socket) {
    Bytes record(short_record);
    return microseconds_each(seconds_of([&] {
      for (int i = 0; i < round_trips; ++i) {
        write_whole(socket, record);
        must(read_whole(socket, record), "answer");
      }
      ::close(socket);
    }));
  };
  const auto answers = [](int socket) {
    Bytes record(short_record);
    while (read_whole(socket, record)) write_whole(socket, record);
  };
  return with_peer(cores, asks, answers);
}

void bench(const Words& words) {
  const Cores cores{words.number(1), words.number(2)};
  const int rounds = words.number(3);
  pin_to(cores.here);
  if (words.text(0) == "bulk") {
    take_turns({{"session", [&] { return session_bulk(cores); }},
                {"bare", [&] { return bare_bulk(cores); }},
                {"plain", [&] { return plain_bulk(cores); }}},
               rounds);
  } else {
    take_turns({{"session", [&] { return session_round_trip(cores); }},
                {"raw", [&] { return raw_round_trip(cores); }}},
               rounds);
  }
}

}  // namespace
}  // namespace sotto::bench

int main(int count, char** words) {
  return sotto::bench::run(count, words, sotto::bench::bench);
}
