"""Programs of the same user that abuse the owner's socket: garbage, floods, clients that never
read.  The owner stays within bounds and serves everybody else.
"""
import json
import resource
import socket
import threading
import time

import harness

MEBIBYTE = 1 << 20


class SocketFloods(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.owner = self.host("anna")
        self.path = self.invite("anna", "lobby", "--uses", "9")
        self.delivered(self.send("bob", self.path, "hello"))
        self.owner.expect("message")
        self.quiet_bytes = harness.resident_bytes(self.owner.pid)[0]

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(harness.PATIENCE)
        client.connect(str(self.home("anna") / "agent.sock"))
        self.addCleanup(client.close)
        return client

    def request(self, number, method="id", params=None):
        return json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                           "params": params or {}}).encode() + b"\n"

    def lines(self, client, count):
        """So many answers; fewer when the owner has hung up."""
        data = b""
        while data.count(b"\n") < count:
            try:
                more = client.recv(1 << 16)
            except ConnectionError:
                more = b""
            if not more:
                break
            data += more
        return [json.loads(line) for line in data.splitlines()]

    def still_serves(self):
        start = time.monotonic()
        self.identity("anna")
        self.delivered(self.send("bob", "lobby", "still there?"))
        self.owner.expect("message", text="still there?")
        self.assertLess(time.monotonic() - start, 2.0)

    def bounded(self, mebibytes):
        _, most = harness.resident_bytes(self.owner.pid)
        grown = (most - self.quiet_bytes) / MEBIBYTE
        print(f"the owner has grown by {grown:.1f} MiB")
        self.assertLess(grown, mebibytes)

    def test_garbage_is_answered_or_hung_up_on(self):
        for garbage in (b"\x00\xff\xfe\n", b"{\n", b"[]\n", b"null\n", b"[[[[[[\n", b"\n" * 1000,
                        b'{"jsonrpc":"2.0"}\n', b'{"jsonrpc":"2.0","id":{},"method":1}\n',
                        b"[" * 100_000 + b"\n", b'"' + b"x" * 100_000 + b'"\n'):
            with self.subTest(garbage[:20]):
                client = self.connect()
                client.sendall(garbage + self.request(7))
                # Each line has its answer, the last of them the one that was meant.
                answers = self.lines(client, garbage.count(b"\n") + 1)
                for answer in answers[:-1]:
                    self.assertIn("error", answer)
                if answers:
                    self.assertEqual(answers[-1].get("id"), 7)
        self.still_serves()

    def test_a_line_that_never_ends_is_cut_off(self):
        client = self.connect()
        with self.assertRaises(ConnectionError):
            for _ in range(1_000):
                client.sendall(b"x" * 65536)
            self.assertEqual(client.recv(1), b"")
            raise ConnectionResetError
        self.bounded(24)
        self.still_serves()

    def test_a_hundred_thousand_requests_are_answered(self):
        client = self.connect()
        count = 100_000
        flood = b"".join(self.request(number, "shown", {"seq": 1}) for number in range(count))
        sender = threading.Thread(target=client.sendall, args=(flood,))
        sender.start()
        for _ in range(3):
            self.still_serves()
        answers = self.lines(client, count)
        sender.join()
        self.assertEqual(sorted(answer["id"] for answer in answers), list(range(count)))
        self.bounded(24)

    def test_one_who_never_reads_is_hung_up_on(self):
        client = self.connect()
        request = self.request(1, "history", {"who": "lobby"})
        with self.assertRaises(ConnectionError):
            for _ in range(200):  # each answer is longer than its request
                client.sendall(request * 1000)
        self.bounded(32)
        self.still_serves()

    def test_many_clients_are_served(self):
        clients = [self.connect() for _ in range(300)]
        for number, client in enumerate(clients):
            client.sendall(self.request(number))
        for number, client in enumerate(clients):
            self.assertEqual(self.lines(client, 1)[0]["id"], number)
        self.bounded(32)
        self.still_serves()

    def test_without_descriptors_it_waits_and_comes_back(self):
        resource.prlimit(self.owner.pid, resource.RLIMIT_NOFILE, (40, 40))
        clients = [self.connect() for _ in range(100)]
        before = harness.cpu_seconds(self.owner.pid)
        time.sleep(1)
        self.assertLess(harness.cpu_seconds(self.owner.pid) - before, 0.5, "the owner spins")
        for client in clients:
            client.close()
        self.still_serves()

    def test_hanging_up_in_the_middle_harms_nobody(self):
        for _ in range(200):
            client = self.connect()
            client.sendall(self.request(1, "host", {"room": "lobby"}) + self.request(2)[:20])
            client.close()
        self.still_serves()


if __name__ == "__main__":
    harness.main()
