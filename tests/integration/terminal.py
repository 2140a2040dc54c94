"""A command on a terminal of its own, and the person who types there."""
import os
import pty
import select
import time

import harness


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, arguments, env, folder="."):
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(harness.BINARY, [harness.BINARY, *arguments], {"TERM": "xterm"} | env)
        self.seen = ""
        self.code = None

    def read_until(self, text):
        deadline = time.monotonic() + harness.PATIENCE
        while text not in self.seen:
            ready, _, _ = select.select([self.screen], [], [], deadline - time.monotonic())
            if not ready:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            try:
                chunk = os.read(self.screen, 4096)
            except OSError:
                chunk = b""
            if not chunk:
                raise AssertionError(f"ended before {text!r}: {self.seen!r}")
            self.seen += chunk.decode("utf-8", "replace")

    def answer(self, question, text):
        self.read_until(question)
        self.seen = self.seen.split(question, 1)[1]
        time.sleep(0.05)  # what is typed before echo is off is thrown away
        os.write(self.screen, text.encode())

    def wait(self):
        try:
            while chunk := os.read(self.screen, 4096):
                self.seen += chunk.decode("utf-8", "replace")
        except OSError:
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.screen)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code
