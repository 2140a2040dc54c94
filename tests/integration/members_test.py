"""Several people in one room: each hears everything once, and in one order."""
import subprocess

import harness


class Members(harness.SottoTest):
    def test_each_gets_every_message_once(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna", "lobby", "--uses", "10")
        names = ["bob", "carl", "dora", "emil"]
        self.init(*names)
        members = [self.join(name, path) for name in names]
        for member in members:
            host.expect("member", joined=True)
        rounds = 25
        for number in range(rounds):
            host.type(f"anna {number}\n")
            for name, member in zip(names, members):
                member.type(f"{name} {number}\n")
        total = rounds * len(names)
        for _ in range(total):
            host.expect("message")
        for member in members:
            for _ in range(total):  # all but its own, and anna's
                member.expect("message")
            for _ in range(rounds):
                member.expect("delivered")
        for member in members:
            member.end_input()
            self.assertEqual(member.wait(), 0)
        host.stop()
        everything = {f"{name} {number}" for name in [*names, "anna"]
                      for number in range(rounds)}
        for name, stream in zip(["anna", *names], [host, *members]):
            texts = stream.messages()
            self.assertEqual(len(texts), len(set(texts)), "nothing twice")
            self.assertEqual(set(texts), {t for t in everything if not t.startswith(name)})
            for author in names:  # and in the order of each author
                if author != name:
                    own = [text for text in texts if text.startswith(author)]
                    self.assertEqual(own, [f"{author} {n}" for n in range(rounds)])
        for name in ["anna", *names]:
            self.assertEqual(sorted(self.texts(name)), sorted(everything))

    def test_members_see_each_other_come_and_go(self):
        self.host("anna")
        path = self.invite("anna", "lobby", "--uses", "2")
        self.init("bob", "carl")
        bob = self.join("bob", path)
        carl = self.join("carl", path)
        seen = bob.expect("member", joined=True, name="carl")
        self.assertEqual(list(seen), ["event", "ts", "fingerprint", "name", "verified", "joined",
                                      "room"])
        self.assertEqual(seen["fingerprint"], self.identity("carl")["fingerprint"])
        carl.end_input()
        self.assertEqual(carl.wait(), 0)
        bob.expect("member", left=True, name="carl")

    def test_who_was_away_gets_what_was_said(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna", "lobby", "--uses", "2")
        self.init("bob", "carl")
        bob = self.join("bob", path)
        bob.end_input()
        bob.wait()
        host.type("while you were out\n")
        self.delivered(self.send("carl", path, "from carl"))
        host.expect("message")
        bob = self.join("bob", "lobby")
        self.assertEqual({bob.expect("message")["text"] for _ in range(2)},
                         {"while you were out", "from carl"})

    def test_a_full_room_says_so(self):
        self.host("anna", "lobby", "--max-members", "1")
        path = self.invite("anna", "lobby", "--uses", "3")
        bob = self.join("bob", path)
        carl = self.stream("carl", "join", path, "--timeout", "3s", stdin=subprocess.PIPE)
        self.assertEqual(carl.wait(), 5)
        self.assertEqual(carl.expect("error")["code"], "room.full")
        bob.end_input()
        self.assertEqual(bob.wait(), 0)

    def test_two_of_one_name_are_told_apart(self):
        host = self.host("anna")
        path = self.invite("anna", "lobby", "--uses", "2")
        for home in ("one", "two"):
            self.check(self.sotto(home, "init", "--name", "bob"))
            self.delivered(self.send(home, path, f"from {home}"))
        names = {host.expect("message")["name"] for _ in range(2)}
        self.assertEqual(len(names), 2)
        self.assertIn("bob", names)


if __name__ == "__main__":
    harness.main()
