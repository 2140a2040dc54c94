"""kill -9 under load: every deposit that the relay acknowledged is there afterwards, once.

SOTTO_KILLS is how often (20 by default).
"""
import os
import random
import threading
import unittest

import relay_client
from relay_client import OPEN_MAILBOX, Owner

KILLS = int(os.environ.get("SOTTO_KILLS", "20"))
WRITERS = 4


class Writer(threading.Thread):
    """Deposits until the relay dies, and remembers what was acknowledged."""

    def __init__(self, port, mailbox, prefix, source):
        super().__init__()
        self.acknowledged = {}
        self.maybe = None  # what was under way at the end
        self.wrong = None
        self.connection = relay_client.Relayed(port, source=source)
        self.mailbox, self.prefix = mailbox, prefix
        self.many = threading.Event()

    def run(self):
        try:
            for index in range(1_000_000):
                ident = self.prefix + index.to_bytes(12, "big")
                self.maybe = ident, os.urandom(512)
                answer = self.connection.deposit(self.mailbox, *self.maybe)
                if answer != ("done", None):
                    self.wrong = answer
                    return
                self.acknowledged[ident] = self.maybe[1]
                if index >= 5:
                    self.many.set()
        except (relay_client.Closed, OSError):
            pass
        finally:
            self.many.set()
            self.connection.close()


class Killed(relay_client.RelayTest):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("SOTTO_SEED", random.randrange(1 << 32)))
        print(f"seed {seed}", flush=True)
        self.random = random.Random(seed)

    def kill_under_load(self, owner, turn):
        """{id: content} that was acknowledged, and [(id, content)] that may or may not be there."""
        relay = self.start_relay("--requests-per-block", "1000000")
        reader = self.connect(relay)
        self.assertEqual(reader.owned(owner, OPEN_MAILBOX), ("done", None))
        writers = [Writer(relay.port, owner.key, bytes([turn % 256, number, 0, 0]),
                          f"127.0.{number}.1") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            self.assertTrue(writer.many.wait(relay_client.PATIENCE))
        threading.Event().wait(self.random.random() * 0.05)
        relay.kill()
        for writer in writers:
            writer.join(relay_client.PATIENCE)
            self.assertFalse(writer.is_alive())
            self.assertIn(writer.wrong, (None, ("refused", "quota")))
        acknowledged = {}
        for writer in writers:
            acknowledged |= writer.acknowledged
        return acknowledged, [writer.maybe for writer in writers]

    def empty(self, owner):
        """All that is in the mailbox, which is taken out."""
        relay = self.start_relay("--requests-per-block", "1000000")
        reader = self.connect(relay)
        found, more = [], True
        while more:
            kind, (deposits, more) = reader.fetch(owner)
            self.assertEqual(kind, "deposits")
            found += deposits
            numbers = [number for number, _, _ in deposits]
            for at in range(0, len(numbers), 256):
                self.assertEqual(reader.acknowledge(owner, numbers[at:at + 256]),
                                 ("done", None))
        relay.stop()
        return found

    def test_what_was_acknowledged_is_there(self):
        owner = Owner()
        last = kept = 0
        for turn in range(KILLS):
            acknowledged, maybe = self.kill_under_load(owner, turn)
            found = self.empty(owner)
            contents = {ident: content for _, ident, content in found}
            self.assertEqual(len(contents), len(found), "something came twice")
            lost = [ident for ident, content in acknowledged.items()
                    if contents.get(ident) != content]
            self.assertEqual(lost, [], f"kill {turn}")
            extra = {ident: content for ident, content in contents.items()
                     if ident not in acknowledged}
            for ident, content in extra.items():
                self.assertIn((ident, content), maybe)
            numbers = [number for number, _, _ in found]
            self.assertEqual(numbers, sorted(set(numbers)))
            self.assertGreater(numbers[0], last, "a number came again")
            last = numbers[-1]
            kept += len(acknowledged)
        print(f"{KILLS} kills, {kept} acknowledged deposits, none lost", flush=True)


if __name__ == "__main__":
    unittest.main()
