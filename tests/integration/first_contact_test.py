"""The main job: a hosted room, a sealed connection file, a message, and the way back by name."""
import subprocess

import harness


class FirstContact(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.passphrase = self.file("p", "correct horse\n")

    def host_with_file(self, *flags, **more):
        return self.host("anna", "lobby", "--export", self.path("inv"),
                         "--invite-passphrase-file", self.passphrase, *flags, **more)

    def send_with_file(self, home, text="hi\n", file=None, passphrase=None, *flags):
        return self.send(home, file or self.path("inv"), text, "--invite-passphrase-file",
                         passphrase or self.passphrase, *flags)

    def test_a_file_brings_a_message_to_the_host(self):
        host = self.host_with_file()
        self.assertEqual(host.ready["room"], "lobby")
        self.assertEqual(host.ready["invite"], self.path("inv"))
        self.assertEqual(host.ready["routes"][0]["kind"], "direct")
        self.assertTrue(host.ready["routes"][0]["address"].startswith("127.0.0.1:"))

        sent = self.delivered(self.send_with_file("bob"))
        self.assertEqual(list(sent)[:6],
                         ["id", "status", "route", "attempts", "elapsed_ms", "phases"])
        self.assertEqual(sent["route"], "direct")
        self.assertEqual(sent["attempts"], 1)

        message = host.expect("message")
        self.assertEqual(message["text"], "hi")
        self.assertEqual(message["id"], sent["id"])
        self.assertEqual(message["from"], self.identity("bob")["fingerprint"])

        # From now on the room is known by name.
        again = self.delivered(self.send("bob", "lobby", "by name"))
        self.assertEqual(host.expect("message", id=again["id"])["text"], "by name")
        self.assertEqual(host.stop(), 143)
        self.assertEqual(host.messages(), ["hi", "by name"])

        for home in ("anna", "bob"):
            self.assertEqual(self.texts(home), ["hi", "by name"])
        own = self.history("bob")[0]
        self.assertTrue(own["own"])
        self.assertIn(own["stage"], ("delivered", "read"))
        self.assertFalse(self.history("anna")[0]["own"])

    def test_a_burnt_file_lets_nobody_else_in(self):
        host = self.host_with_file()
        self.delivered(self.send_with_file("bob"))
        self.refused(self.send_with_file("eve"), 5, "invite.burnt")
        # The one it is pinned to may still use it.
        self.delivered(self.send_with_file("bob", "again"))
        host.stop()
        self.assertEqual(host.messages(), ["hi", "again"])

    def test_a_wrong_passphrase_is_refused_before_anything_is_sent(self):
        host = self.host_with_file()
        wrong = self.file("wrong", "battery staple\n")
        done = self.refused(self.send_with_file("bob", passphrase=wrong), 5,
                            "file.wrong_passphrase")
        self.assertEqual(done.json["status"], "cancelled")
        self.delivered(self.send_with_file("bob"))
        host.stop()
        self.assertEqual(host.messages(), ["hi"])

    def test_nobody_listening_ends_in_time(self):
        host = self.host_with_file()
        host.stop()
        done = self.send_with_file("bob", "hi", None, None, "--timeout", "1s")
        self.assertEqual(done.code, 3, str(done))
        self.assertLess(done.seconds, 5)
        self.assertEqual(done.json["status"], "cancelled")
        self.assertIn("error", done.json)
        join = self.sotto("bob", "--json", "join", self.path("inv"), "--timeout", "1s",
                          "--invite-passphrase-file", self.passphrase)
        self.assertEqual(join.code, 3, str(join))
        self.assertLess(join.seconds, 5)

    def test_both_sides_talk(self):
        host = self.host_with_file(stdin=subprocess.PIPE)
        member = self.join("bob", self.path("inv"), "--invite-passphrase-file", self.passphrase)
        self.assertEqual(member.link["fingerprint"], self.identity("anna")["fingerprint"])
        self.assertEqual(member.link["route"], "direct")
        self.assertTrue(host.expect("member")["joined"])
        host.type("good evening\n")
        member.type("good evening to you\nhow are you?\n")
        self.assertEqual(member.expect("message")["text"], "good evening")
        self.assertEqual(host.expect("message")["text"], "good evening to you")
        self.assertEqual(host.expect("message")["text"], "how are you?")
        for _ in range(2):
            member.expect("delivered")
        host.expect("delivered")
        # The end of input leaves; the host stays.
        member.end_input()
        self.assertEqual(member.wait(), 0)
        self.assertEqual(member.all[-1]["event"], "closed")
        self.assertTrue(host.expect("member", left=True))
        host.end_input()
        self.delivered(self.send("bob", "lobby", "one more"))
        self.assertEqual(host.expect("message")["text"], "one more")

    def test_end_of_input_waits_for_delivery(self):
        host = self.host_with_file()
        member = self.stream("bob", "join", self.path("inv"), "--invite-passphrase-file",
                             self.passphrase, stdin=subprocess.PIPE)
        lines = [f"line {number}" for number in range(200)]
        member.type("\n".join(lines) + "\n")
        member.end_input()
        self.assertEqual(member.wait(), 0)
        host.stop()
        self.assertEqual(host.messages(), lines)

    def test_once_ends_the_host_with_the_first_member(self):
        host = self.host_with_file("--once")
        member = self.join("bob", self.path("inv"), "--invite-passphrase-file", self.passphrase)
        member.end_input()
        self.assertEqual(member.wait(), 0)
        self.assertEqual(host.wait(), 0)


if __name__ == "__main__":
    harness.main()
