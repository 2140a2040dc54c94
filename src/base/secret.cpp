#include "base/secret.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <utility>

namespace sotto {
namespace {

// Slots of a power of two bytes, cut from locked chunks and kept on a free list a size.
// Chunks are never unmapped: a program's set of keys only breathes a little.
class Arena {
 public:
  static Arena& instance() {
    static auto* arena = new Arena;  // outlives every static Secret
    return *arena;
  }

  std::byte* take(std::size_t size) {
    if (size > chunk_bytes) return map(rounded_to_page(size));
    const std::lock_guard lock(mutex_);
    FreeSlot*& head = free_[index_of(size)];
    if (head == nullptr) refill(index_of(size));
    FreeSlot* slot = head;
    head = slot->next;
    auto* bytes = reinterpret_cast<std::byte*>(slot);
    std::memset(bytes, 0, sizeof(FreeSlot));
    return bytes;
  }

  void give_back(std::byte* bytes, std::size_t size) {
    wipe({bytes, size});
    if (size > chunk_bytes) {
      ::munmap(bytes, rounded_to_page(size));
      return;
    }
    const std::lock_guard lock(mutex_);
    FreeSlot*& head = free_[index_of(size)];
    head = new (bytes) FreeSlot{head};
  }

  bool locked() const { return locked_; }

 private:
  struct FreeSlot {
    FreeSlot* next;
  };
  static constexpr std::size_t page = 4096;
  static constexpr std::size_t chunk_bytes = 4 * page;
  static constexpr std::size_t smallest = 16;
  static constexpr std::size_t sizes = std::bit_width(chunk_bytes / smallest);

  static std::size_t rounded_to_page(std::size_t size) {
    return (size + page - 1) / page * page;
  }
  static std::size_t index_of(std::size_t size) {
    return static_cast<std::size_t>(std::bit_width((std::max(size, smallest) - 1) / smallest));
  }

  std::byte* map(std::size_t size) {
    void* memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    if (::mlock(memory, size) != 0) locked_ = false;
    ::madvise(memory, size, MADV_DONTDUMP);
    return static_cast<std::byte*>(memory);
  }

  void refill(std::size_t index) {
    const std::size_t slot = smallest << index;
    std::byte* chunk = map(chunk_bytes);
    for (std::size_t at = 0; at + slot <= chunk_bytes; at += slot) {
      free_[index] = new (chunk + at) FreeSlot{free_[index]};
    }
  }

  std::mutex mutex_;
  std::array<FreeSlot*, sizes> free_{};
  bool locked_ = true;
};

}  // namespace

void wipe(MutableBytes bytes) noexcept {
  if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());
}

bool secrets_are_locked() noexcept {
  return Arena::instance().locked();
}

Secret::Secret(std::size_t size) : size_(size) {
  if (size > 0) data_ = Arena::instance().take(size);
}

Secret::Secret(ByteView bytes) : Secret(bytes.size()) {
  if (!bytes.empty()) std::memcpy(data_, bytes.data(), bytes.size());
}

Secret::~Secret() {
  if (data_ != nullptr) Arena::instance().give_back(data_, size_);
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace sotto
