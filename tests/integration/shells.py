"""A shell in a terminal of its own, with sotto's completion and somebody who presses Tab."""
import os
import pathlib
import pty
import re
import select
import shutil
import time

import harness

BINARY_FOLDER = str(pathlib.Path(harness.BINARY).resolve().parent)
ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][0-9A-Za-z]|[=>])")


def environment(folder):
    """Where `sotto` is the program under test, and no settings of the machine's are read."""
    return harness.environment(folder) | {
        "PATH": BINARY_FOLDER + ":" + os.environ.get("PATH", "/usr/bin:/bin"), "TERM": "xterm",
        "SOTTO_HOME": str(folder / "anna"), "INPUTRC": "/dev/null", "HISTFILE": "/dev/null",
        "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}


class Shell:
    """`setup` are lines that make it ready; it runs in `folder`."""

    def __init__(self, arguments, folder, setup):
        program = shutil.which(arguments[0])
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(program, arguments, environment(folder))
        self.seen = ""
        for line in setup:
            self.type(line + "\n")
        # Split, so that the echo of what is typed is not taken for its output.
        self.type("echo re''ady\n")
        self.read_until("ready")
        self.seen = ""

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, text):
        """What was printed up to there, without what moves and paints."""
        deadline = time.monotonic() + harness.PATIENCE
        while text not in self.plain():
            ready, _, _ = select.select([self.terminal], [], [], deadline - time.monotonic())
            assert ready, f"no {text!r} in {self.seen!r}"
            try:
                chunk = os.read(self.terminal, 65536)
            except OSError:
                chunk = b""
            assert chunk, f"ended before {text!r}: {self.seen!r}"
            self.seen += chunk.decode("utf-8", "replace")
            self._answer(chunk)
        return self.plain()

    def _answer(self, chunk):
        # Some shells ask the terminal who it is and where the cursor stands, and wait.
        if b"\x1b[c" in chunk or b"\x1b[0c" in chunk:
            self.type("\x1b[?62c")
        if b"\x1b[6n" in chunk:
            self.type("\x1b[1;1R")

    def plain(self):
        return ANSI.sub("", self.seen).replace("\r", "")

    def words(self, line, keys="\t"):
        """What the shell makes of `line` after these keys: the words that a command would get."""
        self.seen = ""
        # The shell's own function prints them, so its quoting is undone by nobody but itself.
        self.type("\x15" + line)
        self.type(keys)
        self.type("\x01args \x05\n")
        text = self.read_until("<end>")
        self.seen = ""
        return re.findall(r"<(.*?)>\n", text.split("<begin>\n", 1)[1].split("<end>", 1)[0])

    def close(self):
        os.kill(self.pid, 9)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)
