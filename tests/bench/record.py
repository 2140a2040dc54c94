"""What a run was made on, and the page that keeps the last one."""
import datetime
import os
import pathlib
import platform
import subprocess

import stage
from table import Row

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- last run -->", "<!-- end of the last run -->"


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def machine(cores):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (f"{os.cpu_count()} cores of {processor()}, {memory:.0f} GiB, Linux "
            f"{platform.release()}; processes on cores {cores[0]} and {cores[1]}")


def revision():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=PAGE.parent,
                          capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def cells_of(lines):
    """The rows of the page: a note stands beside the row before it."""
    rows = []
    for line in lines:
        if isinstance(line, Row):
            rows.append([line.what.replace("    ", "... "), line.figure, line.goal, line.verdict, ""])
        elif line.startswith("\n---"):
            rows.append([f"**{line[5:]}**", "", "", "", ""])
        else:
            rows[-1][-1] += ("; " if rows[-1][-1] else "") + line.strip()
    return rows


def keep(table, this, words, seconds, load):
    """Replaces the last run in the page."""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    again = " ".join(word for word in words if word != "--record")
    lines = [BEGIN,
             f"{today}, revision {revision()}, {seconds:.0f} s, load {load:.1f} at the start and "
             f"{stage.load():.1f} at the end.", "",
             f"{machine(this.cores)}.", "",
             f"To repeat: `make bench{' FLAGS=' + repr(again) if again else ''}`.", ""]
    lines += ["| what | figure | goal | | besides |", "|---|---|---|---|---|"]
    for cells in cells_of(table.lines):
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"{table.summary()}.", END]
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + "\n".join(lines) + after)
