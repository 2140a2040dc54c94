#include "node/file_words.h"

#include <array>
#include <cstdio>

#include "base/text.h"

namespace sotto::node {

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1'000) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  double value = static_cast<double>(bytes) / 1'000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1'000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
  return text.data();
}

int percent_of(std::uint64_t done, std::uint64_t all) {
  if (done >= all) return 100;
  return static_cast<int>(static_cast<double>(done) / static_cast<double>(all) * 100);
}

Error refusal_of(const wire::FileOffer& offer, const std::string& receiver,
                 wire::FileRefusal reason) {
  const std::string who = displayable(receiver);
  const std::string file = displayable(offer.name);
  switch (reason) {
    case wire::FileRefusal::not_accepted:
      return {Errc::file_not_accepted,
              who + " takes no files at the moment. Ask them to start with --accept DIR."};
    case wire::FileRefusal::not_allowed:
      return {Errc::file_not_allowed,
              who +
                  " does not let you send files. Ask for a connection file made with "
                  "`--allow chat,files`."};
    case wire::FileRefusal::too_large:
      return {Errc::file_over_limit, file + " (" + size_text(offer.size) + ") is more than " +
                                         who + " takes. Ask them for a larger --max-size."};
    case wire::FileRefusal::no_space:
      return {Errc::file_no_space, who + " has no space left for " + file + " (" +
                                       size_text(offer.size) +
                                       "). Send it again once they have made room: it goes on "
                                       "where it stopped."};
    case wire::FileRefusal::damaged:
      return {Errc::file_mismatch,
              "What arrived of " + file +
                  " is not what was read first: it was changed meanwhile, or a disk is faulty. "
                  "Nothing was kept; send it again."};
    case wire::FileRefusal::busy:
      return {Errc::file_busy, who + " takes no more files at the moment. Try again later."};
    case wire::FileRefusal::failed:
      break;
  }
  return {Errc::file_not_kept, who + " could not store " + file +
                                   ". They see why; send it again once that is mended."};
}

NoticeEvent offered_notice(const wire::FileOffer& offer, const std::string& sender) {
  return {"file.offered", displayable(sender) + " offers " + displayable(offer.name) + " (" +
                              size_text(offer.size) +
                              "); start with --accept DIR to take files."};
}

NoticeEvent too_large_notice(const wire::FileOffer& offer, const std::string& sender,
                             std::uint64_t limit) {
  return {"file.offered", displayable(sender) + " offers " + displayable(offer.name) + " (" +
                              size_text(offer.size) + "), more than the " + size_text(limit) +
                              " of --max-size."};
}

}  // namespace sotto::node
