"""What a relay's mailboxes can take and give: deposits that are on the disk, and how soon they are had.

The client is the one in Python that the tests use, a process for each connection, on the other core.
"""
import multiprocessing
import os
import time

import relay_client
import relay_servers
from relay_rows import Relays
from stage import median, with_bench

SIZE = 512  # bytes, the smallest deposit
CONNECTIONS = 8
FULL = 900  # deposits; a mailbox takes 1,000


def opened(connection):
    """A mailbox."""
    owner = relay_client.Owner()
    assert connection.owned(owner, relay_client.OPEN_MAILBOX) == ("done", None)
    return owner


def deposit_for_ever(port, core, seconds, counted):
    os.sched_setaffinity(0, {core})
    connection = relay_client.Relayed(port)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        owner = opened(connection)
        for _ in range(FULL):
            taken = connection.deposit(owner.key, os.urandom(16), os.urandom(SIZE))
            assert taken == ("done", None), taken
            with counted.get_lock():
                counted.value += 1
            if time.monotonic() >= end:
                return
        connection.owned(owner, relay_client.CLOSE_MAILBOX)


class Mail(Relays):
    def relay_mail(self):
        relay = self.serve(relay_servers.Relay)
        connection = relay_client.Relayed(relay.port)
        owner = opened(connection)
        alone = []
        for _ in range(self.rounds(200, 50)):
            began = time.perf_counter()
            self.assertEqual(connection.deposit(owner.key, os.urandom(16), os.urandom(SIZE)),
                             ("done", None))
            alone.append((time.perf_counter() - began) * 1e3)
        self.table.row("a deposit until it is acknowledged, one at a time", median(alone), "ms")
        fetches = []
        for _ in range(self.rounds(20, 10)):
            began = time.perf_counter()
            kind, (found, _more) = connection.fetch(owner)
            fetches.append((time.perf_counter() - began) * 1e3)
            self.assertEqual(kind, "deposits")
        self.table.row(f"a fetch of {len(found)} deposits of {SIZE} bytes", median(fetches), "ms")
        seconds = self.rounds(5, 2)
        counted = multiprocessing.Value("l", 0)
        senders = [multiprocessing.Process(target=deposit_for_ever, args=(
            relay.port, self.stage.cores[1], seconds, counted)) for _ in range(CONNECTIONS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(seconds + 30)
            self.assertEqual(sender.exitcode, 0)
        self.table.row(f"deposits acknowledged a second, over {CONNECTIONS} connections",
                       counted.value / seconds, "a second")


SECTIONS = {"relay_mail": with_bench(Mail, "relay_mail")}
