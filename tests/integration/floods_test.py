"""Strangers and members who take more than their share: the host stays within bounds of memory
and time, and others are served as before.
"""
import itertools
import os
import resource
import socket
import statistics
import struct
import threading
import time

import harness
import independent_client
from independent_client import CHAT, CONTROL, CREDIT, DATA, OPEN, PING

MEBIBYTE = 1 << 20
MESSAGE, DELIVERED, REJECTED, INTRODUCTION, PRESENCE = range(1, 6)  # of a RoomFrame


def room_data(field, fields):
    """One RoomFrame as a data frame on the channel where its kind belongs."""
    channel = CONTROL if field in (DELIVERED, REJECTED) else CHAT
    return DATA, (struct.pack(">QIB", 0, channel, 1) +
                  independent_client.encode({field: fields}))


class FloodTest(harness.SottoTest):
    """A host, and two honest members whose words are timed."""

    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")
        self.invitation = self.invite("anna", "lobby", "--uses", "100")
        self.init("bob", "carl")
        self.bob, self.carl = (self.join(name, self.invitation) for name in ("bob", "carl"))
        self.asked = 0
        self.delay()
        self.quiet_delay = self.delay()
        self.quiet_bytes = harness.resident_bytes(self.host_stream.pid)[0]

    def delay(self, words=15):
        """The median of what a word of bob's takes to carl, in seconds."""
        delays = []
        for _ in range(words):
            self.asked += 1
            start = time.monotonic()
            self.bob.type(f"word {self.asked}\n")
            self.carl.expect("message", text=f"word {self.asked}")
            delays.append(time.monotonic() - start)
        return statistics.median(delays)

    def not_slowed(self, what):
        """A tenth of a second is nothing that a person would notice."""
        self.assertLess(self.delay(), max(10 * self.quiet_delay, 0.1), what)

    def bounded(self, mebibytes):
        _, most = harness.resident_bytes(self.host_stream.pid)
        grown = (most - self.quiet_bytes) / MEBIBYTE
        print(f"the host has grown by {grown:.1f} MiB")
        self.assertLess(grown, mebibytes, f"the host has grown by {grown:.1f} MiB")

    def member(self, name="mallory", identity=None, **more):
        """One with an invite, whose client the test writes itself."""
        link = independent_client.Link(independent_client.ConnectionFile(self.invitation),
                                       timeout=harness.PATIENCE)
        link.identity = identity or independent_client.Identity(name)
        link.handshake(link.identity, **more)
        link.expect(independent_client.WELCOME)
        self.addCleanup(link.socket.close)
        return link

    def ends(self, link):
        """The host says goodbye, or is gone."""
        try:
            link.expect(independent_client.GOODBYE)
        except (independent_client.Closed, ConnectionError):
            pass


class Strangers(FloodTest):
    def test_a_trickle_of_many_slows_nobody(self):
        address = ("127.0.0.1", harness.port_of(self.host_stream))
        enough = threading.Event()
        opened = 0

        def trickle():
            nonlocal opened
            peers = []
            while not enough.is_set():
                while len(peers) < 300:
                    peers.append(socket.create_connection(address, timeout=5))
                    opened += 1
                for peer in list(peers):
                    try:
                        peer.send(b"\x01")
                    except OSError:
                        peers.remove(peer)
                        peer.close()
                time.sleep(0.2)
            for peer in peers:
                peer.close()

        attacker = threading.Thread(target=trickle)
        attacker.start()
        try:
            for _ in range(10):
                self.not_slowed("by 300 strangers who send a byte now and then")
            self.delivered(self.send("dora", self.invitation, "new here"))
        finally:
            enough.set()
            attacker.join()
        self.assertGreaterEqual(opened, 300)
        self.bounded(16)

    def test_descriptors_that_run_out_come_back(self):
        pid = self.host_stream.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (48, 48))
        address = ("127.0.0.1", harness.port_of(self.host_stream))
        strangers = [socket.create_connection(address, timeout=5) for _ in range(200)]
        try:
            time.sleep(0.5)
            self.assertGreater(len(os.listdir(f"/proc/{pid}/fd")), 45)
            before = harness.cpu_seconds(pid)
            start = time.monotonic()
            self.not_slowed("while no descriptor is left")
            # Every two seconds the silent are thrown out, and the next of the queue come in.
            while time.monotonic() < start + 3:
                for stranger in strangers[:20]:
                    stranger.close()
                del strangers[:20]
                strangers += [socket.create_connection(address, timeout=5) for _ in range(20)]
                time.sleep(0.2)
            self.assertLess(harness.cpu_seconds(pid) - before, 1.0, "the host spins")
            self.not_slowed("while no descriptor is left")
        finally:
            for stranger in strangers:
                stranger.close()
        self.delivered(self.send("dora", self.invitation, "room again"))
        self.bounded(16)


class Members(FloodTest):
    def test_many_who_trickle_and_never_read(self):
        links = [self.member(f"slow {number}") for number in range(20)]
        record = struct.pack(">H", 65535) + bytes(65535)
        start = time.monotonic()
        sent = 0
        while time.monotonic() < start + 5:
            for link in links:
                link.socket.sendall(record[sent:sent + 10])
            sent += 10
            if sent % 200 == 0:
                self.not_slowed("by twenty whose records never end")
            time.sleep(0.02)
        self.bounded(32)

    def test_one_who_never_reads_while_others_exchange_much(self):
        """50 MiB, in pieces of a mebibyte."""
        deaf = self.member("deaf")
        enough = threading.Event()

        def stay_alive():
            while not enough.wait(1):
                deaf.send_record([(PING, bytes(8))])

        alive = threading.Thread(target=stay_alive)
        alive.start()
        try:
            text = "x" * (MEBIBYTE - 100)
            for number in range(50):
                self.bob.type(f"{number} {text}\n")
                self.carl.expect("message", text=f"{number} {text}")
            self.not_slowed("by one who never reads")
            self.assertTrue(alive.is_alive(), "the host has ended the deaf link too soon")
            self.bounded(32)
            # Who comes back to all of it and reads nothing costs no more.
            again = self.member(identity=deaf.identity)
            self.not_slowed("by one for whom much has been kept")
            again.send_record([(PING, bytes(8))])
        finally:
            enough.set()
            alive.join()
        self.bounded(32)



class Flood(threading.Thread):
    """Sends frames as fast as the session's credit allows, reads what the host answers, and gives
    it credit for that.
    """

    INITIAL_CREDIT = {CONTROL: 1 << 16, CHAT: 2 * (MEBIBYTE + 1024)}  # src/session/channel.h
    FRAME_CREDIT = 64

    def __init__(self, link, frames):
        super().__init__(daemon=True)
        self.link, self.frames = link, frames
        self.count = 0
        self.credit = dict(self.INITIAL_CREDIT)
        self.read = {CONTROL: 0, CHAT: 0}  # credit to give back
        self.answers = []  # RoomFrames of the host
        self.trouble = None
        self.sent = threading.Event()
        self._enough = threading.Event()
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def run(self):
        self._reader.start()
        try:
            self._send_all()
        except Exception as trouble:  # noqa: BLE001: shown by finish()
            self.trouble = trouble
        self.sent.set()
        while not self.trouble and not self._enough.wait(0.02):
            self.link.send_record(self._credits())

    def _send_all(self):
        batch, size = [], 0
        for kind, body in self.frames:
            channel = int.from_bytes(body[8:12], "big") if kind == DATA else CONTROL
            cost = len(body) - 13 + self.FRAME_CREDIT if kind == DATA else 0
            if size + 3 + len(body) > 64000 or self.credit[channel] < cost:
                self.link.send_record([*batch, *self._credits()])
                batch, size = [], 0
            self._wait_for_credit(channel, cost)
            batch.append((kind, body if kind == PING else self._numbered(body)))
            size += 3 + len(body)
            self.count += 1
        self.link.send_record(batch)

    def _wait_for_credit(self, channel, cost):
        deadline = time.monotonic() + harness.PATIENCE
        with self._more:
            while self.credit[channel] < cost:
                assert time.monotonic() < deadline, "the host gives no more credit"
                self._more.wait(0.02)
                self.link.send_record(self._credits())
            self.credit[channel] -= cost

    def _numbered(self, body):
        self.link.seq += 1
        return struct.pack(">Q", self.link.seq) + body[8:]

    def _credits(self):
        given = []
        for channel in (CONTROL, CHAT):
            if amount := self.read[channel]:
                self.read[channel] -= amount
                given.append((CREDIT, self._numbered(struct.pack(">QII", 0, channel, amount))))
        return given or [(PING, bytes(8))]

    def _read(self):
        try:
            while True:
                kind, body = self.link.next_frame()
                if kind == CREDIT:
                    with self._more:
                        channel, more = struct.unpack(">II", body[8:16])
                        self.credit[channel] += more
                        self._more.notify()
                elif kind == DATA:
                    channel = int.from_bytes(body[8:12], "big")
                    self.read[channel] += len(body) - 13 + self.FRAME_CREDIT
                    self.answers.append(independent_client.decode(body[13:]))
        except (independent_client.Closed, OSError, ValueError):
            pass

    def finish(self):
        self._enough.set()
        self.join(60)
        assert not self.is_alive(), "the flood has not ended"
        if self.trouble:
            raise self.trouble


class Floods(FloodTest):
    COUNT = 100_000

    def survive(self, what, frames, seconds):
        """`frames` is made of a link; the host may work `seconds` on them."""
        link = self.member()
        question = link.identity.message(
            independent_client.ConnectionFile(self.invitation).room_id, f"done with {what}")
        before = harness.cpu_seconds(self.host_stream.pid)
        flood = Flood(link, itertools.chain(frames(link), [room_data(MESSAGE, question)]))
        flood.start()
        while not flood.sent.is_set():
            self.not_slowed(f"by a flood of {what}")
        self.not_slowed(f"after a flood of {what}")
        spent = harness.cpu_seconds(self.host_stream.pid) - before
        self.assertLess(spent, seconds, what)
        self.bounded(48)
        # Who only sent much is still a member, and is heard in its turn.
        self.carl.expect("message", text=f"done with {what}")
        wanted = independent_client.encode({1: question[1], 2: link.identity.public})
        deadline = time.monotonic() + harness.PATIENCE
        while not any(answer.get(DELIVERED) == wanted for answer in flood.answers):
            self.assertLess(time.monotonic(), deadline, "never acknowledged")
            time.sleep(0.01)
        flood.finish()
        print(f"{flood.count} {what}: {spent:.2f} s")

    def test_acknowledgements_of_nothing(self):
        self.survive("delivered", lambda link: (
            room_data(DELIVERED, {1: os.urandom(16), 2: link.identity.public})
            for _ in range(self.COUNT)), 20)

    def test_rejections_of_nothing(self):
        self.survive("rejected", lambda link: (
            room_data(REJECTED, {1: os.urandom(16), 2: link.identity.public, 3: 1})
            for _ in range(self.COUNT)), 20)

    def test_presence_of_strangers(self):
        self.survive("presence", lambda _: (
            room_data(PRESENCE, {1: os.urandom(32), 2: 1}) for _ in range(self.COUNT)), 10)

    def test_introductions_by_a_member(self):
        card = independent_client.Identity("nobody").card()
        self.survive("introductions", lambda _: (
            room_data(INTRODUCTION, {1: card}) for _ in range(self.COUNT // 5)), 15)
        self.assertEqual({member["name"] for member in self.host_stream.all
                          if member["event"] == "member"} & {"nobody"}, set())

    def test_pings_and_credit_of_nothing(self):
        def frames(_):
            for number in range(self.COUNT):
                if number % 2:
                    yield PING, os.urandom(8)
                else:
                    yield CREDIT, struct.pack(">QII", 0, CHAT, 0)
        self.survive("pings", frames, 10)

    def test_empty_pieces_of_a_message_that_never_ends(self):
        def frames(_):
            for _ in range(20_000):  # the credit lets through some more
                yield DATA, struct.pack(">QIB", 0, CHAT, 0)
            # It does end, with a frame that says nothing new.
            yield room_data(PRESENCE, {1: bytes(32), 2: 1})
        self.survive("pieces", frames, 10)

    def test_small_messages(self):
        self.survive("messages", lambda link: (
            room_data(MESSAGE, link.identity.message(
                independent_client.ConnectionFile(self.invitation).room_id, "."))
            for _ in range(2_000)), 20)

    # --- what ends the session

    def test_credit_that_was_never_given_ends_the_session(self):
        link = self.member()
        link.send_record([(CREDIT, struct.pack(">QII", 1, CHAT, 1))])
        self.ends(link)
        self.not_slowed("afterwards")

    def test_more_than_the_credit_ends_the_session(self):
        link = self.member()
        with self.assertRaises((independent_client.Closed, ConnectionError)):
            for _ in range(100):  # the host takes at most two mebibytes of a message
                link.send_record([(DATA, struct.pack(">QIB", self.next_seq(link), 1, 0) +
                                   bytes(60_000))])
                time.sleep(0.01)
            while True:
                link.next_frame()
        self.bounded(16)
        self.not_slowed("afterwards")

    def test_opening_channels_without_end_ends_the_session(self):
        link = self.member()
        start = time.monotonic()
        channel = 17  # the joiner's are odd
        with self.assertRaises((independent_client.Closed, ConnectionError)):
            for _ in range(100):
                opens = []
                for _ in range(60):
                    opens.append((OPEN, struct.pack(">QIB", self.next_seq(link), channel, 2)))
                    channel += 2
                link.send_record(opens)
            while True:  # what the host closes is never acknowledged
                link.next_frame()
        self.assertLess(time.monotonic() - start, 4, "it was only given up for dead")
        self.bounded(16)
        self.not_slowed("afterwards")

    @staticmethod
    def next_seq(link):
        link.seq += 1
        return link.seq


if __name__ == "__main__":
    harness.main()
