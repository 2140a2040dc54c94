#include "node/file_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "room/files.h"

namespace sotto::node {
namespace {

std::unexpected<Error> not_read(const std::string& path) {
  return fail(Errc::file_io,
              "Cannot read " + displayable(path) + ": " + std::strerror(errno) + ".");
}

std::unexpected<Error> changed(const std::string& path) {
  return fail(Errc::file_changed,
              displayable(path) +
                  " was changed while it was being sent. Send it again once it is finished.");
}

bool same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

Result<std::shared_ptr<FileSource>> FileSource::open(const std::string& path) {
  // Not waiting for whoever may write into a pipe one day.
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat first{};
  if (!descriptor.valid() || ::fstat(descriptor.get(), &first) != 0) return not_read(path);
  if (!S_ISREG(first.st_mode)) {
    return fail(Errc::file_not_regular,
                displayable(path) +
                    " is no regular file. Pack a folder into one first, for example with tar; "
                    "write what comes from a pipe to a file.");
  }
  return std::shared_ptr<FileSource>(new FileSource(path, descriptor.release(), first));
}

Result<void> FileSource::check_unchanged() const {
  struct stat now{};
  if (::fstat(descriptor_.get(), &now) != 0) return not_read(path_);
  if (now.st_size != first_.st_size || !same(now.st_mtim, first_.st_mtim)) {
    return changed(path_);
  }
  return {};
}

Result<void> FileSource::read_at(MutableBytes out, std::uint64_t offset) const {
  while (!out.empty()) {
    const ssize_t n =
        ::pread(descriptor_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return not_read(path_);
    if (n == 0) return changed(path_);  // shorter than it was
    out = out.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<bool> FileSource::hash_more() {
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(disk_piece, size() - hashed_)));
  if (auto read = read_at(piece, hashed_); !read) return pass(read);
  hash_.update(piece);
  hashed_ += piece.size();
  if (hashed_ < size()) return false;
  if (auto checked = check_unchanged(); !checked) return pass(checked);
  return true;
}

crypto::Hash32 FileSource::finish_hash() {
  crypto::Hash32 out{};
  std::ranges::copy(hash_.finish(), out.begin());
  return out;
}

Result<std::vector<Bytes>> FileSource::read_messages(std::uint64_t offset) const {
  constexpr std::size_t most = room::file_message_bytes - wire::file_data_header;
  std::vector<Bytes> out;
  std::uint64_t left = std::min<std::uint64_t>(disk_piece / most * most, size() - offset);
  while (left > 0) {
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left, most));
    Bytes& message = out.emplace_back(wire::file_data_header + bytes);
    message[0] = wire::file_data_kind;
    auto read = read_at(MutableBytes(message).subspan(wire::file_data_header), offset);
    if (!read) return pass(read);
    offset += bytes;
    left -= bytes;
  }
  if (auto checked = check_unchanged(); !checked) return pass(checked);
  return out;
}

}  // namespace sotto::node
