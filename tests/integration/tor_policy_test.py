"""`--tor` is a promise: what would leave Tor is refused, and later commands keep it."""
import re
import time

import harness
import tor_test_support
from tor_test_support import PATIENCE

FORBIDDEN = """\
SocksPort 9050
ControlPort 9051
ControlSocket /tmp/socket
DataDirectory /tmp
HiddenServiceDir /tmp/service
HiddenServiceSingleHopMode 1
HiddenServiceNonAnonymousMode 1
ORPort 9001
DNSPort 53
TransPort 9040
ExitRelay 1
DisableNetwork 0
SafeLogging 0
Log debug stdout
CookieAuthentication 0
HashedControlPassword 16:00
User root
PidFile /tmp/pid
RunAsDaemon 1
__OwningControllerProcess 1
%include /etc/tor/torrc
+SocksPort 9050
/SocksPort
Socks 9050
socksport 9050
Bridge nonsense
ClientTransportPlugin obfs4 proxy 127.0.0.1:1
JustAnOption
\x01
"""


class Policy(tor_test_support.TorTest):
    """All commands find the private network's lines in the settings: no tor of theirs could get to
    another."""

    def setUp(self):
        super().setUp()
        self.settings()
        self.init("anna", "bob")

    def settings(self, *lines, network=True):
        folder = self.folder / ".config" / "sotto"
        folder.mkdir(parents=True, exist_ok=True)
        torrc = [f'torrc_include = "{self.network.client_torrc}"'] if network else []
        (folder / "config.toml").write_text("\n".join([*torrc, *lines, ""]))

    def without_tor(self, *homes):
        """There is no program tor for them."""
        for home in homes:
            self.surroundings[home] = {"PATH": self.path("nothing")}

    def with_tor(self, *homes):
        for home in homes:
            self.surroundings.pop(home)

    def onion_host(self, room="ops", *flags, file="inv"):
        stream = self.stream("anna", "host", room, "--tor", "--export", self.path(file),
                             "--unsealed", "--uses", "5", *flags)
        stream.ready = stream.expect("ready", timeout=PATIENCE)
        return stream

    def direct_host(self, room, *flags, file):
        stream = self.stream("anna", "host", room, "--bind", "127.0.0.1", "--export",
                             self.path(file), "--unsealed", "--uses", "5", *flags)
        stream.ready = stream.expect("ready")
        return stream

    def onion_send(self, target, text, *flags):
        return self.delivered_by_onion(self.send("bob", target, text, *flags, timeout=PATIENCE))

    def leaves(self, home, *arguments):
        return self.refused(self.sotto(home, "--json", *arguments), 8, "policy.tor_only")

    def no_links(self, host):
        host.stop()
        self.assertEqual([event for event in host.all if event["event"] == "link"], [])


class Refused(Policy):
    """Before anything is started: there is no tor here."""

    def setUp(self):
        super().setUp()
        self.without_tor("anna", "bob")

    def test_flags_of_other_routes(self):
        for flags in (("--direct",), ("--bind", "0.0.0.0"), ("--bind", "127.0.0.1"),
                      ("--advertise", "example.org"), ("--port-range", "4000-4100")):
            for command in ("host", "listen"):
                done = self.leaves("anna", command, "ops", "--tor", *flags)
                self.assertIn(flags[0], done.err)
        self.assertEqual(self.check(self.sotto("anna", "--json", "rooms")).json["rooms"], [])

    def test_targets_of_other_routes(self):
        for command in (("join",), ("send", "--trust-new", "-m", "hello")):
            for target in ("127.0.0.1:4711", "example.org:4711", "[::1]:4711"):
                self.leaves("bob", command[0], target, "--tor", *command[1:])

    def test_a_file_that_leads_elsewhere(self):
        host = self.direct_host("ops", file="inv")
        for command in (("join",), ("send", "-m", "hello")):
            done = self.leaves("bob", command[0], self.path("inv"), "--tor", *command[1:])
            self.assertIn("onion", done.err)
            self.assertEqual(self.check(self.sotto("bob", "--json", "rooms")).json["rooms"], [])
            self.assertEqual(self.check(self.sotto("bob", "--json", "contacts")).json["contacts"],
                             [])
        self.no_links(host)

    def test_a_control_port_elsewhere(self):
        self.settings(network=False)
        for place in ("192.0.2.1:9051", "example.org:9051", "localhost:9051", "[2001:db8::1]:9051"):
            self.leaves("anna", "host", "ops", "--tor", "--tor-control", place)
        for place in ("nonsense", "127.0.0.1", "127.0.0.1:0", ":9051"):
            done = self.sotto("anna", "--json", "host", "ops", "--tor", "--tor-control", place)
            self.assertIn(done.code, (2, 9), str(done))

    def test_a_control_port_where_nobody_is(self):
        self.settings(network=False)
        for place in (self.path("no-socket"), f"127.0.0.1:{harness.free_port()}"):
            done = self.sotto("anna", "--json", "host", "ops", "--tor", "--tor-control", place)
            self.assertEqual(done.code, 6, str(done))

    def test_lines_that_are_not_for_tor(self):
        for line in FORBIDDEN.splitlines():
            done = self.sotto("anna", "host", "ops", "--tor", "--torrc-include",
                              self.file("lines", "# mine\n" + line + "\n"))
            self.assertEqual(done.code, 9, f"{line}\n{done}")
            self.assertIn("ine 2 of the included file", done.err)
        self.check(self.sotto("anna", "host", "--tor", "--torrc-include", self.path("none")), 1)

    def test_no_tor_is_installed(self):
        for home, command in (("anna", ("host", "ops", "--tor")),
                              ("bob", ("join", tor_test_support.onion_address(), "--trust-new")),
                              ("bob", ("send", tor_test_support.onion_address(), "--trust-new",
                                       "-m", "hello"))):
            done = self.refused(self.sotto(home, "--json", *command), 6, "tor.missing")
            self.assertIn("sudo apt install tor", done.err)
            self.assertLess(done.seconds, 5)

    def test_it_cannot_be_kept_and_broken_at_once(self):
        self.refused(self.sotto("anna", "host", "ops", "--tor", "--leave-tor"), 2, "usage.syntax")


class Broken(Policy):
    """Tors that cannot work."""

    def test_an_option_that_tor_does_not_know(self):
        torrc = self.file("torrc", self.network.client_torrc.read_text() + "NoSuchOption 1\n")
        done = self.sotto("anna", "--json", "host", "ops", "--tor", "--torrc-include", torrc,
                          timeout=PATIENCE)
        self.refused(done, 6, "tor.failed")
        self.assertIn("NoSuchOption", done.err)

    def stuck(self):
        """The network's authorities, where nobody listens."""
        lines = self.network.client_torrc.read_text()
        ports = {port: harness.free_port() for port in re.findall(r"(?:orport=|:)(\d+)", lines)}
        for old, new in ports.items():
            lines = re.sub(rf"(orport=|:){old}\b", rf"\g<1>{new}", lines)
        return self.file("stuck", lines)

    def test_a_network_that_nobody_reaches(self):
        torrc = self.stuck()
        host = self.stream("anna", "host", "ops", "--tor", "--torrc-include", torrc)
        said = host.expect("progress", task="tor", phase="bootstrapping", timeout=PATIENCE)
        while "onnection refused" not in said["detail"]:
            said = host.expect("progress", task="tor", phase="bootstrapping", timeout=PATIENCE)
        self.assertLess(said["percent"], 50)
        self.assertEqual(host.stop(), 143)
        began = time.monotonic()
        done = self.sotto("bob", "--json", "send", tor_test_support.onion_address(), "--trust-new",
                          "--torrc-include", torrc, "--timeout", "8s", "hello", timeout=PATIENCE)
        self.assertLess(time.monotonic() - began, 14)
        self.refused(done, 6, "tor.bootstrap")
        self.assertIn("onnection refused", done.err)
        self.assertIn("--timeout", done.err)


class Promise(Policy):
    """What was reached with `--tor` once."""

    def test_a_member_keeps_it(self):
        host = self.onion_host()
        self.onion_send(self.path("inv"), "with the flag", "--tor")
        self.onion_send("ops", "without")
        for text in ("with the flag", "without"):
            host.expect("message", text=text)
        # Where there is no tor, nothing leaves.
        self.without_tor("bob")
        done = self.refused(self.send("bob", "ops", "nowhere"), 6, "tor.missing")
        self.assertIn("sudo apt install tor", done.err)
        self.refused(self.sotto("bob", "--json", "join", "ops"), 6, "tor.missing")
        host.stop()
        # The host may go elsewhere, and says so in a new file: the member does not follow.
        direct = self.direct_host("ops", "--leave-tor", "--force", file="direct")
        self.assertEqual(direct.ready["routes"][0]["kind"], "direct")
        self.refused(self.send("bob", "ops", "nowhere"), 6, "tor.missing")
        # The onion address of before is all that is kept of where it is.
        self.refused(self.send("bob", self.path("direct"), "nowhere"), 6, "tor.missing")
        self.refused(self.sotto("bob", "--json", "join", "ops"), 6, "tor.missing")
        # Nor to another room of the same host.
        study = self.direct_host("study", file="study")
        self.leaves("bob", "send", self.path("study"), "-m", "nowhere")
        self.leaves("bob", "join", self.path("study"))
        done = self.sotto("bob", "import", self.path("study"))
        if done.code == 0:
            self.leaves("bob", "send", "study", "-m", "nowhere")
        self.no_links(study)
        # Until it is told to.
        for flags in (("--leave-tor",), ()):
            done = self.delivered(self.send("bob", self.path("direct"), "openly", *flags))
            self.assertEqual(done["route"], "direct")

    def test_a_host_keeps_it(self):
        self.onion_host().stop()
        done = self.leaves("anna", "host", "ops", "--direct")
        self.assertIn("--leave-tor", done.err)
        self.leaves("anna", "listen", "ops", "--bind", "127.0.0.1")
        self.leaves("anna", "listen", "--bind", "127.0.0.1")
        self.without_tor("anna")
        for command in (("host", "ops"), ("listen", "ops"), ("listen",)):
            self.refused(self.sotto("anna", "--json", *command), 6, "tor.missing")
        direct = self.direct_host("ops", "--leave-tor", file="direct")
        self.assertEqual({route["kind"] for route in direct.ready["routes"]}, {"direct"})
        direct.stop()
        self.direct_host("ops", "--force", file="direct").stop()

    def test_commands_that_may_use_the_network(self):
        self.onion_host().stop()
        for room in (("ops",), ()):
            done = self.leaves("anna", "listen", *room, "--exec", "cat")
            self.assertIn("allow_external", done.err)
        self.settings("allow_external = true")
        stream = self.stream("anna", "listen", "ops", "--exec", f"cat >> {self.path('log')}")
        stream.expect("ready", timeout=PATIENCE)
        done = self.check(self.send("bob", self.path("inv"), "hello", "--wait", "read",
                                    timeout=PATIENCE))
        self.assertEqual((done.json["status"], done.json["route"]), ("read", "onion"))
        with open(self.path("log")) as log:
            self.assertEqual(log.read(), "hello")

    def test_what_waits_in_the_outbox_keeps_it(self):
        host = self.onion_host()
        self.onion_send(self.path("inv"), "one", "--tor")
        host.stop()
        done = self.send("bob", "ops", "two", "--queue", "--timeout", "3s", timeout=PATIENCE)
        self.assertEqual((done.code, done.json["status"]), (3, "queued"), str(done))
        self.without_tor("bob")
        done = self.sotto("bob", "--json", "outbox", "flush", timeout=PATIENCE)
        self.assertNotEqual(done.code, 0, str(done))
        self.with_tor("bob")
        host = self.onion_host("ops", "--force")
        self.check(self.sotto("bob", "--json", "outbox", "flush", timeout=PATIENCE))
        self.assertEqual(host.expect("message", text="two", timeout=PATIENCE)["text"], "two")
        self.assertEqual({e["route"] for e in host.all if e["event"] == "link"}, {"onion"})

    def test_a_new_file_has_no_address_but_the_onion(self):
        self.onion_host()
        content = self.check(self.sotto("bob", "--json", "inspect", self.path("inv"))).json["content"]
        self.assertTrue(content["tor_only"], content)
        (address,) = content["addresses"]
        self.assertRegex(address, r"^[a-z2-7]{56}\.onion:9735$")


if __name__ == "__main__":
    harness.main()
