"""What tests of `sotto --tor` share: homes whose commands go over the private Tor network, with the
tor that sotto starts or with one that was there, and homes in cells of the leak lab.
"""
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

import harness
import tor_network
import namespaces

PATIENCE = tor_network.PATIENCE  # seconds; for what goes over onion services


def onion_address():
    """Of an onion service that nobody has."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    checksum = hashlib.sha3_256(b".onion checksum" + key + b"\x03").digest()[:2]
    return base64.b32encode(key + checksum + b"\x03").decode().lower() + ".onion"


class TorTest(harness.SottoTest):
    """Commands with `--tor`.  A home has a tor of its own, or the one that use() gives it."""

    @classmethod
    def setUpClass(cls):
        cls.network = tor_network.shared()

    def setUp(self):
        super().setUp()
        self.tors = {}  # by home: the tor that is there

    def tor(self, name, lines=(), wait=True, prefix=()):
        """A tor on the network, as the system's would be."""
        tor = tor_network.Tor(self.network, self.folder / f"tor-{name}", lines, prefix)
        self.addCleanup(tor.stop)
        return tor.start(wait)

    def use(self, tor, *homes):
        self.tors |= {home: tor for home in homes}

    @classmethod
    def shared_tor(cls, name):
        """One that all tests of the class use."""
        if "shared_tors" not in vars(cls):
            cls.shared_tors = {}
            cls.shared_folder = tempfile.mkdtemp(prefix="sotto-tors-")
            cls.addClassCleanup(shutil.rmtree, cls.shared_folder, ignore_errors=True)
        if name not in cls.shared_tors:
            tor = tor_network.Tor(cls.network, os.path.join(cls.shared_folder, name))
            cls.addClassCleanup(tor.stop)
            cls.shared_tors[name] = tor.start()
        return cls.shared_tors[name]

    def use_shared(self, name, *homes):
        self.use(self.shared_tor(name), *homes)

    def tor_flags(self, home):
        """What keeps a command of this home on the private network."""
        if home in self.tors:
            return self.tors[home].flags
        return ["--tor", "--torrc-include", str(self.network.client_torrc)]

    def passphrase(self):
        """The flag for connection files."""
        return ["--invite-passphrase-file", self.file("passphrase", "of the file\n")]

    def host_tor(self, home, room="lobby", *flags, stdin=subprocess.DEVNULL, file="inv"):
        """A host that can be reached through Tor, and has written a connection file."""
        stream = self.stream(home, "host", room, *self.tor_flags(home), "--export",
                             self.path(file), *self.passphrase(), *flags, stdin=stdin)
        stream.ready = stream.expect("ready", timeout=PATIENCE)
        return stream

    def join_tor(self, home, target=None, *flags, stdin=subprocess.PIPE):
        """A member whose link stands."""
        stream = self.stream(home, "join", target or self.path("inv"), *self.tor_flags(home),
                             *self.passphrase(), *flags, stdin=stdin)
        stream.link = stream.expect("link", timeout=PATIENCE)
        return stream

    def send_tor(self, home, text, target=None, *flags, timeout=PATIENCE, **more):
        """A one-shot message; its result is for delivered() or refused()."""
        return self.sotto(home, "--json", "send", target or self.path("inv"),
                          *self.tor_flags(home), *self.passphrase(), *flags, stdin=text,
                          timeout=timeout, **more)

    def delivered_by_onion(self, done):
        result = self.delivered(done)
        self.assertEqual(result["route"], "onion", str(done))
        return result


class LeakTest(TorTest):
    """The same with the network in a namespace, and every home in a cell of its own."""

    @classmethod
    def setUpClass(cls):
        cls.lab = None
        cls.lacking = namespaces.lacking()
        if not cls.lacking:
            cls.lab_folder = tempfile.mkdtemp(prefix="sotto-leaks-")
            cls.addClassCleanup(shutil.rmtree, cls.lab_folder, ignore_errors=True)
            cls.lab = namespaces.Lab(cls.lab_folder,
                                     say=lambda line: print(line, file=sys.stderr))
            cls.addClassCleanup(cls.lab.close)
            cls.network = tor_network.Network(cls.lab.network)

    def setUp(self):
        if self.lacking:
            self.skipTest(self.lacking)
        super().setUp()
        self.cells, self.nears = {}, []

    def near(self, name):
        """A namespace for a tor."""
        near = self.lab.near(f"{self.id().rpartition('.')[2]}-{name}")
        self.nears.append(near)
        return near

    def cell(self, home, own_tor=True):
        """Moves a home into a cell.  A tor that it starts runs beside the network: it is one that
        enters another namespace, which a confined sotto cannot start."""
        cell = self.cells[home] = self.lab.cell(home)
        self.launchers[home] = cell.prefix
        if own_tor:
            settings = self.folder / f"settings-{home}"
            (settings / "sotto").mkdir(parents=True)
            (settings / "sotto" / "config.toml").write_text('sandbox = "off"\n')
            path = f"{self.lab.wrapper(self.near(home))}:{os.environ['PATH']}"
            self.surroundings[home] = self.surroundings.get(home, {}) | {
                "PATH": path, "XDG_CONFIG_HOME": str(settings)}
        return cell

    def system_tor(self, name, lines=(), wait=True):
        """A tor that is there, in a namespace of its own."""
        return self.tor(name, lines, wait, self.near(f"system-{name}").prefix)

    def assert_no_leak(self):
        """No packet in any cell, none that came out of one, and from tors to the network alone."""
        for home, cell in self.cells.items():
            self.assertEqual(set(cell.counters().values()), {0}, f"{home}: {cell.seen()}")
        self.assertEqual(self.lab.escaped(), 0)
        for near in self.nears:
            self.assertEqual(near.counters()["elsewhere"], 0, near.name)
