"""A person in a chat: the command on a terminal of its own, seen through a terminal emulator."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import harness
import pyte


class ChatTerminal:
    """Reads all the time that it waits; `text` is what a person would see."""

    def __init__(self, arguments, env, columns=80, rows=24, term="xterm-256color",
                 error=None):
        self.screen = pyte.HistoryScreen(columns, rows, history=5000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.code = None
        self.ended = False
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if error is not None:
                os.dup2(os.open(error, os.O_WRONLY | os.O_CREAT, 0o600), 2)
            os.execve(harness.BINARY, [harness.BINARY, *arguments], env | {"TERM": term})
        self._set_size(columns, rows)

    def _set_size(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    # --- looking

    def look(self, seconds=0.0):
        """Takes what comes, for as long as something does, `seconds` at least."""
        deadline = time.monotonic() + seconds
        while not self.ended:
            wait = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([self.fd], [], [], wait)
            if not ready:
                return
            try:
                chunk = os.read(self.fd, 65536)
            except OSError:
                chunk = b""
            if not chunk:
                self.ended = True
                return
            self.raw += chunk
            self.stream.feed(chunk)

    @property
    def lines(self):
        """What has scrolled away and what stands there, without the empty rest."""
        def row(cells, columns):
            return "".join(cells[x].data for x in range(columns)).rstrip()

        above = [row(line, self.screen.columns) for line in self.screen.history.top]
        lines = above + [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def typed(self):
        """The line that is being typed, behind its prompt; over all its rows."""
        lines = self.lines
        start = max(i for i, line in enumerate(lines) if line.startswith(">"))
        return "".join(lines[start:])[1:].removeprefix(" ")

    @property
    def status(self):
        lines = self.lines
        start = max(i for i, line in enumerate(lines) if line.startswith(">"))
        return lines[start - 1]

    def until(self, true, what, timeout=harness.PATIENCE):
        deadline = time.monotonic() + timeout
        while True:
            self.look()
            try:
                if true():
                    return
            except ValueError:  # nothing is drawn yet
                pass
            if self.ended or time.monotonic() > deadline:
                raise AssertionError(f"{'ended' if self.ended else 'not'} before {what}:\n"
                                     f"{self.text}\n--- last bytes\n{self.raw[-600:]!r}")
            select.select([self.fd], [], [], 0.05)

    def see(self, text, timeout=harness.PATIENCE):
        self.until(lambda: text in self.text, f"{text!r} was seen", timeout)

    def see_typed(self, text):
        self.until(lambda: self.typed == text, f"{text!r} was typed")

    def see_status(self, text, timeout=harness.PATIENCE):
        self.until(lambda: text in self.status, f"{text!r} in the status line", timeout)

    # --- doing

    def type(self, text):
        os.write(self.fd, text.encode() if isinstance(text, str) else text)

    def say(self, text):
        self.type(text + "\r")

    def paste(self, text):
        self.type(b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def modes(self):
        return termios.tcgetattr(self.fd)

    def echoes(self):
        return bool(self.modes()[3] & termios.ECHO)

    # --- ending

    def wait(self, timeout=harness.PATIENCE, reading=True):
        deadline = time.monotonic() + timeout
        while True:
            if reading:
                self.look()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                raise AssertionError(f"still runs:\n{self.text}")
            time.sleep(0.01)
        if self.fd >= 0:
            self.look()
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def hang_up(self):
        os.close(self.fd)
        self.fd = -1
        self.ended = True

    def close(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.kill(self.pid, signal.SIGCONT)
            os.waitpid(self.pid, 0)
            self.code = -signal.SIGKILL
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class ChatTest(harness.SottoTest):
    """Homes anna and bob; anna hosts the lobby."""

    def setUp(self):
        super().setUp()
        self.init("anna", "bob")

    def chat(self, home, *arguments, columns=80, rows=24, term="xterm-256color", env=None,
             error=None):
        arguments = ["--home", str(self.home(home)), *map(str, arguments)]
        terminal = ChatTerminal(arguments, harness.environment(self.folder) | (env or {}),
                                columns, rows, term, error)
        self.addCleanup(terminal.close)
        return terminal

    def host_chat(self, home="anna", *flags, **more):
        return self.chat(home, "host", "lobby", "--bind", "127.0.0.1", *flags, **more)

    def both(self, *flags, **more):
        """Anna hosts for a script, Bob sits at a terminal."""
        anna = self.host("anna", stdin=-1)
        bob = self.chat("bob", "join", self.invite("anna"), *flags, **more)
        anna.expect("member", joined=True)
        return anna, bob
