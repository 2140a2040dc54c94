"""The leak lab itself (tests/lab/namespaces.py): what is sent in a cell is dropped and counted,
whatever it is, and tor's unix sockets lead out of it without a packet.  No sotto takes part.
"""
import os
import pathlib
import subprocess
import sys
import time
import unittest

import tor_network
import namespaces
import tor_test_support

# Python in a cell, each line a way to send something.
LEAKS = {
    "TCP": ("192.0.2.1 tcp 443", "tcp(socket.AF_INET, ('192.0.2.1', 443))"),
    "TCP over IPv6": ("2001:db8::1 tcp 443", "tcp(socket.AF_INET6, ('2001:db8::1', 443))"),
    "UDP to port 53": ("192.0.2.53 udp 53", "udp(socket.AF_INET, ('192.0.2.53', 53))"),
    "UDP over IPv6": ("2001:db8::53 udp 53", "udp(socket.AF_INET6, ('2001:db8::53', 53))"),
    "broadcast": ("255.255.255.255 udp 1900",
                  "udp(socket.AF_INET, ('255.255.255.255', 1900), broadcast=True)"),
    "multicast": ("224.0.0.251 udp 5353", "udp(socket.AF_INET, ('224.0.0.251', 5353))"),
    "loopback": ("127.0.0.1 tcp 9050", "tcp(socket.AF_INET, ('127.0.0.1', 9050))"),
    "loopback of IPv6": ("::1 tcp 9050", "tcp(socket.AF_INET6, ('::1', 9050))"),
    "own address": ("10.99.0.2 udp 7", "udp(socket.AF_INET, ('10.99.0.2', 7))"),
    "ICMP": ("192.0.2.1 icmp 0", "icmp('192.0.2.1')"),
    "a name": (None, "socket.getaddrinfo('example.invalid', 80)"),
    "ARP": (None, "packet('out', 0x0806)"),
    "a packet socket": (None, "packet('out', 0x0800)"),
    "a packet socket on the loopback": (None, "packet('lo', 0x0800)"),
}
SENDERS = """
import socket

def tcp(family, address):
    with socket.socket(family) as one:
        one.settimeout(0.2)
        one.connect(address)

def udp(family, address, broadcast=False):
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, broadcast)
        one.sendto(b"leak", address)

def icmp(address):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as one:
        one.sendto(bytes(8), (address, 0))

def packet(link, kind):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as one:
        one.bind((link, kind))
        one.send(bytes(12) + kind.to_bytes(2, "big") + bytes(46))

"""
TALK = """
import sys
sys.path.insert(0, sys.argv[1])
import tor_network
with tor_network.connect_patiently(sys.argv[2], sys.argv[3], user="anna") as stream:
    assert tor_network.says_back(stream, bytes(100_000))
"""


def python(cell, code, *words):
    return cell.run([sys.executable, "-B", "-c", code, *words], capture_output=True, text=True,
                    env=os.environ | {"RES_OPTIONS": "timeout:1 attempts:1"}, timeout=120)


class Cells(unittest.TestCase):
    def setUp(self):
        if reason := namespaces.lacking():
            self.skipTest(reason)
        self.lab = namespaces.Lab()
        self.addCleanup(self.lab.close)

    def assert_silent(self, *cells):
        for cell in cells:
            self.assertEqual(set(cell.counters().values()), {0}, cell.seen())

    def test_nothing_is_counted_where_nothing_runs(self):
        cells = [self.lab.cell("anna"), self.lab.cell("bob")]
        time.sleep(2)  # what the kernel does when a link comes up
        self.assert_silent(*cells)

    def test_whatever_is_sent_is_counted_and_goes_nowhere(self):
        cell = self.lab.cell("anna")
        for name, (target, code) in LEAKS.items():
            with self.subTest(name):
                before = sum(cell.counters().values())
                done = python(cell, SENDERS + code)
                self.assertNotEqual(done.returncode, 0, "it has got through")
                self.assertGreater(sum(cell.counters().values()), before)
                if target:
                    seen = [line.rpartition(":")[0] for line in cell.seen()]
                    self.assertIn(target, seen)
        self.assertEqual(self.lab.escaped(), 0)

    def test_cells_are_counted_apart(self):
        leaky, tight = self.lab.cell("anna"), self.lab.cell("bob")
        python(leaky, SENDERS + LEAKS["UDP to port 53"][1])
        self.assertEqual(leaky.counters()["output"], 1)
        self.assert_silent(tight)

    def test_a_packet_that_is_not_dropped_would_be_seen_outside(self):
        """So the zero of escaped() says something."""
        cell = self.lab.cell("anna")
        cell.do(["nft", "flush", "ruleset"])
        python(cell, SENDERS + LEAKS["UDP to port 53"][1])
        self.assertEqual(self.lab.escaped(), 1)

    def test_namespaces_end_with_the_process_that_made_them(self):
        maker = subprocess.Popen(
            [sys.executable, "-B", "-c", "import sys; sys.path.insert(0, sys.argv[1])\n"
             "import namespaces\nprint(namespaces.Lab().cell('anna').pid, flush=True)\n"
             "import time; time.sleep(600)", pathlib.Path(namespaces.__file__).parent],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(maker.stdout.close)
        holder = int(maker.stdout.readline())
        self.assertTrue(os.path.exists(f"/proc/{holder}"))
        maker.kill()
        maker.wait()
        deadline = time.monotonic() + 10
        while os.path.exists(f"/proc/{holder}"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


class Tors(tor_test_support.LeakTest):
    def test_all_there_is_to_a_tor_goes_over_its_sockets(self):
        """Onion services, transport plugins, and a tor that a process in a cell has started."""
        system = self.system_tor("plain", wait=False)
        hidden = self.system_tor("hidden", self.network.bridges("obfs4"), wait=False)
        cell = self.cell("anna")
        owner = cell.popen(["sleep", "600"])
        self.addCleanup(owner.wait)
        self.addCleanup(owner.kill)
        own = tor_network.Tor(self.network, self.folder / "own", owner=owner.pid, prefix=[
            *cell.prefix, "env", f"PATH={self.surroundings['anna']['PATH']}"])
        self.addCleanup(own.stop)
        own.start(wait=False)
        for tor in (system, hidden, own):
            tor.wait_bootstrapped()

        echo = tor_network.Echo(self.folder / "echo.sock")
        self.addCleanup(echo.close)
        with hidden.control() as control:
            name = control.add_onion(echo.target)
            for tor in (system, own):
                done = python(cell, TALK, str(pathlib.Path(__file__).parent),
                              str(tor.socks_socket), f"{name}.onion")
                self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_no_leak()
        for near in self.nears:
            self.assertGreater(near.counters()["network"], 0, near.name)

        # Its process id is that of the one that was started, and it ends with its owner.
        (near,) = [near for near in self.nears if near.name.endswith("-anna")]
        self.assertEqual(pathlib.Path(f"/proc/{own.process.pid}/comm").read_text(), "tor\n")
        self.assertEqual(os.stat(f"/proc/{own.process.pid}/ns/net").st_ino,
                         os.stat(f"/proc/{near.pid}/ns/net").st_ino)
        owner.kill()
        owner.wait()
        own.process.wait(60)

    def test_a_sotto_without_tor_is_counted(self):
        """And one that talks to nobody is not."""
        cell = self.cell("anna")
        self.init("anna")
        self.identity("anna")
        self.assert_no_leak()
        for target in ("192.0.2.1:4711", "[2001:db8::1]:4711", "127.0.0.1:4711", "a.example:4711"):
            before = cell.counters()["output"]
            self.check(self.sotto("anna", "send", target, "--trust-new", "--timeout", "1s",
                                  stdin="hi"), 3)
            self.assertGreater(cell.counters()["output"], before, target)
        self.assertEqual(self.lab.escaped(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
