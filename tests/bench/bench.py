#!/usr/bin/env python3
"""The goals in numbers, measured in one run on this machine: a table of figure, goal and verdict.

What is compared takes turns, each process on a core that is named, and figures are medians; ratios
are of what ran side by side.  Everything happens in a network namespace without an outside.

    SOTTO_BINARY=build/sotto tests/bench/bench.py [--quick] [--record] [SECTION...]

--quick:  fewer rounds of smaller things, and no Tor: about two minutes
--record: keeps the table in docs/performance.md

Sections are functions that fill rows of a table; a new one is a line in SECTIONS of its file.
"""
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import cold_rows  # noqa: E402
import core_rows  # noqa: E402
import growth_rows  # noqa: E402
import mail_rows  # noqa: E402
import record  # noqa: E402
import relay_rows  # noqa: E402
import stage  # noqa: E402
import talk_rows  # noqa: E402
import tor_bench  # noqa: E402
import typing_rows  # noqa: E402
from table import Table  # noqa: E402

SECTIONS = (core_rows.SECTIONS | talk_rows.SECTIONS | typing_rows.SECTIONS | cold_rows.SECTIONS
            | growth_rows.SECTIONS | relay_rows.SECTIONS | mail_rows.SECTIONS | tor_bench.SECTIONS)


def main():
    words = sys.argv[1:]
    flags = {word for word in words if word.startswith("-")}
    quick, keep = "--quick" in flags, "--record" in flags
    names = [word for word in words if word not in flags]
    if unknown := (set(names) - set(SECTIONS)) | (flags - {"--quick", "--record"}):
        sys.exit(f"no such section or flag: {' '.join(sorted(unknown))}\n\n{__doc__}\n"
                 f"The sections are: {' '.join(SECTIONS)}")
    if not names:
        names = [name for name in SECTIONS if not (quick and name in tor_bench.SECTIONS)]
    alone = stage.move_into_namespace()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    table = Table()
    this = stage.Stage(table, quick, alone)
    start, load = time.monotonic(), stage.load()
    print(record.machine(this.cores))
    for name in names:
        stage.perform(this, name, SECTIONS[name])
    seconds = time.monotonic() - start
    print(f"\n{table.summary()}, in {seconds:.0f} s (load {load:.1f} to {stage.load():.1f})")
    if keep:
        record.keep(table, this, sys.argv[1:], seconds, load)
    return 0 if table.all_met else 1


if __name__ == "__main__":
    sys.exit(main())
