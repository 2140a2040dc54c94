"""Bridges and what disguises them: where the network forbids Tor."""
import shutil

import harness
import tor_network
import tor_test_support
from tor_test_support import PATIENCE


class Bridges(tor_test_support.TorTest):
    def setUp(self):
        super().setUp()
        self.use_shared("host", "anna")
        self.init("anna", "bob")

    def bridges(self, *lines):
        return self.file("bridges.txt", "# from a friend\n\n" + "\n".join(lines) + "\n")

    def lines(self):
        plain, obfs4 = (self.network.folder / "bridges.txt").read_text().splitlines()
        plugin = f"ClientTransportPlugin obfs4 exec {shutil.which('obfs4proxy')}"
        return plain, obfs4, plugin

    def through_the_bridge(self, stream):
        """Every way of this tor begins at the bridge."""
        folder = self.network.folder / "bridge0"
        fingerprint = (folder / "fingerprint").read_text().split()[1]
        control = tor_network.Control(self.home("bob") / "tor" / "control")
        # The cookie's file is named in tor's answer.
        with control.authenticate():
            circuits = control.command("GETINFO circuit-status")[0].splitlines()
        paths = [circuit.split()[2] for circuit in circuits if circuit.split()[1:2] == ["BUILT"]]
        self.assertTrue(paths, stream)
        for path in paths:
            self.assertTrue(path.startswith(f"${fingerprint}"), path)

    def check_bridge(self, *lines):
        host = self.host_tor("anna")
        flags = ["--bridges", self.bridges(*lines)]
        done = self.send_tor("bob", "over the bridge", None, *flags)
        self.delivered_by_onion(done)
        self.assertEqual(host.expect("message")["text"], "over the bridge")
        bob = self.join_tor("bob", "lobby", *flags)
        bob.type("and to and fro\n")
        host.expect("message", text="and to and fro", timeout=PATIENCE)
        self.through_the_bridge(bob)
        bob.end_input()
        self.assertEqual(bob.wait(PATIENCE), 0)
        print(f"sent within {done.seconds:.1f} s")

    def test_a_plain_one(self):
        self.check_bridge(self.lines()[0])

    def test_obfs4(self):
        plain, obfs4, plugin = self.lines()
        self.check_bridge(plugin, obfs4)

    def test_from_the_settings(self):
        plain, obfs4, plugin = self.lines()
        settings = self.file("settings.toml", f'bridges = "{self.bridges(plugin, obfs4)}"\n'
                             f'torrc_include = "{self.network.client_torrc}"\n')
        self.host_tor("anna")
        self.delivered_by_onion(self.sotto("bob", "--config", settings, "--json", "send",
                                           self.path("inv"), "--tor", *self.passphrase(), "hello",
                                           timeout=PATIENCE))

    def test_what_cannot_be_a_bridge(self):
        plain, obfs4, plugin = self.lines()
        for lines, code in (((obfs4,), "tor.bridge.transport"), (("Bridge nonsense",), "tor.bridge.line"),
                            ((plugin, obfs4, "SocksPort 9050"), "tor.bridge.line")):
            done = self.sotto("bob", "--json", "send", tor_test_support.onion_address(), "--tor",
                              "--trust-new", "--torrc-include", self.network.client_torrc,
                              "--bridges", self.bridges(*lines), "hello")
            self.refused(done, 9, code)

    def test_one_that_nobody_answers_at(self):
        plain = self.lines()[0].split()
        plain[1] = f"127.0.0.1:{harness.free_port()}"
        done = self.sotto("bob", "--json", "send", tor_test_support.onion_address(), "--tor",
                          "--trust-new", "--torrc-include", self.network.client_torrc, "--bridges",
                          self.bridges(" ".join(plain)), "--timeout", "6s", "hello",
                          timeout=PATIENCE)
        self.refused(done, 6, "tor.bootstrap")


if __name__ == "__main__":
    harness.main()
