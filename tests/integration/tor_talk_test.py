"""Rooms behind onion services: hosting, joining, sending and verifying, over a private Tor network."""
import json
import re
import threading
import time

import harness
import tor_test_support
from terminal import Terminal
from tor_test_support import PATIENCE

QUESTION = "[y/N] "
ADDRESS = re.compile(r"^[a-z2-7]{56}\.onion:9735$")


def address_of(host):
    (route,) = host.ready["routes"]
    assert route["kind"] == "onion", host.ready
    return route["address"]


class MustShow(tor_test_support.TorTest):
    """The lines of the manual, word for word."""

    def test_host_and_send(self):
        torrc, key = str(self.network.client_torrc), self.passphrase()
        host = self.stream("A", "host", "ops", "--tor", "--torrc-include", torrc,
                           "--export", self.path("inv"), *key)
        ready = host.expect("ready", timeout=PATIENCE)
        self.assertEqual((ready["room"], ready["invite"]), ("ops", self.path("inv")))
        self.assertRegex(ready["routes"][0]["address"], ADDRESS)
        self.assert_progress(host)
        done = self.sotto("B", "--json", "send", self.path("inv"), "--tor", "--torrc-include",
                          torrc, *key, "over onion", timeout=PATIENCE)
        self.assertEqual(self.delivered(done)["route"], "onion")
        self.assertEqual(host.expect("message")["text"], "over onion")
        # Nothing is left of a tor but what the next one begins with.
        self.assertEqual({entry.name for entry in (self.home("B") / "tor").iterdir()},
                         {"data", "lock", "log", "torrc"})

        settings = self.file("settings.toml", f'torrc_include = "{torrc}"\n')
        done = self.sotto("B", "--config", settings, "--json", "send", "ops", "and plainly",
                          timeout=PATIENCE)
        self.assertEqual(self.delivered(done)["route"], "onion")
        self.assertEqual(host.expect("message")["text"], "and plainly")
        self.assertEqual(host.stop(), 143)
        self.assertEqual({entry.name for entry in (self.home("A") / "tor").iterdir()},
                         {"data", "lock", "log", "torrc"})

    def test_two_that_send_at_once_take_turns(self):
        """Neither ends the tor of the other."""
        host = self.host_tor("A", "ops", "--uses", "2")
        self.delivered_by_onion(self.send_tor("B", "first"))
        done = {}

        def send(text):
            done[text] = self.send_tor("B", text, "ops")

        senders = [threading.Thread(target=send, args=[text]) for text in ("one", "two")]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        # One may find its message taken along by the other, whose outbox is the same.
        for result in done.values():
            self.delivered(result)
        for text in ("first", "one", "two"):
            host.expect("message", text=text, timeout=PATIENCE)
        self.assertEqual(len(host.messages()), 3)

    def assert_progress(self, host):
        """How far tor is, with its own words, and then how far the service is."""
        shown = [event for event in host.all if event["event"] == "progress"]
        bootstrap = [event for event in shown if event["task"] == "tor"]
        percents = [event["percent"] for event in bootstrap]
        self.assertEqual(percents, sorted(percents))
        self.assertEqual((percents[-1], bootstrap[-1]["phase"]), (100, "ready"))
        self.assertIn("Establishing a Tor circuit", [event["detail"] for event in bootstrap])
        phases = [event["phase"] for event in shown if event["task"] == "publish"]
        self.assertEqual(phases[:2], ["uploading", "uploaded"])


class Talk(tor_test_support.TorTest):
    """With a tor for the host and one for the members that are there already."""

    def setUp(self):
        super().setUp()
        self.use_shared("host", "anna")
        self.use_shared("member", "bob", "carl")
        self.init("anna", "bob", "carl")

    def hosting(self, *flags, room="lobby", **more):
        return self.host_tor("anna", room, "--uses", "9", *flags, **more)

    def test_both_talk_and_both_come_back(self):
        host = self.hosting(stdin=-1)
        bob = self.join_tor("bob")
        self.assertEqual((bob.link["route"], bob.link["address"]), ("onion", address_of(host)))
        self.assertEqual(host.expect("link")["route"], "onion")
        self.assertEqual(host.expect("member", joined=True)["name"], "bob")
        bob.type("".join(f"bob {n}\n" for n in range(20)))
        host.type("".join(f"anna {n}\n" for n in range(20)))
        for n in range(20):
            self.assertEqual(host.expect("message", timeout=PATIENCE)["text"], f"bob {n}")
            self.assertEqual(bob.expect("message", timeout=PATIENCE)["text"], f"anna {n}")
        big = "x" * 60_000  # a pause of Nagle's and another's delayed answer would show
        bob.type(big + "\n")
        self.assertEqual(host.expect("message", timeout=PATIENCE)["text"], big)
        bob.end_input()
        self.assertEqual(bob.wait(PATIENCE), 0)
        host.expect("member", left=True)

        before = address_of(host)
        self.assertEqual(host.stop(), 143)
        again = self.stream("anna", "host", "lobby", "--tor-control", self.tor_flags("anna")[-1])
        again.ready = again.expect("ready", timeout=PATIENCE)
        self.assertEqual(address_of(again), before)
        bob = self.stream("bob", "join", "lobby", "--tor-control", self.tor_flags("bob")[-1])
        self.assertEqual(bob.expect("link", timeout=PATIENCE)["route"], "onion")

    def test_throw_away_addresses(self):
        host = self.hosting()
        kept = address_of(host)
        host.stop()
        seen = {kept}
        for _ in range(2):
            host = self.hosting("--ephemeral", "--force")
            seen.add(address_of(host))
            self.delivered_by_onion(self.send_tor("bob", "hello"))
            host.stop()
        self.assertEqual(len(seen), 3)
        host = self.hosting("--force")
        self.assertEqual(address_of(host), kept)

    def test_two_rooms_of_one_host(self):
        lobby = self.hosting()
        study = self.host_tor("anna", "study", file="study")
        self.assertNotEqual(address_of(lobby), address_of(study))
        self.delivered_by_onion(self.send_tor("bob", "to the lobby"))
        self.delivered_by_onion(self.send_tor("bob", "to the study", self.path("study")))
        self.assertEqual(lobby.expect("message", room="lobby")["text"], "to the lobby")
        self.assertEqual(study.expect("message", room="study")["text"], "to the study")

    def test_listening(self):
        for room in ("lobby", "study"):
            self.hosting(room=room, file=room).stop()
        control = self.tor_flags("anna")[1:]
        stream = self.stream("anna", "listen", *control)
        ready = [stream.expect("ready", timeout=PATIENCE) for _ in range(2)]
        self.assertEqual({event["room"] for event in ready}, {"lobby", "study"})
        self.assertEqual({event["routes"][0]["kind"] for event in ready}, {"onion"})
        for room in ("lobby", "study"):
            self.delivered_by_onion(self.send_tor("bob", f"to {room}", self.path(room)))
            self.assertEqual(stream.expect("message", room=room)["text"], f"to {room}")
        self.assertEqual(stream.stop(), 143)
        self.assertEqual([e["reason"] for e in stream.all if e["event"] == "closed"], ["stopped"] * 2)

    def test_a_home_whose_path_no_socket_can_have(self):
        home = "a" * 90
        self.use_shared("host", home)
        host = self.host_tor(home, "lobby")
        self.delivered_by_onion(self.send_tor("bob", "hello"))
        host.expect("message", text="hello")
        host.stop()
        self.tors.pop(home)
        host = self.host_tor(home, "lobby", "--force")
        self.delivered_by_onion(self.send_tor("bob", "hello again"))
        host.expect("message", text="hello again")

    def test_three_in_a_room(self):
        host = self.hosting(stdin=-1)
        bob, carl = self.join_tor("bob"), self.join_tor("carl")
        bob.expect("member", name="carl", joined=True, timeout=PATIENCE)
        for speaker, hearers in ((host, (bob, carl)), (bob, (host, carl)), (carl, (bob, host))):
            speaker.type("hear me\n")
            for hearer in hearers:
                self.assertEqual(hearer.expect("message", timeout=PATIENCE)["text"], "hear me")

    def test_verifying_by_fingerprint(self):
        host = self.hosting()
        prints = {home: self.identity(home)["fingerprint"] for home in ("anna", "bob")}
        bob = self.join_tor("bob")
        self.assertEqual(bob.link["fingerprint"], prints["anna"])
        host.expect("member", name="bob")
        for home, other in (("anna", "bob"), ("bob", "anna")):
            self.refused(self.sotto(home, "verify", other, "--fingerprint", prints[home]),
                         4, "identity.fingerprint")
            done = self.sotto(home, "--json", "verify", other, "--fingerprint", prints[other])
            self.assertTrue(self.check(done).json["verified"])
        bob.end_input()
        bob.wait(PATIENCE)
        self.assertTrue(self.delivered_by_onion(self.send_tor("bob", "it is me"))["verified"])
        self.assertTrue(host.expect("message")["verified"])

    def test_verifying_while_both_are_there(self):
        host = self.hosting()
        bob = self.join_tor("bob")
        host.expect("member", name="bob")
        sides = [Terminal(["--home", str(self.home(home)), "verify", other, "--live"],
                          harness.environment(self.folder))
                 for home, other in (("anna", "bob"), ("bob", "anna"))]
        readers = [threading.Thread(target=side.read_until, args=(QUESTION,)) for side in sides]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(PATIENCE)
        shown = [re.findall(r"\b\d{4}\b", side.seen) for side in sides]
        self.assertEqual((len(shown[0]), shown[0]), (3, shown[1]))
        for side in sides:
            side.answer(QUESTION, "y\n")
        for side in sides:
            self.assertEqual(side.wait(), 0, side.seen)
        for home, other in (("anna", "bob"), ("bob", "anna")):
            self.assertTrue(self.check(self.sotto(home, "--json", "contacts", "show",
                                                  other)).json["verified"])
        bob.kill()


class Open(tor_test_support.TorTest):
    """Rooms that are entered with an address and no file."""

    def setUp(self):
        super().setUp()
        self.use_shared("host", "anna")
        self.use_shared("member", "bob")
        self.init("anna", "bob")

    def test_by_address_and_fingerprint(self):
        host = self.host_tor("anna", "lobby", "--open")
        notice = host.expect("notice", code="tor.open")
        self.assertIn("Whoever has the address", notice["text"])
        name = address_of(host).removesuffix(":9735")
        mine, theirs = (self.identity(home)["fingerprint"] for home in ("bob", "anna"))
        self.refused(self.sotto("bob", "--json", "join", name, *self.tor_flags("bob"),
                                "--fingerprint", mine, timeout=PATIENCE), 4, "identity.fingerprint")
        for target in (name, name.upper(), f"{name}:9735"):
            bob = self.join_tor("bob", target, "--fingerprint", theirs)
            self.assertEqual(bob.link["address"], address_of(host))
            bob.type("good evening\n")
            self.assertEqual(host.expect("message", timeout=PATIENCE)["text"], "good evening")
            bob.end_input()
            self.assertEqual(bob.wait(PATIENCE), 0)
        # From then on it is known by its name, and over Tor alone.
        control = self.tor_flags("bob")[1:]
        self.delivered_by_onion(self.sotto("bob", "--json", "send", "lobby", *control, "again",
                                           timeout=PATIENCE))

    def test_with_a_password(self):
        host = self.host_tor("anna", "lobby", "--password-file", self.file("right", "tea\n"))
        name = address_of(host)
        done = self.join_in_vain(name, 5, "session.wrong_password", "--trust-new",
                                 "--password-file", self.file("wrong", "coffee\n"))
        self.assertNotIn("link", [json.loads(line)["event"] for line in done.out.splitlines()])
        self.delivered_by_onion(self.sotto(
            "bob", "--json", "send", name, *self.tor_flags("bob"), "--trust-new",
            "--password-file", self.path("right"), "let me in", timeout=PATIENCE))
        self.assertEqual(host.expect("message")["text"], "let me in")

    def join_in_vain(self, target, code, name, *flags):
        done = self.sotto("bob", "--json", "join", target, *self.tor_flags("bob"), *flags,
                          timeout=PATIENCE)
        return self.refused(done, code, name)

    def test_each_kind_of_typo(self):
        good = tor_test_support.onion_address()
        name = good.removesuffix(".onion")
        swapped = name[:20] + name[21] + name[20] + name[22:]
        if swapped == name:
            swapped = name[:20] + ("a" if name[20] != "a" else "b") + name[21:]
        for typo, code in ((swapped + ".onion", "checksum"), (name[:-1] + ".onion", "length"),
                           (name + "a.onion", "length"), (name[:9] + "1" + name[10:] + ".onion",
                                                          "letter"),
                           ("facebookcorewwwi.onion", "old"), (good + ":0", "port")):
            self.join_in_vain(typo, 9, f"tor.onion.{code}", "--trust-new")

    def test_one_that_does_not_exist(self):
        began = time.monotonic()
        self.join_in_vain(tor_test_support.onion_address(), 3, "tor.onion.descriptor",
                          "--trust-new", "--timeout", "6s")
        self.assertLess(time.monotonic() - began, 9)


if __name__ == "__main__":
    harness.main()
