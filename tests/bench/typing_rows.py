"""How long a key takes to be seen in a chat while 1,000 messages a second arrive.

A host says a thousand lines a second, paced; a person in the chat of a member, on a real
pseudo-terminal, types twenty keys a second.  A key is seen when the line with it has been
written to the terminal.
"""
import os
import select
import threading
import time

import chat_terminal
from stage import Bench, with_bench

RATE = 1000  # messages a second
KEYS = 20  # a second
GOAL = 20  # ms
LIMIT = 5.0  # seconds that a key may take at all


class Typing(Bench, chat_terminal.ChatTest):
    def typing(self):
        times, rate = self.measure(self.rounds(10.0, 4.0))
        self.table.row("a key is seen at 1,000 messages a second, 99 of 100",
                       times[int(len(times) * 0.99)], "ms", at_most=GOAL)
        self.table.note(f"median {times[len(times) // 2]:.1f} ms, the slowest {times[-1]:.1f} ms; "
                        f"{rate:.0f} messages a second were shown")

    def flood(self, anna, stop):
        """As many as are due by now, every few milliseconds."""
        begun, said = time.monotonic(), 0
        while not stop.is_set():
            due = int((time.monotonic() - begun) * RATE)
            if due > said:
                anna.type("".join(f"flood {n}\n" for n in range(said, due)))
                said = due
            time.sleep(0.005)

    def echo(self, bob, typed):
        """Milliseconds from a key to the line that has it."""
        wanted = ("> " + typed).encode()
        begun = time.monotonic()
        bob.type(typed[-1])
        tail = b""
        while time.monotonic() - begun < LIMIT:
            ready, _, _ = select.select([bob.fd], [], [], LIMIT)
            if not ready:
                break
            chunk = os.read(bob.fd, 65536)
            self.arrived += chunk.count(b"flood ")
            if wanted in tail + chunk:
                return (time.monotonic() - begun) * 1000
            tail = chunk[-100:]
        raise AssertionError(f"the key {typed!r} was never seen")

    def drain(self, bob, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([bob.fd], [], [], left)
            if ready:
                self.arrived += os.read(bob.fd, 65536).count(b"flood ")

    def measure(self, seconds):
        anna, bob = self.both(columns=100)
        bob.see_status("direct")
        self.arrived = 0
        stop = threading.Event()
        flood = threading.Thread(target=self.flood, args=(anna, stop))
        flood.start()
        try:
            self.drain(bob, 1.0)
            begun, arrived_before = time.monotonic(), self.arrived
            times, typed = [], ""
            while time.monotonic() - begun < seconds:
                # A short line, so that it stays on one row.
                typed = (typed if len(typed) < 40 else "") + chr(ord("a") + len(times) % 26)
                if len(typed) == 1 and times:
                    bob.type("\x15")
                times.append(self.echo(bob, typed))
                self.drain(bob, 1 / KEYS)
            rate = (self.arrived - arrived_before) / (time.monotonic() - begun)
        finally:
            stop.set()
            flood.join()
        return sorted(times), rate


SECTIONS = {"typing": with_bench(Typing, "typing")}
