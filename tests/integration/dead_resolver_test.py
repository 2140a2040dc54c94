"""A name server that never answers: sotto gives up when it was told to, not when the system does."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import namespaces

NAME_SERVER = "127.0.0.53"
SILENT = f"""
import socket
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("{NAME_SERVER}", 53))
print("bound", flush=True)
asked = 0
while True:
    one.recv(512)
    asked += 1
    print(asked, flush=True)
"""


class DeadResolver(harness.SottoTest):
    def setUp(self):
        super().setUp()
        why = namespaces.lacking()
        if why:
            self.skipTest(why)
        self.space = namespaces.Namespace("dead", alone=True)
        self.addCleanup(self.space.close)
        with tempfile.NamedTemporaryFile("w", delete=False) as settings:
            settings.write(f"nameserver {NAME_SERVER}\n")
        self.addCleanup(pathlib.Path(settings.name).unlink)
        self.space.do(["mount", "--bind", settings.name, "/etc/resolv.conf"])
        self.server = self.space.popen([sys.executable, "-c", SILENT], stdout=subprocess.PIPE)
        self.addCleanup(self.server.stdout.close)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        self.assertEqual(self.server.stdout.readline(), b"bound\n")

    def test_a_name_is_given_up_in_time(self):
        self.init("bob")
        self.launchers["bob"] = self.space.prefix
        done = self.refused(self.sotto("bob", "join", "anna.example:4711", "--trust-new",
                                       "--timeout", "1s"), 3, "route.name")
        self.assertEqual(self.server.stdout.readline(), b"1\n")
        self.assertLess(done.seconds, 4)  # the system's resolver takes ten seconds and more


if __name__ == "__main__":
    unittest.main()
