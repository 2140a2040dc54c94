#include "cli/confirm.h"

#include <cctype>
#include <cerrno>
#include <unistd.h>

#include "cli/streams.h"

namespace sotto::cli {
namespace {

constexpr std::size_t longest_answer = 64;

// The line in lower case, without the spaces in it.
std::string read_answer(int descriptor) {
  std::string answer;
  char letter = 0;
  while (answer.size() < longest_answer) {
    const ssize_t n = ::read(descriptor, &letter, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || letter == '\n') break;
    const auto plain = static_cast<unsigned char>(letter);
    if (std::isspace(plain) == 0) answer += static_cast<char>(std::tolower(plain));
  }
  return answer;
}

}  // namespace

bool confirmed(int descriptor, const std::string& question) {
  write_all(STDERR_FILENO, question + " [y/N] ");
  const std::string answer = read_answer(descriptor);
  return answer == "y" || answer == "yes";
}

std::unexpected<Error> declined() {
  return fail(Errc::declined, "Nothing was done.");
}

}  // namespace sotto::cli
