"""What a relay keeps: records and mailboxes, their quotas, a full disk."""
import os
import subprocess
import unittest

import relay_client
from relay_client import (CLOSE_MAILBOX, DELETE, GET, OPEN_MAILBOX, PUT, Owner, field)


class Kept(relay_client.RelayTest):
    def opened(self, relay, owner=None):
        owner = owner or Owner()
        connection = self.connect(relay)
        self.assertEqual(connection.owned(owner, OPEN_MAILBOX), ("done", None))
        return connection, owner

    def put(self, connection, record):
        return connection.request(PUT, field(1, record))

    def test_records(self):
        relay = self.start_relay()
        owner, connection = Owner(), self.connect(relay)
        key = field(1, owner.key)
        self.assertEqual(connection.request(GET, key), ("refused", "unknown"))
        self.assertEqual(self.put(connection, owner.record(5)), ("done", None))
        self.assertEqual(self.put(connection, owner.record(4)), ("refused", "older"))
        self.assertEqual(self.put(connection, owner.record(5, b"other")), ("done", None))
        self.assertEqual(connection.request(GET, key), ("found", owner.record(5, b"other")))
        self.assertEqual(self.put(connection, owner.record(1 << 63)), ("done", None))
        self.assertEqual(connection.request(GET, key), ("found", owner.record(1 << 63)))
        forged = bytearray(owner.record(1 << 63 | 1))
        forged[500] ^= 1
        self.assertEqual(self.put(connection, bytes(forged)), ("refused", "signature"))
        # Only who has the secret deletes it.
        stolen = key + field(2, connection.signature(Owner(), DELETE))
        self.assertEqual(connection.request(DELETE, stolen), ("refused", "signature"))
        relay.stop()
        relay = self.start_relay()
        connection = self.connect(relay)
        self.assertEqual(connection.request(GET, key), ("found", owner.record(1 << 63)))
        self.assertEqual(connection.owned(owner, DELETE), ("done", None))
        self.assertEqual(connection.request(GET, key), ("refused", "unknown"))

    def test_mailboxes(self):
        relay = self.start_relay()
        reader, owner = self.opened(relay)
        writer = self.connect(relay)
        first, second = os.urandom(512), os.urandom(65535)
        self.assertEqual(writer.deposit(owner.key, b"a" * 16, first), ("done", None))
        self.assertEqual(writer.deposit(owner.key, b"a" * 16, first), ("done", None))
        self.assertEqual(writer.deposit(owner.key, b"a" * 16, second), ("refused", "id_reused"))
        self.assertEqual(writer.deposit(owner.key, b"b" * 16, second), ("done", None))
        self.assertEqual(writer.deposit(Owner().key, b"c" * 16, first), ("refused", "unknown"))
        both = [(1, b"a" * 16, first), (2, b"b" * 16, second)]
        self.assertEqual(reader.fetch(owner), ("deposits", (both, False)))
        self.assertEqual(reader.fetch(owner, after=1), ("deposits", (both[1:], False)))
        self.assertEqual(reader.acknowledge(owner, [1]), ("done", None))
        self.assertEqual(reader.fetch(owner), ("deposits", (both[1:], False)))
        # A thief neither reads nor empties it.
        thief = self.connect(relay)
        stolen = field(1, owner.key) + field(2, thief.signature(Owner(), relay_client.FETCH,
                                                                bytes(8)))
        self.assertEqual(thief.request(relay_client.FETCH, stolen), ("refused", "signature"))
        stolen = field(1, owner.key) + field(2, thief.signature(Owner(), CLOSE_MAILBOX))
        self.assertEqual(thief.request(CLOSE_MAILBOX, stolen), ("refused", "signature"))
        self.assertEqual(reader.owned(owner, CLOSE_MAILBOX), ("done", None))
        self.assertEqual(reader.fetch(owner), ("refused", "unknown"))

    def test_more_than_one_reply_holds(self):
        relay = self.start_relay()
        reader, owner = self.opened(relay)
        writer = self.connect(relay)
        for index in range(8):
            self.assertEqual(writer.deposit(owner.key, bytes([index]) * 16, bytes(65535)),
                             ("done", None))
        seen, more = [], True
        while more:
            kind, (deposits, more) = reader.fetch(owner, after=seen[-1] if seen else 0)
            self.assertEqual(kind, "deposits")
            seen += [number for number, _, _ in deposits]
        self.assertEqual(seen, list(range(1, 9)))

    def test_a_full_mailbox_refuses_and_drops_nothing(self):
        relay = self.start_relay("--mailbox-size", "2K", "--requests-per-block", "1000")
        reader, owner = self.opened(relay)
        writer = self.connect(relay)
        for index in range(3):
            self.assertEqual(writer.deposit(owner.key, bytes([index]) * 16, bytes(512)),
                             ("done", None))
        self.assertEqual(writer.deposit(owner.key, b"x" * 16, bytes(512)), ("refused", "quota"))
        self.assertEqual(writer.deposit(owner.key, b"x" * 16, bytes(4096)), ("refused", "quota"))
        self.assertEqual(writer.deposit(owner.key, b"\0" * 16, bytes(512)), ("done", None))
        kind, (deposits, _) = reader.fetch(owner)
        self.assertEqual([number for number, _, _ in deposits], [1, 2, 3])
        # What was fetched makes room, and numbers go on.
        self.assertEqual(reader.acknowledge(owner, [1, 2]), ("done", None))
        self.assertEqual(writer.deposit(owner.key, b"x" * 16, bytes(512)), ("done", None))
        kind, (deposits, _) = reader.fetch(owner)
        self.assertEqual([number for number, _, _ in deposits], [3, 4])

    def test_a_full_store_refuses(self):
        relay = self.start_relay("--store-size", "5K")
        _, owner = self.opened(relay)
        writer = self.connect(relay)
        self.assertEqual(writer.deposit(owner.key, b"a" * 16, bytes(4096)), ("done", None))
        self.assertEqual(writer.request(PUT, field(1, Owner().record(1))), ("refused", "quota"))
        self.assertEqual(writer.deposit(owner.key, b"b" * 16, bytes(512)), ("done", None))
        self.assertEqual(writer.deposit(owner.key, b"c" * 16, bytes(512)), ("refused", "quota"))

    def test_a_full_disk_is_said_and_loses_nothing(self):
        folder = self.folder / "small"
        folder.mkdir(mode=0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs",
                                  folder], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting is not allowed here: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        relay = self.start_relay("--admin", "127.0.0.1:0", store="small")
        reader, owner = self.opened(relay)
        writer = self.connect(relay)
        kept = 0
        while (answer := writer.deposit(owner.key, kept.to_bytes(16, "big"),
                                        bytes(65535))) == ("done", None):
            kept += 1
            self.assertLess(kept, 100, "the disk was never full")
        self.assertEqual(answer, ("refused", "store"))
        self.assertGreater(kept, 3)
        told = relay.expect("notice", code="store")
        self.assertEqual((told["level"], told["error"]), ("error", "store.full"))
        self.assertGreater(self.metric(relay, "store_errors_total"), 0)
        numbers, more = [], True
        while more:
            _, (deposits, more) = reader.fetch(owner, after=numbers[-1] if numbers else 0)
            numbers += [number for number, _, _ in deposits]
        self.assertEqual(numbers, list(range(1, kept + 1)))
        # Room again, and it goes on.
        self.assertEqual(reader.acknowledge(owner, numbers), ("done", None))
        self.assertEqual(writer.deposit(owner.key, b"y" * 16, bytes(512)), ("done", None))


if __name__ == "__main__":
    unittest.main()
