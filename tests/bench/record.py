"""What a run was made on, and the page that keeps the last one."""
import datetime
import os
import pathlib
import platform
import re
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


def keep(table, this, words, seconds, load):
    """Replaces the last run in the page."""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    again = " ".join(word for word in words if word != "--record")
    lines = [BEGIN,
             f"{today}, revision {revision()}, {seconds:.0f} s, load {load:.1f} at the start and "
             f"{stage.load():.1f} at the end.", "",
             f"{machine(this.cores)}.", "",
             f"To repeat: `make bench{' FLAGS=' + repr(again) if again else ''}`.", ""]
    in_table = False
    for line in table.lines:
        if isinstance(line, Row):
            if not in_table:
                lines += ["| what | figure | goal | |", "|---|---|---|---|"]
            lines.append(f"| {line.what.replace('    ', '... ')} | {line.figure} | {line.goal} | "
                         f"{line.verdict} |")
            in_table = True
        elif line.startswith("\n---"):
            lines += ["", f"### {line[5:].split(' (')[0]}", ""]
            in_table = False
        else:
            lines += ["", line.strip() + ("" if line.endswith(".") else "."), ""]
            in_table = False
    lines += ["", f"{table.summary()}.", "", END]
    page = PAGE.read_text()
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + text + after)
