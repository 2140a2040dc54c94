"""A host that has moved is found by what its relays keep of it: with `sotto relay`."""
import time

import harness
import relay_client

# Relays are asked again after 10 s at the soonest.
SLOWLY = ["--timeout", "60s"]
PATIENCE = 90


class Rendezvous(relay_client.RelayTest):
    def setUp(self):
        super().setUp()
        self.relays = 0
        for home in ("anna", "bob", "carol"):  # as on machines of their own
            runtime = self.folder / f"run-{home}"
            runtime.mkdir(mode=0o700)
            self.surroundings[home] = {"XDG_RUNTIME_DIR": str(runtime)}
        self.init("anna", "bob", "carol")

    def relay(self):
        self.relays += 1
        store = f"relay-{self.relays}"
        relay = self.start_relay("--admin", "127.0.0.1:0", store=store)
        relay.address = f"127.0.0.1:{relay.port}"
        relay.url = self.check(self.run_binary(
            ["relay", "url", "--listen", relay.address, "--store", self.path(store)])).out.strip()
        return relay

    def keeps(self, relay, count):
        limit = time.monotonic() + harness.PATIENCE
        while (kept := self.metric(relay, "records")) != count:
            self.assertLess(time.monotonic(), limit, f"{kept} records, not {count}")
            time.sleep(0.05)

    def say(self, home, target, text, *flags):
        done = self.send(home, target, text, *SLOWLY, *flags, timeout=PATIENCE)
        return self.delivered(done)

    def test_at_a_relay_that_carries_nothing_else(self):
        relay = self.relay()
        host = self.host("anna", "lobby", "--publish", relay.url)
        path = self.invite("anna", "lobby", "--uses", "3")
        self.say("bob", path, "one")
        self.keeps(relay, 4)
        host.stop()
        host = self.host("anna", "lobby", "--port", str(harness.free_port()), "--publish",
                         relay.url)
        sent = self.say("bob", "lobby", "two", "--directory", relay.url)
        self.assertEqual(sent["route"], "direct")
        self.say("carol", path, "three", "--directory", relay.url)
        host.stop()
        self.assertEqual(self.texts("anna"), ["one", "two", "three"])

    def test_a_room_that_has_changed_its_relay(self):
        old, new = self.relay(), self.relay()
        host = self.stream("anna", "host", "lobby", "--relay", old.url)
        host.expect("ready")
        path = self.invite("anna", "lobby", "--uses", "3")
        self.assertEqual(self.say("bob", path, "one")["route"], "relay")
        host.stop()
        host = self.stream("anna", "host", "lobby", "--relay", new.url)
        host.expect("ready")
        for home, target, text in (("bob", "lobby", "two"), ("carol", path, "three")):
            sent = self.say(home, target, text)
            self.assertEqual((sent["route"], sent["address"]), ("relay", new.address))
        host.stop()
        self.assertEqual(self.texts("anna"), ["one", "two", "three"])

    def test_a_relay_keeps_nothing_for_who_was_turned_out(self):
        relay = self.relay()
        host = self.host("anna", "lobby", "--publish", relay.url)
        self.invite("anna", "lobby")
        self.keeps(relay, 2)
        invites = self.check(self.sotto("anna", "--json", "invites", "list")).json["invites"]
        self.check(self.sotto("anna", "invites", "revoke", invites[0]["id"]))
        self.keeps(relay, 0)
        host.stop()

    def test_a_relay_that_is_gone_is_told_and_harms_nothing(self):
        relay = self.relay()
        relay.kill()
        host = self.host("anna", "lobby", "--publish", relay.url)
        path = self.invite("anna", "lobby")
        notice = host.expect("notice", code="relay.unreachable")
        self.assertIn(relay.address, notice["text"])
        self.say("bob", path, "one", "--directory", relay.url)
        host.stop()


if __name__ == "__main__":
    harness.main()
