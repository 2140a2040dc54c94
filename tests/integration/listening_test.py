"""Where a host listens: addresses, ports, and ports that are taken."""
import json
import socket
import subprocess

import harness


class Listening(harness.SottoTest):
    def test_ipv6(self):
        host = self.host("anna", "lobby", "--bind", "::1")
        self.assertTrue(host.ready["routes"][0]["address"].startswith("[::1]:"))
        self.delivered(self.send("bob", self.invite("anna"), "hi"))
        self.assertEqual(host.expect("message")["text"], "hi")

    def test_all_addresses(self):
        host = self.stream("anna", "host", "lobby")
        self.assertTrue(host.expect("ready")["routes"])
        self.delivered(self.send("bob", self.invite("anna"), "hi"))

    def test_link_local_addresses_are_not_given_out(self):
        """In a network namespace of its own, whose one interface has such an address as well."""
        inside = ["unshare", "--map-root-user", "--net", "sh", "-c"]
        setup = "ip link set lo up && ip address add 169.254.7.7/16 dev lo"
        if subprocess.run([*inside, setup], capture_output=True).returncode != 0:
            self.skipTest("network namespaces are not allowed here")
        home = str(self.home("anna"))
        host = subprocess.Popen(
            [*inside, f'{setup} && exec "$0" --home "$1" --no-input --json host', harness.BINARY,
             home], env=harness.environment(self.folder), stdout=subprocess.PIPE)
        self.addCleanup(host.communicate)
        self.addCleanup(host.terminate)
        ready = json.loads(host.stdout.readline())
        hosts = [route["address"].rsplit(":", 1)[0] for route in ready["routes"]]
        self.assertEqual(hosts, ["127.0.0.1", "[::1]"])

    def test_a_chosen_port(self):
        port = harness.free_port()
        host = self.host("anna", "lobby", "--port", str(port))
        self.assertEqual(harness.port_of(host), port)
        self.delivered(self.send("bob", self.invite("anna"), "hi"))

    def test_a_random_port_is_never_privileged_and_is_kept(self):
        host = self.host("anna")
        port = harness.port_of(host)
        self.assertGreater(port, 1024)
        path = self.invite("anna")
        host.stop()
        self.assertEqual(harness.port_of(self.host("anna")), port)
        self.delivered(self.send("bob", path, "hi"))

    def test_privileged_ports_are_refused(self):
        for flags in (["--port", "80"], ["--port", "1024"], ["--port-range", "1000-2000"]):
            done = self.refused(self.sotto("anna", "host", *flags), 2, "usage.syntax")
            self.assertIn("privileged", done.err)

    def test_a_taken_port_is_a_missing_service(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = self.sotto("anna", "--json", "host", "--bind", "127.0.0.1", "--port", port)
            self.assertEqual(done.code, 6, str(done))
            self.assertIn(port, done.err)

    def test_a_range_passes_over_taken_ports(self):
        for first in range(20000, 60000, 7):  # a free pair beside a taken one
            try:
                taken = socket.create_server(("127.0.0.1", first))
                with socket.create_server(("127.0.0.1", first + 1)):
                    pass
            except OSError:
                continue
            with taken:
                host = self.host("anna", "lobby", "--port-range", f"{first}-{first + 1}")
                self.assertEqual(harness.port_of(host), first + 1)
                done = self.sotto("carl", "--json", "host", "--bind", "127.0.0.1",
                                  "--port-range", f"{first}-{first + 1}")
                self.assertEqual(done.code, 6, str(done))
            return
        self.fail("no free pair of ports")

    def test_an_address_that_is_not_ours(self):
        for address in ("192.0.2.1", "nonsense"):
            done = self.sotto("anna", "--json", "host", "--bind", address)
            self.assertNotEqual(done.code, 0, str(done))
            self.assertEqual(done.err.count("\n"), 1 + ("made a profile" in done.err), str(done))


if __name__ == "__main__":
    harness.main()
