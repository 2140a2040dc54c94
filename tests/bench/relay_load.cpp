// Load for a relay, or for what it is compared with, from a process of its own on one core:
//
//   relay_load bulk        KIND PORT BACK FOLDER CORE PIDS MEGABYTES
//   relay_load round_trip  KIND PORT BACK FOLDER CORE PIDS COUNT
//   relay_load connections KIND PORT BACK FOLDER CORE PIDS COUNT
//   relay_load crowd       KIND PORT BACK FOLDER CORE PIDS IDLE PAIRS SECONDS
//
// KIND is bench/relay_ends.h's; PIDS are the server's processes, with commas.  What the server
// took of processor and memory is the kernel's account.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <sys/resource.h>

#include "bench/relay_ends.h"
#include "bench/rounds.h"

namespace sotto::bench {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator&&;
using Clock = std::chrono::steady_clock;

constexpr std::size_t record = 65537;  // bytes of the longest record of a link, with its length
constexpr std::size_t small = 512;     // bytes of the shortest
constexpr int at_once = 64;            // connections that are being made

class Server {
 public:
  explicit Server(const std::string& pids) {
    std::istringstream list(pids);
    for (std::string pid; std::getline(list, pid, ',');) pids_.push_back(pid);
  }
  double cpu_seconds() const {
    double all = 0;
    for (const std::string& pid : pids_) {
      for (const auto& task : std::filesystem::directory_iterator("/proc/" + pid + "/task")) {
        std::ifstream file(task.path() / "schedstat");
        double nanoseconds = 0;
        file >> nanoseconds;
        all += nanoseconds / 1e9;
      }
    }
    return all;
  }
  double kibibytes() const {
    double pages = 0;
    for (const std::string& pid : pids_) {
      std::ifstream file("/proc/" + pid + "/statm");
      double size = 0;
      double resident = 0;
      file >> size >> resident;
      pages += resident;
    }
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
  }

 private:
  std::vector<std::string> pids_;
};

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Runs it to its end.
template <class T>
T run_to_end(asio::io_context& io, asio::awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr failure;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T value) {
    failure = error;
    result = std::move(value);
  });
  io.restart();
  while (!result && !failure && io.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

asio::awaitable<std::size_t> send(transport::ByteStream& to, std::size_t bytes) {
  const Bytes content(record, std::byte{0x5a});
  for (std::size_t sent = 0; sent < bytes; sent += content.size()) {
    must(co_await to.write_all(content));
  }
  co_return bytes;
}

asio::awaitable<std::size_t> take(transport::ByteStream& from, std::size_t bytes) {
  Bytes room(1 << 16);
  std::size_t got = 0;
  while (got < bytes) got += must(co_await from.read_some(room));
  co_return got;
}

// `size` bytes there and back again, `count` times.
asio::awaitable<int> bounce(Ends& ends, std::size_t size, int count) {
  const Bytes content(size, std::byte{0x5a});
  for (int i = 0; i < count; ++i) {
    must(co_await ends.near->write_all(content));
    co_await take(*ends.far, size);
    must(co_await ends.far->write_all(content));
    co_await take(*ends.near, size);
  }
  co_return count;
}

void bulk(asio::io_context& io, Meeting& meeting, const Server& server, double megabytes) {
  Ends ends = run_to_end(io, meeting.connect());
  const auto bytes = static_cast<std::size_t>(megabytes * 1e6) / record * record;
  auto warm = send(*ends.near, 100 * record) && take(*ends.far, 100 * record);
  run_to_end(io, std::move(warm));
  const double before = server.cpu_seconds();
  const auto start = Clock::now();
  auto both = send(*ends.near, bytes) && take(*ends.far, bytes);
  run_to_end(io, std::move(both));
  const double seconds = since(start);
  print("megabytes_a_second", {static_cast<double>(bytes) / 1e6 / seconds});
  print("cpu_seconds_a_gigabyte",
        {(server.cpu_seconds() - before) / (static_cast<double>(bytes) / 1e9)});
}

void round_trip(asio::io_context& io, Meeting& meeting, int count) {
  Ends ends = run_to_end(io, meeting.connect());
  run_to_end(io, bounce(ends, small, count / 10 + 1));
  const auto start = Clock::now();
  run_to_end(io, bounce(ends, small, count));
  print("microseconds", {since(start) / count * 1e6});
}

asio::awaitable<int> connect_many(Meeting& meeting, int& left,
                                  std::vector<Meeting::Waiting>& kept) {
  while (left > 0) {
    --left;
    auto waiting = co_await meeting.wait();
    kept.push_back(std::move(waiting));
  }
  co_return 0;
}

// Makes `count` of them, `at_once` at a time.
void connect_all(asio::io_context& io, Meeting& meeting, int count,
                 std::vector<Meeting::Waiting>& kept) {
  int left = count;
  int running = at_once;
  std::exception_ptr failure;
  for (int i = 0; i < at_once; ++i) {
    asio::co_spawn(io, connect_many(meeting, left, kept), [&](std::exception_ptr error, int) {
      if (error) failure = error;
      --running;
    });
  }
  io.restart();
  while (running > 0 && !failure && io.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
}

void connections(asio::io_context& io, Meeting& meeting, const Server& server, int count) {
  std::vector<Meeting::Waiting> kept;  // a proxy's two sides are not always of one pair
  connect_all(io, meeting, at_once, kept);
  const double before = server.cpu_seconds();
  const auto start = Clock::now();
  connect_all(io, meeting, count, kept);
  print("connections_a_second", {count / since(start)});
  print("cpu_microseconds", {(server.cpu_seconds() - before) / count * 1e6});
}

// Answers pings, and counts those that were dropped.
asio::awaitable<void> stay(net::WebSocket& client, const bool& over, int& dropped) {
  while (true) {
    const auto message = co_await client.read_message();
    if (message) continue;
    if (!over) ++dropped;
    co_return;
  }
}

struct Busy {
  Ends ends;
  std::size_t bytes = 0;
  bool failed = false;
};

asio::awaitable<void> be_busy(Busy& busy, Clock::time_point until) {
  constexpr std::size_t chunk = 16384;
  try {
    while (Clock::now() < until) {
      co_await bounce(busy.ends, chunk, 1);
      busy.bytes += 2 * chunk;
    }
  } catch (const std::exception&) {
    busy.failed = true;
  }
}

asio::awaitable<int> meet(Meeting& meeting, std::vector<std::unique_ptr<Busy>>& busy) {
  auto one = std::make_unique<Busy>();
  one->ends = co_await meeting.connect();
  busy.push_back(std::move(one));
  co_return 0;
}

// `idle` that only wait and `pairs` that talk: what each costs, and who is dropped.
void crowd(asio::io_context& io, Meeting& meeting, const Server& server, int idle, int pairs,
           int for_seconds) {
  const double empty = server.kibibytes();
  std::vector<Meeting::Waiting> waiting;
  connect_all(io, meeting, idle, waiting);
  bool over = false;
  int dropped = 0;
  for (auto& one : waiting) {
    if (one.client) asio::co_spawn(io, stay(*one.client, over, dropped), asio::detached);
  }
  io.restart();
  io.run_for(seconds(3));
  const double sockets = waiting.empty() || waiting.front().client ? idle : 2.0 * idle;
  print("kibibytes_empty", {empty});
  if (idle > 0) print("kibibytes_a_connection", {(server.kibibytes() - empty) / sockets});
  std::vector<std::unique_ptr<Busy>> busy;
  for (int i = 0; i < pairs; ++i) run_to_end(io, meet(meeting, busy));
  const auto start = Clock::now();
  for (auto& one : busy) {
    asio::co_spawn(io, be_busy(*one, start + seconds(for_seconds)), asio::detached);
  }
  io.restart();
  io.run_for(seconds(for_seconds + 2));
  std::size_t bytes = 0;
  int silent = 0;
  for (const auto& one : busy) {
    bytes += one->bytes;
    if (one->failed || one->bytes == 0) ++silent;
  }
  print("idle_dropped", {static_cast<double>(dropped)});
  print("pairs_dropped", {static_cast<double>(silent)});
  if (pairs > 0)
    print("crowd_megabytes_a_second", {static_cast<double>(bytes) / 1e6 / for_seconds});
  print("kibibytes_full", {server.kibibytes()});
  over = true;
}

void raise_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void bench(const Words& words) {
  raise_limit();
  const std::string what = words.text(0);
  pin_to(words.number(5));
  asio::io_context io(1);
  Meeting meeting(io.get_executor(), words.text(1), static_cast<std::uint16_t>(words.number(2)),
                  static_cast<std::uint16_t>(words.number(3)), words.text(4));
  const Server server(words.text(6));
  if (what == "bulk") return bulk(io, meeting, server, words.number(7));
  if (what == "round_trip") return round_trip(io, meeting, words.number(7));
  if (what == "connections") return connections(io, meeting, server, words.number(7));
  must(what == "crowd", "bulk, round_trip, connections or crowd");
  crowd(io, meeting, server, words.number(7), words.number(8), words.number(9));
  std::_Exit(0);  // ten thousand connections are closed by the kernel faster
}

}  // namespace
}  // namespace sotto::bench

int main(int count, char** words) {
  return sotto::bench::run(count, words, sotto::bench::bench);
}
