"""What a link, its handshake and the store cost beyond what they are made of: the programs of this
folder, which let both sides of each ratio take turns."""

import harness
from stage import Bench, median, paired, with_bench


class Core(Bench):
    def handshake(self):
        here, _ = self.stage.cores
        got = self.stage.figures("handshake_bench", here, self.rounds(31, 11))
        self.table.row("handshake, both sides, against its operations on curves",
                       paired(got["handshakes"], got["operations"]), "of its parts", at_least=0.7)
        self.table.note(f"handshakes a second {median(got['handshakes']):.0f}, of the operations "
                        f"alone {median(got['operations']):.0f}; without a commit")

    def link(self):
        got = self.stage.figures("link_bench", "bulk", *self.stage.cores, self.rounds(31, 11))
        self.table.row("bulk of a session, against a bare pair that encrypts",
                       paired(got["session"], got["bare"]), "of bare", at_least=0.8)
        self.table.row("    against plain TCP", paired(got["session"], got["plain"]), "of plain")
        self.table.note("MB/s: " + ", ".join(f"{name} {median(figures):.0f}"
                                             for name, figures in got.items()))
        got = self.stage.figures("link_bench", "round_trip", *self.stage.cores,
                                 self.rounds(31, 11))
        self.table.row("frame and its answer, against as many bytes over raw TCP",
                       paired(got["session"], got["raw"]), "x raw", at_most=1.5)
        self.table.note("microseconds: " + ", ".join(f"{name} {median(figures):.1f}"
                                                     for name, figures in got.items()))

    def store(self):
        here, _ = self.stage.cores
        got = self.stage.figures("store_bench", "sealed", self.folder, here, self.rounds(31, 9))
        self.table.row("sealed inserts, 64 rows a commit, against unsealed",
                       paired(got["sealed"], got["unsealed"]), "of unsealed", at_least=0.8)
        self.table.note("rows a second: " + ", ".join(f"{name} {median(figures):.0f}"
                                                      for name, figures in got.items()))

    def start(self):
        ours, nothing, sizes = [], [], []
        for _ in range(self.rounds(101, 41)):
            nothing.append(self.measured(1, "/bin/true")[0])
            ms, size, _ = self.measured(1, harness.BINARY, "--version")
            ours.append(ms)
            sizes.append(size)
        self.table.row("sotto --version, start to exit", median(ours), "ms", at_most=5)
        self.table.row("    its largest resident size", median(sizes), "MiB")
        self.table.note(f"/bin/true in turns with it: {median(nothing):.2f} ms")


SECTIONS = {name: with_bench(Core, name) for name in ("handshake", "link", "store", "start")}
