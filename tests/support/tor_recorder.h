// Remembers what a TorManager tells.
#pragma once
#include <string>
#include <vector>

#include "node/tor_manager.h"

namespace sotto::node {

class TorRecorder final : public TorObserver {
 public:
  void on_bootstrap(const tor::Bootstrap& at) override { steps.push_back(at); }
  void on_tor_lost(const Error& why) override { lost.push_back(why.name()); }
  void on_tor_back() override { ++back; }
  void on_tor_notice(const Error& what) override { notices.push_back(what); }

  std::vector<tor::Bootstrap> steps;
  std::vector<std::string> lost;
  std::vector<Error> notices;
  int back = 0;
};

}  // namespace sotto::node
