"""The owner's socket and those who misuse it: a host goes on serving its members."""
import json
import os
import resource
import socket
import stat
import subprocess
import sys
import threading
import time
import unittest

import harness
from owner_socket import RpcConnection


class Socket(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")
        self.member = self.join("bob", self.invite("anna"))
        self.socket_path = self.home("anna") / "agent.sock"
        self.said = 0

    def connect(self):
        connection = RpcConnection(self.socket_path)
        self.addCleanup(connection.close)
        return connection

    def still_serves(self):
        """Members are heard, and whoever asks properly is answered."""
        self.said += 1
        text = f"still there? {self.said}"
        self.member.type(text + "\n")
        self.host_stream.expect("message", text=text)
        connection = self.connect()
        self.assertEqual(connection.call("id")["name"], "root")
        connection.close()  # an owner serves until the last of its clients has left

    def refused(self, answer, code):
        self.assertEqual(answer["error"]["code"], code, answer)
        self.assertEqual(answer["jsonrpc"], "2.0")

    def test_it_is_for_its_user_alone(self):
        self.assertEqual(stat.S_IMODE(self.socket_path.stat().st_mode), 0o600)
        self.assertTrue(stat.S_ISSOCK(self.socket_path.stat().st_mode))

    @unittest.skipUnless(os.geteuid() == 0, "only root may become another user")
    def test_another_user_is_closed_on(self):
        # Even one who may pass through the folders and write to the socket.
        for folder in (self.folder, self.home("anna")):
            folder.chmod(0o755)
        self.socket_path.chmod(0o666)
        program = (
            "import os, socket, sys\n"
            "os.setgid(65534); os.setuid(65534)\n"
            "s = socket.socket(socket.AF_UNIX); s.settimeout(10)\n"
            f"s.connect({str(self.socket_path)!r})\n"
            "try:\n"
            "    s.sendall(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"id\"}\\n')\n"
            "    sys.stdout.write(repr(s.recv(100)))\n"
            "except (BrokenPipeError, ConnectionResetError):\n"
            "    sys.stdout.write(repr(b''))\n")
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, b"b''")
        self.still_serves()

    def test_garbage_is_answered_with_an_error(self):
        connection = self.connect()
        for line in (b"hello", b"\xff\xfe\x00", b"{", b"[" * 5000, b'"text"', b"12", b"nul"):
            connection.send(line + b"\n")
            answer = connection.line()
            self.assertIn(answer["error"]["code"], (-32700, -32600), line)
            self.assertIsNone(answer["id"])
        for request in ({}, {"jsonrpc": "1.0", "id": 1, "method": "id"},
                        {"jsonrpc": "2.0", "id": 1}, {"jsonrpc": "2.0", "id": 1, "method": 7}):
            connection.send(json.dumps(request) + "\n")
            self.refused(connection.line(), -32600)
        self.refused(connection.ask("no such method"), -32601)
        self.refused(connection.ask("history", {"who": 7}), -32602)
        self.assertEqual(connection.ask("history", {"who": "nobody"})["error"]["data"]["code"],
                         "room.unknown")
        self.assertEqual(connection.call("id")["name"], "root")
        self.still_serves()

    def test_half_a_line_is_waited_for_and_costs_nobody(self):
        halves = [self.connect() for _ in range(20)]
        request = b'{"jsonrpc":"2.0","id":1,"method":"id"}\n'
        for half in halves:
            half.send(request[:17])
        self.still_serves()
        halves[0].send(request[17:])
        self.assertEqual(halves[0].line()["result"]["name"], "root")
        halves[1].close()
        self.still_serves()

    def test_a_line_without_an_end_is_cut_off(self):
        before = harness.resident_bytes(self.host_stream.pid)[0]
        connection = self.connect()
        with self.assertRaises(OSError):
            for _ in range(64):
                connection.send(b"x" * (1 << 18))
            while connection.line() is not None:
                pass
            raise ConnectionError("hung up")
        self.still_serves()
        self.assertLess(harness.resident_bytes(self.host_stream.pid)[0] - before, 24 << 20)

    def test_batches(self):
        connection = self.connect()

        def request(number, method="id"):
            return {"jsonrpc": "2.0", "id": number, "method": method}

        connection.send(json.dumps([request(n) for n in range(64)]) + "\n")
        self.assertEqual({answer["id"] for answer in connection.line()}, set(range(64)))
        for batch in ([], [request(n) for n in range(65)]):
            connection.send(json.dumps(batch) + "\n")
            self.refused(connection.line(), -32600)
        connection.send(json.dumps([request(1), 7, request(2, "nothing")]) + "\n")
        answers = connection.line()
        self.assertEqual(len(answers), 3)
        self.assertEqual(sum("result" in answer for answer in answers), 1)
        # Notifications are not answered, nor is a batch of nothing else.
        connection.send(json.dumps([{"jsonrpc": "2.0", "method": "id"}]) + "\n")
        self.assertEqual(connection.call("id")["name"], "root")

    def test_a_flood_of_requests_is_answered_in_full(self):
        connection = self.connect()
        count = 5000
        requests = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"id"}\n' % n
                            for n in range(count))
        thread = threading.Thread(target=connection.send, args=(requests,))
        thread.start()
        self.still_serves()
        seen = {connection.line()["id"] for _ in range(count)}
        thread.join()
        self.assertEqual(seen, set(range(count)))

    def test_who_never_reads_is_cut_off_and_costs_little(self):
        for number in range(20):
            self.member.type("x" * 100_000 + f"{number}\n")
            self.host_stream.expect("message")
        before = harness.resident_bytes(self.host_stream.pid)[0]
        deaf = self.connect()
        deaf.socket.settimeout(2)
        request = b'{"jsonrpc":"2.0","id":1,"method":"history","params":{"who":"lobby"}}\n'
        with self.assertRaises(OSError):
            for _ in range(2000):
                deaf.send(request)
            time.sleep(0.5)
            raise ConnectionResetError("it was not to be")
        self.still_serves()
        self.assertLess(harness.resident_bytes(self.host_stream.pid)[0] - before, 64 << 20)

    def test_thousands_of_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        idle = []
        self.addCleanup(lambda: [one.close() for one in idle])
        for _ in range(600):  # more than its descriptors may be
            one = socket.socket(socket.AF_UNIX)
            one.settimeout(0.2)
            idle.append(one)
            try:
                one.connect(str(self.socket_path))
            except (BlockingIOError, TimeoutError, OSError):
                break
        self.member.type("over the noise\n")
        self.host_stream.expect("message", text="over the noise")
        for one in idle:
            one.close()
        idle.clear()
        for _ in range(2000):
            one = socket.socket(socket.AF_UNIX)
            one.settimeout(5)
            one.connect(str(self.socket_path))
            one.close()
        self.still_serves()

    def test_a_client_that_dies_in_the_midst_of_a_send(self):
        other = self.host("carl", "den")
        path = self.invite("carl", "den", file="other")
        self.check(self.sotto("anna", "import", path))
        other.stop()
        for _ in range(20):
            connection = self.connect()
            connection.send(json.dumps({
                "jsonrpc": "2.0", "id": 1, "method": "send",
                "params": {"target": {"name": "den"}, "texts": ["hi"], "timeout_ms": 1000}}) + "\n")
            connection.close()
        self.still_serves()
        self.assertEqual(self.host_stream.stop(), 143)


if __name__ == "__main__":
    harness.main()
