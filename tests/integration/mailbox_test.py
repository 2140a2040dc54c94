"""Messages for somebody who is away: left on a relay, fetched on return, shown once."""
import json
import time
import unittest

import harness
import relay_client

PATIENCE = harness.PATIENCE


class Mailbox(relay_client.RelayTest):
    def setUp(self):
        super().setUp()
        self.relay = self.start_relay("--admin", "127.0.0.1:0")
        self.url = self.url_of(self.relay)

    def url_of(self, relay, store="relay"):
        shown = self.check(self.sotto("relay-home", "relay", "url", "--listen",
                                      f"127.0.0.1:{relay.port}", "--store", self.path(store)))
        return shown.out.strip()

    def host(self, home="anna", *flags, urls=None):
        relays = [word for url in urls or [self.url] for word in ("--relay", url)]
        stream = self.stream(home, "host", "ops", *relays, *flags)
        stream.ready = stream.expect("ready")
        return stream

    def met(self, *flags, urls=None):
        """Bob has once said something to Anna, who has gone since."""
        self.init("anna", "bob")
        anna = self.host(urls=urls)
        path = self.invite("anna", "ops", *flags)
        self.delivered(self.send("bob", path, "met"))
        anna.expect("message", text="met")
        return anna

    def leave(self, text, *flags, home="bob", **more):
        return self.send(home, "ops", text, "--wait", "relayed", *flags, timeout=90, **more)

    def left(self, *arguments, **more):
        done = self.check(self.leave(*arguments, **more))
        self.assertEqual(done.json["status"], "relayed", str(done))
        return done.json

    def kept(self):
        return self.metric(self.relay, "deposits")

    def until(self, holds, what):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    # --- to a host that is away

    def test_is_shown_once_when_the_host_is_back(self):
        self.met().stop()
        sent = self.left("while you were out")
        listed = self.check(self.sotto("bob", "--json", "outbox")).json["messages"]
        self.assertEqual([(one["id"], one["relayed"]) for one in listed], [(sent["id"], True)])
        self.assertEqual(self.texts("bob", "ops"), ["met", "while you were out"])
        anna = self.host()
        shown = anna.expect("message", text="while you were out")
        self.assertEqual(shown["id"], sent["id"])
        self.until(lambda: self.kept() == 0, "it was not acknowledged")
        # Live it comes again, and is not shown again.
        bob = self.join("bob", "ops")
        bob.expect("delivered", id=sent["id"])
        bob.type("live\n")
        anna.expect("message", text="live")
        self.assertEqual(anna.messages(), ["while you were out", "live"])
        self.assertEqual(self.check(self.sotto("bob", "--json", "outbox")).json["messages"], [])
        anna.stop()
        anna = self.host()
        self.assertEqual(anna.messages(), [])

    def test_a_large_message_comes_in_parts(self):
        self.met().stop()
        text = "".join(f"line {i}: {'x' * 90}\n" for i in range(9_000)) + "the end"
        self.left(text)
        self.left("short")
        anna = self.host()
        self.assertEqual(anna.expect("message", timeout=60)["text"], text)
        anna.expect("message", text="short")

    def test_a_host_that_is_killed_shows_everything(self):
        self.met().stop()
        texts = [f"number {i}" for i in range(8)]
        for text in texts:
            self.left(text)
        seen = []
        for pause in (0, 0.02, 0.05, 0.1, 0.2, 0.4):
            anna = self.host()
            time.sleep(pause)
            anna.kill()
            anna.messages()  # reads what it had said
            seen += [event for event in anna.all if event["event"] == "message"]
        anna = self.host()
        self.until(lambda: {*texts} <= {*self.texts("anna", "ops")}, "it was not fetched")
        anna.stop()
        seen += [event for event in anna.all if event["event"] == "message"]
        # Shown again only where it says so, and nothing is missing.
        self.assertEqual(sorted({event["text"] for event in seen}), sorted(texts))
        first = [event["text"] for event in seen if not event.get("again")]
        self.assertEqual(len(first), len(set(first)), json.dumps(seen))
        self.assertEqual(self.texts("anna", "ops"), ["met", *texts])

    def test_two_relays_and_one_that_is_gone(self):
        second = self.start_relay("--admin", "127.0.0.1:0", store="second")
        urls = [self.url, self.url_of(second, "second")]
        anna = self.met(urls=urls)
        for relay in (self.relay, second):
            self.until(lambda: self.metric(relay, "mailboxes"), "her mailbox is not open")
        anna.stop()
        self.left("on both")
        self.relay.kill()
        self.left("on one", "--timeout", "60s")
        anna = self.host(urls=urls[1:])
        for text in ("on both", "on one"):
            anna.expect("message", text=text)

    # --- from a host to a member who is away

    def test_a_member_fetches_what_its_host_has_left(self):
        self.init("anna", "bob")
        anna = self.stream("anna", "host", "ops", "--relay", self.url,
                           stdin=harness.subprocess.PIPE)
        anna.expect("ready")
        bob = self.join("bob", self.invite("anna", "ops"))
        bob.type("here\n")
        anna.expect("message", text="here")
        bob.stop()
        anna.expect("member", left=True)
        anna.type("for you, later\n")
        self.until(lambda: any(one["relayed"] for one in self.check(
            self.sotto("anna", "--json", "outbox")).json["messages"]), "it was not left")
        anna.stop()
        bob = self.stream("bob", "join", "ops", "--timeout", "60s")
        bob.expect("message", text="for you, later")

    # --- what does not work

    def test_without_a_session_there_is_no_key(self):
        self.init("anna", "bob")
        anna = self.host()
        path = self.invite("anna", "ops")
        anna.stop()
        done = self.send("bob", path, "hello", "--wait", "relayed", "--timeout", "5s")
        self.refused(done, 3, "mailbox.no_session")
        self.assertEqual(done.json["status"], "cancelled")
        kept = self.send("bob", path, "hello", "--wait", "relayed", "--timeout", "5s", "--queue")
        self.refused(kept, 3, "mailbox.no_session")
        self.assertEqual(kept.json["status"], "queued")

    def test_a_host_without_a_relay_has_no_mailbox(self):
        self.init("anna", "bob")
        anna = self.stream("anna", "host", "ops", "--direct", "--bind", "127.0.0.1")
        anna.expect("ready")
        self.delivered(self.send("bob", self.invite("anna", "ops"), "met"))
        anna.stop()
        self.refused(self.leave("hello", "--timeout", "5s"), 3, "mailbox.no_relay")

    def test_a_plain_send_leaves_nothing_behind(self):
        self.met().stop()
        done = self.send("bob", "ops", "hello", "--timeout", "5s")
        self.assertEqual(done.code, 3, str(done))
        kept = self.send("bob", "ops", "queued", "--timeout", "8s", "--queue")
        self.assertEqual((kept.code, kept.json["status"]), (3, "queued"), str(kept))
        anna = self.host()
        anna.expect("message", text="queued")
        self.assertEqual(anna.messages(), ["queued"])


if __name__ == "__main__":
    unittest.main()
