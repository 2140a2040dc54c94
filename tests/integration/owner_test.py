"""Several commands on one profile: the first owns it, the others work through it."""
import signal
import subprocess

import harness


class Owner(harness.SottoTest):
    def test_a_second_host_attaches_and_has_its_own_room(self):
        first = self.host("anna", "lobby", stdin=subprocess.PIPE)
        second = self.host("anna", "study", stdin=subprocess.PIPE)
        bob = self.join("bob", self.invite("anna", "lobby", file="i1"))
        carl = self.join("carl", self.invite("anna", "study", file="i2"))
        bob.type("to the lobby\n")
        carl.type("to the study\n")
        self.assertEqual(first.expect("message")["text"], "to the lobby")
        self.assertEqual(second.expect("message")["text"], "to the study")
        first.type("from the lobby\n")
        second.type("from the study\n")
        self.assertEqual(bob.expect("message")["text"], "from the lobby")
        self.assertEqual(carl.expect("message")["text"], "from the study")
        for stream in (bob, carl):
            stream.end_input()
            self.assertEqual(stream.wait(), 0)
        self.assertEqual(second.stop(), 143)
        self.assertEqual(first.stop(), 143)
        self.assertEqual(first.messages(), ["to the lobby"])
        self.assertEqual(second.messages(), ["to the study"])

    def test_an_owner_serves_until_the_last_one_leaves(self):
        first = self.host("anna", "lobby")
        second = self.host("anna", "study")
        path = self.invite("anna", "study")
        first.send_signal(signal.SIGTERM)
        first.expect("closed")
        self.delivered(self.send("bob", path, "still served"))
        self.assertEqual(second.expect("message")["text"], "still served")
        self.assertEqual(second.stop(), 143)
        self.assertEqual(first.wait(), 143)

    def test_short_commands_work_through_it(self):
        host = self.host("anna")
        own = self.host("anna2", "den")
        path = self.invite("anna2", "den")
        self.assertEqual(self.identity("anna")["name"], self.identity("anna")["name"])
        self.delivered(self.send("anna", path, "from one host to another"))
        self.assertEqual(own.expect("message")["text"], "from one host to another")
        self.assertEqual(self.texts("anna", "den"), ["from one host to another"])
        self.assertEqual(host.stop(), 143)
        self.assertEqual(self.texts("anna", "den"), ["from one host to another"])

    def test_an_owner_that_does_not_answer_is_exit_7(self):
        host = self.host("anna")
        host.send_signal(signal.SIGSTOP)
        done = self.sotto("anna", "--json", "host", "other", "--bind", "127.0.0.1")
        self.assertEqual(done.code, 7, str(done))
        self.assertLess(done.seconds, 15)
        host.send_signal(signal.SIGCONT)
        self.assertEqual(host.stop(), 143)

    def test_a_killed_owner_leaves_nothing_behind(self):
        first = self.host("anna", "lobby")
        path = self.invite("anna", "lobby")
        second = self.host("anna", "study")
        first.send_signal(signal.SIGKILL)
        first.wait()
        self.assertNotEqual(second.wait(), 0)  # told, and not left hanging
        self.host("anna", "lobby")  # a lock dies with its process
        self.delivered(self.send("bob", path, "hi"))


if __name__ == "__main__":
    harness.main()
