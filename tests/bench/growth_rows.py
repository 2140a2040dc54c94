"""What ten or a hundred times as much costs: what is done once should cost about the same, so that
anything quadratic shows as a large ratio."""
import time

import harness
from stage import Bench, median, with_bench
from talk_rows import quiet_join

WITHIN = 300  # seconds for one size


class Growth(Bench):
    def members(self):
        """A host that says something in a room of so many, and everybody hears it."""
        sizes = [1, 5, 20] if self.stage.quick else [1, 10, 100]
        costs, walls, memory = {}, {}, {}
        for size in sizes:
            costs[size], walls[size], memory[size] = self.room_of(size)
        middle, big = sizes[1:]
        self.table.row(f"members: the host's processor time a delivery, {big} against {middle}",
                       costs[big] / costs[middle], "x", at_most=1.5)
        self.table.row("    time until all have it, a delivery", walls[big] / walls[middle], "x",
                       at_most=1.5)
        self.table.row("    what a member adds to the host's memory",
                       (memory[big] - memory[middle]) * 1024 / (big - middle), "KiB", at_most=256)
        for size in sizes:
            self.table.note(f"{size} members: {costs[size]:.0f} us of processor and "
                            f"{walls[size]:.0f} us of time a delivery, host {memory[size]:.1f} MiB")

    def room_of(self, size):
        """Microseconds of the host's processor and of time for each delivery; the host's MiB."""
        host_name, names = f"host{size}", [f"m{size}-{number}" for number in range(size)]
        self.pin(0, host_name)
        self.pin(1, *names)
        host = self.host(host_name, "lobby", stdin=-1)
        path = self.invite(host_name, "lobby", "--uses", str(size), file=f"invite{size}")
        self.init(*names)
        streams = [quiet_join(self, name, path) for name in names]
        for _ in names:
            host.expect("member", joined=True, timeout=WITHIN)
        count = max(40, 4000 // size)
        cpu, start = harness.cpu_seconds(host.pid), time.monotonic()
        host.type("".join(f"word {number}\n" for number in range(count)))
        for stream in streams:
            stream.wait_for(count, start + WITHIN)
        wall = max(stream.done_at for stream in streams) - start
        cpu = harness.cpu_seconds(host.pid) - cpu
        memory = harness.resident_bytes(host.pid)[0] / (1 << 20)
        for stream in streams:
            stream.kill()
        host.stop()
        return cpu * 1e6 / (count * size), wall * 1e6 / (count * size), memory

    def history(self):
        sizes = [1000, 10_000, 100_000]
        here, _ = self.stage.cores
        got = self.stage.figures("store_bench", "history", self.folder, here, self.rounds(9, 3),
                                 *sizes)
        got = {name: median(figures) for name, figures in got.items()}
        small, big = sizes[0], sizes[-1]
        for what, shown, unit, most in (
                ("add", "history: another message, at 100,000 against 1,000", "us", 2),
                ("newest 50", "    the newest 50 read", "us", 1.5),
                ("search", "    a search, for each message looked at", "us", 1.5),
                ("open", "    opening the store", "us", 1.5)):
            self.table.row(shown, got[f"{what} {big}"] / got[f"{what} {small}"], "x", at_most=most)
            self.table.note(", ".join(f"{size:,}: {got[f'{what} {size}']:.1f} {unit}"
                                      for size in sizes))
        peaks = [self.stage.figures("store_bench", "memory", self.folder / str(size) / "sotto.db",
                                    here)["peak"][0] for size in sizes]
        self.table.row("    memory of searching all of it", peaks[-1] / peaks[0], "x", at_most=1.5)
        self.table.note(", ".join(f"{size:,}: {peak:.1f} MiB" for size, peak in zip(sizes, peaks)))

    def contacts(self):
        sizes = [10, 1000]
        here, _ = self.stage.cores
        got = self.stage.figures("store_bench", "contacts", self.folder, here, self.rounds(21, 7),
                                 *sizes)
        got = {name: median(figures) for name, figures in got.items()}
        for what, shown, most in (
                ("find", "contacts: one found by name, of 1,000 against 10", 2),
                ("change", "    one changed and committed", 2),
                ("list", "    all listed, for each", 1.5)):
            self.table.row(shown, got[f"{what} 1000"] / got[f"{what} 10"], "x", at_most=most)
            self.table.note(", ".join(f"{size}: {got[f'{what} {size}']:.1f} us" for size in sizes))


SECTIONS = {name: with_bench(Growth, name) for name in ("members", "history", "contacts")}
