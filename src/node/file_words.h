// What is said of files: sizes, offers and refusals, in sentences.
#pragma once
#include <cstdint>
#include <string>

#include "node/errors.h"
#include "node/events.h"
#include "wire/file_frame.h"

namespace sotto::node {

// "712 bytes", "3.4 MB", "10.0 GB": powers of ten, as shops and file managers count.
std::string size_text(std::uint64_t bytes);

// Of `done` bytes out of `all`; 100 only when nothing is missing.
int percent_of(std::uint64_t done, std::uint64_t all);

// Why the one called `receiver` does not take our file.
Error refusal_of(const wire::FileOffer& offer, const std::string& receiver,
                 wire::FileRefusal reason);

// What a person hears of an offer that is not taken here.
NoticeEvent offered_notice(const wire::FileOffer& offer, const std::string& sender);
NoticeEvent too_large_notice(const wire::FileOffer& offer, const std::string& sender,
                             std::uint64_t limit);

}  // namespace sotto::node
