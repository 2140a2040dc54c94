"""What every section of the bench is given: a table, two named cores, the programs of this folder,
and the harness of the integration tests without its framework.

The whole bench runs in a network namespace of its own that has nothing but a loopback, so that
nothing it starts, ours or others', can reach anybody.
"""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time
import traceback

import harness

SECTION = 420  # seconds that one section may take
INSIDE = "SOTTO_BENCH_INSIDE"

median = statistics.median


def move_into_namespace():
    """Starts this script again in a namespace; True once it runs there, False where the system
    allows none."""
    if os.environ.get(INSIDE):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return True
    unshare = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return False
    os.environ[INSIDE] = "1"
    os.execvp("unshare", [*unshare, sys.executable, "-B", *sys.argv])


class Stage:
    def __init__(self, table, quick, alone):
        self.table, self.quick = table, quick
        self.alone = alone  # nothing outside of this machine can be reached
        cores = sorted(os.sched_getaffinity(0))
        self.cores = cores[0], cores[-1]  # one core alone has to do for both
        self.programs = pathlib.Path(os.environ.get("SOTTO_BENCH_PROGRAMS")
                                     or pathlib.Path(harness.BINARY).resolve().parent / "bench")

    def rounds(self, usual, quick):
        return quick if self.quick else usual

    def figures(self, program, *words):
        """What one of our programs printed: {name: a figure for each round}."""
        done = subprocess.run([self.programs / program, *map(str, words)],
                              stdout=subprocess.PIPE, timeout=SECTION, check=True)
        return {line["name"]: line["figures"] for line in map(json.loads, done.stdout.splitlines())}


class Bench(harness.SottoTest):
    """The homes and processes of one section; the first core is the host's, or the server's, the
    second that of who comes to it."""

    def runTest(self):
        pass

    def __init__(self, stage):
        super().__init__()
        self.stage, self.table = stage, stage.table

    def rounds(self, usual, quick):
        return self.stage.rounds(usual, quick)

    def pin(self, core, *homes):
        """What these homes run from now on stays on that core: 0 or 1."""
        for home in homes:
            self.launchers[home] = ("taskset", "-c", str(self.stage.cores[core]))

    def measured(self, core, *command, **more):
        """Runs a command on a core; its milliseconds from start to exit, its largest resident size
        in MiB, and its output."""
        file = self.folder / "measured"
        done = subprocess.run([self.stage.programs / "measure", file,
                               str(self.stage.cores[core]), *map(str, command)],
                              stdout=subprocess.PIPE, check=True, timeout=60, **more)
        nanoseconds, kib = map(int, file.read_text().split())
        return nanoseconds / 1e6, kib / 1024, done.stdout

    def words_of(self, home, *arguments):
        return [harness.BINARY, "--home", str(self.home(home)), "--no-input", *arguments]


def paired(ours, theirs):
    """The ratio of two that took turns: each round's, and the middle of them."""
    return median([a / b for a, b in zip(ours, theirs)])


def since(start):
    return (time.monotonic() - start) * 1000


def shown(figures, digits=1):
    return ", ".join(f"{figure:.{digits}f}" for figure in figures)


def load():
    return os.getloadavg()[0]


def too_long(*_):
    raise AssertionError(f"it took longer than {SECTION} s")


def perform(stage, name, section):
    """Runs one section; the others are of interest if it fails."""
    stage.table.heading(f"{name} (load {load():.1f})")
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECTION)
    try:
        section(stage)
    except Exception as why:
        stage.table.failed(name, f"{type(why).__name__}: {why}".splitlines()[0])
        traceback.print_exc()
    finally:
        signal.alarm(0)


def with_bench(kind, method):
    """A section out of a method of a Bench, with a folder of its own that is removed again."""
    def section(stage):
        bench = kind(stage)
        bench.setUp()
        try:
            getattr(bench, method)()
        finally:
            bench.doCleanups()
    return section
