// What an examination has found so far, for doctor.cpp and doctor_tor.cpp.
#pragma once
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "node/doctor.h"

namespace sotto::node {

class Findings {
 public:
  std::vector<Finding> take_findings() { return std::move(findings_); }

 protected:
  using Status = Finding::Status;

  void good(const char* check, std::string text) {
    findings_.push_back({check, Status::ok, std::move(text), "", std::nullopt});
  }
  void warn(const char* check, std::string text, std::string cure) {
    findings_.push_back(
        {check, Status::warning, std::move(text), std::move(cure), std::nullopt});
  }
  void bad(const char* check, const Error& error, std::string cure) {
    findings_.push_back({check, Status::fault, error.text(), std::move(cure), error});
  }
  void add(std::vector<Finding> others) {
    std::ranges::move(others, std::back_inserter(findings_));
  }

 private:
  std::vector<Finding> findings_;
};

}  // namespace sotto::node
