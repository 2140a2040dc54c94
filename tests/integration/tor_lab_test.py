"""The lab itself: the private Tor network, its bridge and the tors on it do what the tests of
onion services take for granted.  No sotto takes part.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import tor_network
from tor_network import private_tor_net


class LabTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = tor_network.shared()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-lab-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def tor(self, name, lines=(), wait=True):
        tor = tor_network.Tor(self.network, self.folder / name, lines)
        self.addCleanup(tor.stop)
        return tor.start(wait)

    def echo(self):
        echo = tor_network.Echo(self.folder / "echo.sock")
        self.addCleanup(echo.close)
        return echo

    def control(self, tor):
        control = tor.control()
        self.addCleanup(control.close)
        return control


class OnionServices(LabTest):
    def test_an_echo_answers_through_two_tors(self):
        echo, anna, bob = self.echo(), self.tor("anna", wait=False), self.tor("bob", wait=False)
        anna.wait_bootstrapped()
        bob.wait_bootstrapped()
        name = self.control(anna).add_onion(echo.target)
        for user in ("carl", "dora"):
            with tor_network.connect_patiently(bob.socks_socket, f"{name}.onion", user=user,
                                               password="p") as stream:
                self.assertTrue(tor_network.says_back(stream, os.urandom(100_000)))
        self.assertEqual(self.users_of_circuits(bob, name), {"carl", "dora"})

    def users_of_circuits(self, tor, name):
        """For whom circuits to this onion service were built."""
        circuits = self.control(tor).command("GETINFO circuit-status")[0].splitlines()
        words = [dict(word.split("=", 1) for word in circuit.split() if "=" in word)
                 for circuit in circuits if f"REND_QUERY={name}" in circuit]
        return {circuit["SOCKS_USERNAME"].strip('"') for circuit in words
                if "SOCKS_USERNAME" in circuit}

    def test_client_authorization_is_asked_for(self):
        echo, tor = self.echo(), self.tor("anna")
        public, private = tor_network.client_key()
        _, wrong = tor_network.client_key()
        control = self.control(tor)
        name = control.add_onion(echo.target, clients=[public])
        client = self.control(self.tor("bob"))
        socks = self.folder / "bob" / "socks.sock"
        for key, error in ((None, 0xF4), (wrong, 0xF5)):
            if key:
                client.command(f"ONION_CLIENT_AUTH_ADD {name} x25519:{key}")
            with self.assertRaises(tor_network.SocksError) as refused:
                tor_network.connect_patiently(socks, f"{name}.onion")
            self.assertEqual(refused.exception.code, error)
        client.command(f"ONION_CLIENT_AUTH_ADD {name} x25519:{private}")
        with tor_network.connect_patiently(socks, f"{name}.onion") as stream:
            self.assertTrue(tor_network.says_back(stream))

    def test_a_refusal_is_an_error(self):
        control = self.control(self.tor("anna"))
        with self.assertRaisesRegex(tor_network.ControlError, "^ADD_ONION: 51"):
            control.command("ADD_ONION NEW:ED25519-V3")
        self.assertTrue(control.get_info("version").startswith("0.4."))

    def test_a_tor_comes_back_after_it_was_killed(self):
        tor = self.tor("anna")
        tor.kill()
        self.assertEqual(tor.process.returncode, -signal.SIGKILL)
        tor.start()
        self.assertIn("PROGRESS=100", self.control(tor).get_info("status/bootstrap-phase"))


class Bridges(LabTest):
    def check_guard(self, lines):
        """A client bootstraps, and every way out of it begins at the bridge."""
        tor = self.tor("anna", lines)
        control = self.control(tor)
        fingerprint = (self.network.folder / "bridge0" / "fingerprint").read_text().split()[1]
        circuits = control.command("GETINFO circuit-status")[0].splitlines()
        paths = [circuit.split()[2] for circuit in circuits if circuit.split()[1:2] == ["BUILT"]]
        self.assertTrue(paths)
        for path in paths:
            self.assertTrue(path.startswith(f"${fingerprint}"), path)

    def test_a_plain_one(self):
        self.check_guard(self.network.bridges())

    def test_obfs4(self):
        self.check_guard(self.network.bridges("obfs4"))
        said = (self.folder / "anna" / "log").read_text()
        self.assertNotIn("[warn] Managed proxy", said)


class Keeping(unittest.TestCase):
    """Nothing is left of a network whose owner has gone, or that could not come up."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-lab-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(private_tor_net.down, self.folder)

    def processes(self):
        """Those that have this network's folder among their words."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if os.fsencode(self.folder) in entry.read_bytes():
                    found.append(int(entry.parent.name))
            except OSError:
                pass  # it has ended
        return found

    def await_processes(self, wanted, timeout=60):
        deadline = time.monotonic() + timeout
        while not wanted(self.processes()):
            self.assertLess(time.monotonic(), deadline, self.processes())
            time.sleep(0.05)

    def test_it_ends_with_its_owner(self):
        owner = subprocess.Popen(["sleep", "600"])
        self.addCleanup(owner.wait)
        self.addCleanup(owner.kill)
        starter = subprocess.Popen([sys.executable, "-B", private_tor_net.__file__, "up",
                                    self.folder, "--owner", str(owner.pid)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(starter.stderr.close)
        self.addCleanup(starter.wait)
        self.addCleanup(starter.kill)
        self.await_processes(lambda found: len(found) > 6)
        owner.kill()
        owner.wait()
        self.assertIn(f"stopped: its owner {owner.pid} is gone", starter.stderr.read())
        self.await_processes(lambda found: not found)

    def test_it_ends_when_the_one_that_waits_for_it_is_killed(self):
        starter = subprocess.Popen([sys.executable, "-B", private_tor_net.__file__, "up",
                                    self.folder], stdout=subprocess.DEVNULL)
        self.await_processes(lambda found: len(found) > 6)
        starter.kill()
        starter.wait()
        self.await_processes(lambda found: not found)

    def test_down_ends_it_and_may_be_said_twice(self):
        keeper = private_tor_net.up(self.folder, say=lambda line: None)
        self.addCleanup(keeper.wait)
        self.assertGreater(len(self.processes()), 6)
        with self.assertRaisesRegex(private_tor_net.NetworkError, "run 'down' first"):
            private_tor_net.up(self.folder, say=lambda line: None)
        private_tor_net.down(self.folder)
        self.assertEqual(self.processes(), [])
        private_tor_net.down(self.folder)

    def test_a_failure_names_the_node_and_leaves_nothing(self):
        with self.assertRaisesRegex(private_tor_net.NetworkError,
                                    r"(?s)(authority\d) was not ready within 0\.1 s.*\1/log"):
            private_tor_net.up(self.folder, timeout=0.1, say=lambda line: None)
        self.assertEqual(self.processes(), [])

    def test_it_leaves_the_files_of_others_alone(self):
        precious = self.folder / "precious"
        precious.touch()
        with self.assertRaisesRegex(private_tor_net.NetworkError, "files that are of no network"):
            private_tor_net.up(self.folder, say=lambda line: None)
        self.assertTrue(precious.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
