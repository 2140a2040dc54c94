// What the programs of tests/bench share: they let contenders take turns, on a named core, and
// print what each round took as lines of JSON, which bench.py makes ratios of.
#pragma once
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unistd.h>
#include <vector>

#include "base/entropy.h"
#include "base/error.h"
#include "crypto/sodium.h"

namespace sotto::bench {

struct Contender {
  std::string name;
  std::function<double()> measure;  // one round: its figure
};

inline void print(const std::string& name, const std::vector<double>& figures) {
  std::printf("{\"name\": \"%s\", \"figures\": [", name.c_str());
  for (std::size_t i = 0; i < figures.size(); ++i) {
    std::printf("%s%.6g", i == 0 ? "" : ", ", figures[i]);
  }
  std::printf("]}\n");
  std::fflush(stdout);
}

// Each measures once a round, another one first each time: what the machine does meanwhile is
// done to all of them.  A round before the first is not counted.
inline void take_turns(const std::vector<Contender>& contenders, int rounds) {
  std::vector<std::vector<double>> figures(contenders.size());
  for (int round = 0; round <= rounds; ++round) {
    for (std::size_t turn = 0; turn < contenders.size(); ++turn) {
      const std::size_t who = (turn + static_cast<std::size_t>(round)) % contenders.size();
      const double figure = contenders[who].measure();
      if (round > 0) figures[who].push_back(figure);
    }
  }
  for (std::size_t i = 0; i < contenders.size(); ++i) print(contenders[i].name, figures[i]);
}

inline double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline void pin_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(core), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) throw std::runtime_error("no such core");
}

// The value; a bench that fails has nothing to say.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().name() + ": " + result.error().text());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

// As the program's own: each call asks the library.
class RealEntropy final : public Entropy {
 public:
  void fill(MutableBytes out) override { randombytes_buf(out.data(), out.size()); }
};

// The words of the command line, which bench.py writes.
class Words {
 public:
  Words(int count, char** words) : words_(words + 1, words + count) {}
  std::string text(std::size_t index) const {
    if (index >= words_.size()) throw std::runtime_error("this is run by tests/bench/bench.py");
    return words_[index];
  }
  int number(std::size_t index) const { return std::stoi(text(index)); }
  std::size_t count() const { return words_.size(); }

 private:
  std::vector<std::string> words_;
};

inline int run(int count, char** words, void (*bench)(const Words&)) {
  try {
    must(sodium_init() >= 0, "libsodium");
    bench(Words(count, words));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", words[0], error.what());
    return 1;
  }
}

}  // namespace sotto::bench
