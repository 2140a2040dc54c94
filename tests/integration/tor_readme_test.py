"""The recipes of README.md over Tor, with the lines of the page, on the private Tor network."""
import re
import socket
import threading

import harness
import readme
import readme_test
import tor_network

harness.PATIENCE = tor_network.PATIENCE  # what goes over onion services takes longer


class Recipes(readme_test.Terminals):
    @classmethod
    def setUpClass(cls):
        cls.network = tor_network.shared()

    def setUp(self):
        super().setUp()
        (self.folder / ".config" / "sotto" / "config.toml").write_text(
            f'torrc_include = "{self.network.client_torrc}"\n')

    def host(self, line, file):
        """Its terminal, once the room is ready."""
        terminal = self.terminal("anna", line)
        self.answer(terminal, "Passphrase for the connection file:", readme_test.PASSPHRASE)
        self.answer(terminal, "The same again:", readme_test.PASSPHRASE)
        terminal.read_until("connection file " + file)
        self.assertRegex(terminal.seen, r"onion [a-z2-7]{56}\.onion")
        return terminal

    def join(self, line):
        terminal = self.terminal("bob", line)
        self.answer(terminal, "Passphrase of the connection file:", readme_test.PASSPHRASE)
        return terminal

    def test_talk_over_tor(self):
        lines = dict(readme.commands(readme.blocks()["tor"]))
        anna = self.host(lines["anna"], "den.sotto")
        bob = self.join(lines["bob"])
        anna.read_until("joined")
        bob.read_until("linked to")
        self.type(bob, "only the two of us?")
        anna.read_until("bob: only the two of us?")
        self.type(anna, "only the two of us.")
        bob.read_until("anna: only the two of us.")

    def test_reach_ssh_behind_a_router(self):
        (_, home), (_, away), (_, ssh) = readme.commands(readme.blocks()["ssh"])
        # In the place of sshd: what answers at once, as it does.
        daemon = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(daemon.close)
        threading.Thread(target=self.answer_once, args=[daemon], daemon=True).start()
        there = re.search(r"ssh=(127\.0\.0\.1:22) ", home)[1]
        home = home.replace(there, f"127.0.0.1:{daemon.getsockname()[1]}")
        here = re.search(r"--forward (\d+):ssh", away)[1]
        self.assertEqual(ssh, f"ssh -p {here} 127.0.0.1")
        port = harness.free_port()
        self.host(home, "shed.sotto")
        bob = self.join(away.replace(here + ":", f"{port}:"))
        bob.read_until(f"127.0.0.1:{port}")
        with socket.create_connection(("127.0.0.1", port), timeout=harness.PATIENCE) as client:
            self.assertEqual(client.recv(64), b"SSH-2.0-test\r\n")
            client.sendall(b"SSH-2.0-client\r\n")
            self.assertEqual(client.recv(64), b"SSH-2.0-client\r\n")

    @staticmethod
    def answer_once(daemon):
        stream, _ = daemon.accept()
        with stream:
            stream.sendall(b"SSH-2.0-test\r\n")
            stream.sendall(stream.recv(64))


if __name__ == "__main__":
    harness.main()
