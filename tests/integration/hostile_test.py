"""Peers that say nothing, too little, or nonsense: closed in time, and nobody else is harmed."""
import os
import resource
import socket
import subprocess
import time

import harness

FIRST_FRAME = 2 + 2 + 512  # version, pattern, length, message: src/session/handshake.h


def raise_file_limit(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    return min(wanted, hard)


class Hostile(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")
        self.address = ("127.0.0.1", harness.port_of(self.host_stream))

    def connect(self):
        peer = socket.create_connection(self.address, timeout=harness.PATIENCE)
        self.addCleanup(peer.close)
        return peer

    def ends_after(self, peer):
        """Seconds until the host closes, having sent not one byte."""
        start = time.monotonic()
        try:
            self.assertEqual(peer.recv(4096), b"")
        except ConnectionResetError:
            pass
        return time.monotonic() - start

    def still_works(self):
        self.delivered(self.send("bob", self.invite("anna", file=f"i{time.monotonic_ns()}"),
                                 "still fine"))
        self.assertEqual(self.host_stream.expect("message")["text"], "still fine")

    def test_silence_ends_after_two_seconds(self):
        waited = self.ends_after(self.connect())
        self.assertGreater(waited, 1.0)
        self.assertLess(waited, 4.0)
        self.still_works()

    def test_a_trickle_ends_as_well(self):
        peer = self.connect()
        start = time.monotonic()
        try:
            while time.monotonic() - start < 8:
                peer.sendall(b"\x01")
                time.sleep(0.1)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.assertLess(time.monotonic() - start, 4)
        self.still_works()

    def test_half_a_message_ends_in_time(self):
        peer = self.connect()
        peer.sendall(b"\x01\x01\x02\x00" + os.urandom(200))
        self.assertLess(self.ends_after(peer), 4)
        self.still_works()

    def test_garbage_gets_no_answer(self):
        well_formed = b"\x01\x01\x02\x00"
        for first in (os.urandom(FIRST_FRAME), well_formed + os.urandom(512),
                      well_formed + bytes(512), b"\x02\x01\x02\x00" + os.urandom(512),
                      b"\x01\x09\x02\x00" + os.urandom(512), b"\x01\x01\xff\xff" + bytes(65535),
                      b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(600), b"\x16\x03\x01" * 200):
            with self.subTest(first[:8]):
                peer = self.connect()
                try:
                    peer.sendall(first)
                except (BrokenPipeError, ConnectionResetError):
                    continue
                self.assertLess(self.ends_after(peer), 4)
        self.still_works()

    def test_a_replayed_first_message_gains_nothing(self):
        """What an eavesdropper has of one handshake lets nobody in."""
        with socket.create_server(("127.0.0.1", 0)) as tap:
            path = self.tapped_invite(tap)
            sender = subprocess.Popen(
                [harness.BINARY, "--home", str(self.home("carl")), "--no-input", "send", path,
                 "-m", "hi", "--timeout", "3s"], env=harness.environment(self.folder),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            caught, _ = tap.accept()
            with caught:
                first = b""
                while len(first) < FIRST_FRAME:
                    first += caught.recv(4096)
            sender.kill()
            sender.wait()
        replay = self.connect_again()
        replay.sendall(first)
        answer = replay.recv(4096)
        self.assertEqual(len(answer), 514)  # message 2, which only bob could go on from
        replay.sendall(b"\x02\x00" + os.urandom(512))
        self.assertEqual(replay.recv(4096), b"")
        self.still_works()

    def tapped_invite(self, tap):
        """A file that leads to `tap`, for a host that then moves back to its own port."""
        port = tap.getsockname()[1]
        own = harness.port_of(self.host_stream)
        self.host_stream.stop()
        tap.close()
        moved = self.host("anna", "lobby", "--port", str(port))
        path = self.invite("anna")
        moved.stop()
        reopened = socket.create_server(("127.0.0.1", port))
        tap.__init__(fileno=reopened.detach())
        self.host_stream = self.host("anna", "lobby", "--port", str(own))
        return path

    def connect_again(self):
        self.address = ("127.0.0.1", harness.port_of(self.host_stream))
        return self.connect()


class ManyStrangers(harness.SottoTest):
    def test_ten_thousand_half_open_connections_lock_nobody_out(self):
        wanted = 10_000
        if raise_file_limit(20_000) < wanted + 500:
            self.skipTest("the limit of open files is too low here")
        host = self.host("anna")
        address = ("127.0.0.1", harness.port_of(host))
        path = self.invite("anna", "lobby", "--uses", "100")
        self.init("bob")
        strangers = []
        try:
            delays = []
            while len(strangers) < wanted:
                for _ in range(500):
                    stranger = socket.socket()
                    stranger.setblocking(False)
                    stranger.connect_ex(address)
                    strangers.append(stranger)
                if len(strangers) % 2500 == 0:
                    delays.append(self.delivered(self.send("bob", path, "through"))["elapsed_ms"])
            self.assertLess(max(delays), 2000, delays)
            member = self.join("bob", "lobby")
            self.assertLess(member.link["elapsed_ms"], 2000)
        finally:
            for stranger in strangers:
                stranger.close()
        member.end_input()
        self.assertEqual(member.wait(), 0)
        host.stop()
        self.assertEqual(host.messages(), ["through"] * 4)


if __name__ == "__main__":
    harness.main()
