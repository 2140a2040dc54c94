#include "pipe.h"

#include <algorithm>

namespace sotto::sim {

Quality draw_quality(World& world) {
  constexpr std::size_t speeds[] = {4'000, 30'000, 200'000, 2'000'000, 20'000'000};
  constexpr std::size_t pieces[] = {50, 1'400, 9'000, 1 << 16};
  constexpr std::size_t buffers[] = {4'096, 1 << 16, 1 << 18};
  const auto pick = [&world](const auto& from) {
    return from[world.draw(0, std::size(from) - 1)];
  };
  Quality quality;
  quality.latency = world.draw(milliseconds(0), milliseconds(400));
  quality.jitter = world.draw(milliseconds(0), milliseconds(200));
  quality.bytes_a_second = pick(speeds);
  quality.largest_piece = pick(pieces);
  quality.buffer = pick(buffers);
  return quality;
}

Wire make_wire(World& world, const Quality& quality) {
  return {std::make_shared<Pipe>(world, quality), std::make_shared<Pipe>(world, quality)};
}

void Pipe::write(ByteView record) {
  const Damage damage = std::exchange(damage_, Damage::none);
  Bytes bytes = damaged(damage, record, world_);
  if (damage == Damage::swap_records) {
    overtaken_ = to_bytes(record);
    return;
  }
  append(bytes, std::exchange(overtaken_, {}));
  send(std::move(bytes));
}

void Pipe::send(Bytes bytes) {
  written_ += bytes.size();
  // However large a piece is, a slow line does not hold it back for long.
  const std::size_t most = std::min(quality_.largest_piece, quality_.bytes_a_second / 4);
  ByteView rest = bytes;
  while (!rest.empty()) {
    const std::size_t n = std::min<std::size_t>(world_.draw(1, most), rest.size());
    line_free_ = std::max(line_free_, world_.now()) +
                 std::chrono::nanoseconds(n * 1'000'000'000 / quality_.bytes_a_second);
    last_arrival_ = std::max(last_arrival_, line_free_ + quality_.latency +
                                                world_.draw(milliseconds(0), quality_.jitter));
    auto piece = [self = shared_from_this(), bytes = to_bytes(rest.first(n))] {
      if (!self->cut_) self->arrive(bytes);
    };
    world_.at(last_arrival_, std::move(piece));
    rest = rest.subspan(n);
  }
}

void Pipe::arrive(ByteView piece) {
  append(arrived_, piece);
  if (notify_reader_) notify_reader_();
}

std::size_t Pipe::read(MutableBytes out) {
  const std::size_t n = std::min(out.size(), arrived_.size());
  std::copy_n(arrived_.begin(), n, out.begin());
  arrived_.erase(arrived_.begin(), arrived_.begin() + static_cast<std::ptrdiff_t>(n));
  const bool was_writable = writable();
  read_ += n;
  if (!was_writable && writable() && !cut_ && notify_writer_) {
    world_.after(quality_.latency, [self = shared_from_this()] {
      if (self->notify_writer_) self->notify_writer_();
    });
  }
  return n;
}

void Pipe::end() {
  last_arrival_ = std::max(last_arrival_, world_.now() + quality_.latency);
  world_.at(last_arrival_, [self = shared_from_this()] {
    if (!self->cut_) self->set_ended();
  });
}

void Pipe::abandon(SteadyTime known_at) {
  world_.at(known_at, [self = shared_from_this()] {
    if (!self->cut_) self->set_broken();
  });
}

void Pipe::cut(bool noticed) {
  cut_ = true;
  if (!noticed) return;
  world_.after(quality_.latency, [self = shared_from_this()] {
    self->set_ended();
    self->set_broken();
  });
}

void Pipe::set_ended() {
  ended_ = true;
  if (notify_reader_) notify_reader_();
}

void Pipe::set_broken() {
  broken_ = true;
  if (notify_writer_) notify_writer_();
}

}  // namespace sotto::sim
