// Writes lines to the standard streams on a thread of its own, so that whoever stops reading
// them stops nobody else.
//
// Order is kept.  At most so many bytes wait; what comes beyond that is refused.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/time.h"

namespace sotto::cli {

class Output {
 public:
  static constexpr std::size_t waiting_limit = 8 << 20;  // bytes

  explicit Output(std::size_t limit = waiting_limit);
  ~Output();  // drops what still waits

  // Queues `text` for the descriptor; `written` is called on the thread, if and when all of it
  // was written.  False when too much waits, or nobody reads the descriptor any more.
  bool write(int descriptor, std::string text, std::function<void()> written = {});

  // Ends the thread once all is written, however long that takes; the next line starts it anew.
  void pause();

  // Waits until everything is written, at most `limit`; what is left then is dropped, and
  // nothing is taken any more.  False when something was dropped or could not be written.
  bool flush(milliseconds limit);

 private:
  struct Shared;
  void start();
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace sotto::cli
