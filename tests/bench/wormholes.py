"""magic-wormhole and wormhole-william, for comparison: Debian's, with Debian's mailbox server.

Server and clients are told loopback addresses, and run in the bench's network namespace, from
which nothing else can be reached: without one they are not run at all.
"""
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import time

import harness

TWISTD = shutil.which("twistd3") or shutil.which("twistd")
PATIENCE = 30  # seconds until a client is ready


class Mailbox:
    """Their rendezvous server, on a free port."""

    def __init__(self, folder, launcher):
        self.folder = pathlib.Path(folder)
        self.database = self.folder / "mailbox.sqlite"
        self.port = harness.free_port()
        self.url = f"ws://127.0.0.1:{self.port}/v1"
        self.output = open(self.folder / "mailbox.log", "wb")
        self.process = subprocess.Popen(
            [*launcher, TWISTD, "--nodaemon", "--pidfile=", "wormhole-mailbox",
             f"--port=tcp:{self.port}:interface=127.0.0.1", f"--channel-db={self.database}"],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output, cwd=self.folder,
            env=environment(self.folder))
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self):
        return (self.folder / "mailbox.log").read_text(errors="replace")[-2000:]

    def await_receiver(self):
        """Until somebody has opened a mailbox and said the first word of the key exchange."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as view:
                waiting = view.execute(
                    "SELECT COUNT(*) FROM messages WHERE phase = 'pake'").fetchone()[0]
            view.close()
            if waiting:
                return
            assert time.monotonic() < deadline, f"no receiver comes:\n{self.said()}"
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()


class Client:
    """One of the two programs: its words for sending and receiving a text with a code."""

    def __init__(self, name, program, send, receive):
        self.name, self.program = name, shutil.which(program)
        self.send_words, self.receive_words = send, receive

    def send(self, url, code, text):
        return [self.program, *self.send_words(url, code, text)]

    def receive(self, url, code):
        return [self.program, *self.receive_words(url, code)]


# A text needs no transit: the helper that is named listens nowhere.
CLIENTS = [
    Client("wormhole-william", "wormhole-william",
           lambda url, code, text: ["--relay-url", url, "send", "--hide-progress", "--code", code,
                                    "--text", text],
           lambda url, code: ["--relay-url", url, "receive", "--hide-progress", code]),
    Client("magic-wormhole", "wormhole",
           lambda url, code, text: ["--relay-url", url, "--transit-helper", "tcp:127.0.0.1:9",
                                    "send", "--hide-progress", "--no-listen", "--code", code,
                                    "--text", text],
           lambda url, code: ["--relay-url", url, "--transit-helper", "tcp:127.0.0.1:9",
                              "receive", "--hide-progress", "--only-text", code]),
]


def environment(folder):
    return {"HOME": str(folder), "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def installed():
    return bool(TWISTD and all(client.program for client in CLIENTS))
