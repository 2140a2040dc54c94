"""How far a message has come: stages that can be waited for, and what is told about them."""
import signal
import subprocess

import harness


class Read(harness.SottoTest):
    def test_a_host_that_shows_a_message_has_read_it(self):
        self.host("anna")
        path = self.invite("anna")
        sent = self.check(self.send("bob", path, "hello", "--wait", "read")).json
        self.assertEqual(sent["status"], "read")
        self.assertEqual(list(sent["phases"]), ["connect", "handshake", "delivered", "read"])
        self.assertEqual([m["stage"] for m in self.history("bob")], ["read"])

    def test_members_hear_which_of_their_words_were_read(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna", "lobby", "--uses", "2")
        self.init("bob", "carl")
        bob = self.join("bob", path)
        carl = self.join("carl", path)
        bob.type("one\ntwo\n")
        for _ in range(2):
            host.expect("message")
        ids = {host_event["id"] for host_event in host.all if host_event["event"] == "message"}
        self.assertEqual({bob.expect("read")["id"] for _ in range(2)}, ids)
        host.type("from anna\n")
        carl.expect("message", text="from anna")
        self.assertFalse([event for event in carl.all + host.all if event["event"] == "read"])

    def test_what_is_delivered_but_not_read_in_time_is_exit_3(self):
        host = self.host("anna")
        path = self.invite("anna")
        self.delivered(self.send("bob", path, "first"))
        host.stop()
        host = self.host_that_shows_nothing()
        done = self.send("bob", "lobby", "unread", "--wait", "read", "--timeout", "1s",
                         "--id", "one")
        self.refused(done, 3, "send.not_read")
        self.assertEqual(done.json["status"], "delivered")
        host.terminate()
        host.wait(harness.PATIENCE)
        # It is shown at the next start; its author hears of it, however long ago it was sent.
        host = self.host("anna")
        host.expect("message", text="unread", again=True)
        again = self.check(self.send("bob", "lobby", "unread", "--wait", "read", "--id", "one"))
        self.assertEqual(again.json["status"], "read")
        host.stop()
        self.assertEqual(host.messages(), ["unread"])

    def host_that_shows_nothing(self):
        """Its output is a pipe that nobody reads any more."""
        host = subprocess.Popen([harness.BINARY, "--home", str(self.home("anna")), "--no-input",
                                 "--json", "host", "lobby", "--bind", "127.0.0.1"],
                                env=harness.environment(self.folder), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE)
        self.addCleanup(host.wait)
        self.addCleanup(host.kill)
        self.assertIn(b'"ready"', host.stdout.readline())
        host.stdout.close()
        return host

    def test_a_receipt_survives_both_sides(self):
        host = self.host("anna")
        bob = self.join("bob", self.invite("anna"))
        bob.type("hello\n")
        host.expect("message", text="hello")
        bob.send_signal(signal.SIGKILL)
        bob.wait()
        host.send_signal(signal.SIGKILL)
        host.wait()
        self.host("anna")
        self.check(self.send("bob", "lobby", "another", "--wait", "read"))
        self.assertEqual([m["stage"] for m in self.history("bob")], ["read", "read"])

    def test_a_host_has_read_what_it_wrote(self):
        self.host("anna")
        done = self.check(self.send("anna", "lobby", "note to all", "--wait", "read"))
        self.assertEqual(done.json["status"], "read")


class Retries(harness.SottoTest):
    def test_a_retry_that_fails_leaves_what_was_queued(self):
        host = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "first"))
        host.stop()
        queued = self.send("bob", "lobby", "later", "--id", "one", "--queue", "--timeout", "500ms")
        self.assertEqual(queued.json["status"], "queued")
        again = self.send("bob", "lobby", "later", "--id", "one", "--timeout", "500ms")
        self.assertEqual(again.code, 3, str(again))
        self.assertEqual(again.json["status"], "queued")
        host = self.host("anna")
        self.delivered(self.send("bob", "lobby", "now"))
        self.assertEqual([host.expect("message")["text"] for _ in range(2)], ["later", "now"])


if __name__ == "__main__":
    harness.main()
