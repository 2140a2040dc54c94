"""Connection files after they were given out: what the host sees of them and takes back."""
import time

import harness


class Invites(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.init("anna")
        self.host_stream = self.host("anna")
        self.init("bob", "carl")

    def invites(self, *room):
        return self.check(self.sotto("anna", "--json", "invites", "list", *room)).json["invites"]

    def export(self, *flags, file="inv"):
        done = self.check(self.sotto("anna", "--json", "export", "lobby", "-o", self.path(file),
                                     "--unsealed", *flags))
        return done.json["invite"], self.path(file)

    def rejected(self, home, target, name, code=5):
        done = self.send(home, target, "hi", "--timeout", "5s")
        self.assertEqual((done.code, done.json["error"]["code"]), (code, name), str(done))

    def test_they_are_listed_with_who_came_by_them(self):
        self.assertEqual(self.invites(), [])
        first, path = self.export("--uses", "2", "--expires", "1h", "--allow",
                                  "chat,files,forward:web")
        second, _ = self.export(file="second")
        self.delivered(self.send("bob", path, "hi"))
        one, two = self.invites("lobby")
        self.assertEqual(list(one), ["id", "room", "status", "uses", "spent", "expires", "allow",
                                     "created", "revoked", "guests"])
        self.assertEqual((one["id"], one["room"], one["status"]), (first, "lobby", "open"))
        self.assertEqual((one["uses"], one["spent"], one["revoked"]), (2, 1, False))
        self.assertEqual(one["allow"], ["chat", "files", "forward:web"])
        self.assertEqual(one["guests"], [{"name": "bob", "verified": False, "fingerprint":
                                          self.identity("bob")["fingerprint"]}])
        self.assertEqual((two["id"], two["expires"], two["guests"]), (second, None, []))
        self.delivered(self.send("carl", path, "hi"))
        self.assertEqual(self.invites()[0]["status"], "spent")
        self.rejected("dora", path, "invite.burnt")
        text = self.check(self.sotto("anna", "invites")).out
        self.assertIn(f"{first}  lobby  spent  2 of 2 used  may chat,files,forward:web  until ",
                      text)
        self.refused(self.sotto("anna", "invites", "list", "attic"), 9, "room.unknown")

    def test_revoking_by_the_beginning_of_an_id(self):
        for running in (True, False):
            if not running:
                self.host_stream.stop()
            invite, path = self.export(file=f"inv-{running}")
            done = self.check(self.sotto("anna", "--json", "invites", "revoke", invite[:12]))
            self.assertEqual((done.json["id"], done.json["status"]), (invite, "revoked"))
            if not running:
                self.host_stream = self.host("anna")
            self.rejected("bob", path, "invite.revoked")
            again = self.check(self.sotto("anna", "--json", "invites", "revoke", invite))
            self.assertTrue(again.json["revoked"])
        self.refused(self.sotto("anna", "--json", "invites", "revoke", "f" * 32), 9,
                     "invite.missing")
        self.refused(self.sotto("anna", "invites", "revoke"), 2, "usage.syntax")

    def test_an_ambiguous_beginning_revokes_nothing(self):
        ids = [self.export(file=f"f{number}")[0] for number in range(17)]
        first = next(a for a in ids if sum(b[0] == a[0] for b in ids) > 1)[0]
        self.refused(self.sotto("anna", "invites", "revoke", first), 9, "invite.ambiguous")
        self.assertFalse(any(invite["revoked"] for invite in self.invites()))

    def test_who_came_in_stays_when_it_is_revoked(self):
        invite, path = self.export("--uses", "2")
        self.delivered(self.send("bob", path, "hi"))
        self.delivered(self.send("bob", "lobby", "with access of my own"))
        self.check(self.sotto("anna", "invites", "revoke", invite))
        self.delivered(self.send("bob", "lobby", "still here"))
        self.rejected("carl", path, "invite.revoked")

    def test_an_expired_one(self):
        _, path = self.export("--expires", "1s")
        self.check(self.sotto("bob", "import", path))
        deadline = time.monotonic() + harness.PATIENCE
        while self.invites()[0]["status"] != "expired" and time.monotonic() < deadline:
            pass
        self.assertEqual(self.invites()[0]["status"], "expired")
        self.rejected("bob", "lobby", "invite.expired")


class Allowances(harness.SottoTest):
    def test_a_member_without_chat_only_listens(self):
        host = self.host("anna", stdin=harness.subprocess.PIPE)
        path = self.invite("anna", "lobby", "--allow", "files")
        self.init("bob")
        bob = self.join("bob", path)
        host.type("to all\n")
        self.assertEqual(bob.expect("message")["text"], "to all")
        bob.type("may I?\n")
        bob.expect("error", code="message.not_allowed")
        bob.end_input()
        self.assertEqual(bob.wait(), 5)
        done = self.send("bob", "lobby", "please")
        self.assertEqual((done.code, done.json["error"]["code"]), (5, "message.not_allowed"))
        self.assertEqual(self.texts("anna"), ["to all"])
        # A later file that allows it holds from then on.
        self.delivered(self.send("bob", self.invite("anna", "lobby", "--allow", "chat",
                                                    file="more"), "thanks"))

    def test_words_that_are_none(self):
        self.host("anna")
        for words in ("", "talk", "chat,", "forward:", "chat forward:x"):
            self.refused(self.sotto("anna", "export", "lobby", "-o", self.path("x"),
                                    "--unsealed", "--allow", words), 2, "usage.syntax")
        self.assertEqual(self.check(self.sotto("anna", "--json", "invites")).json["invites"], [])

    def test_too_many_cards(self):
        self.host("anna")
        card = self.identity("anna")["card"]
        flags = [word for _ in range(255) for word in ("--for", card)]
        self.check(self.sotto("anna", "export", "lobby", "-o", self.path("full"), *flags))
        self.refused(self.sotto("anna", "export", "lobby", "-o", self.path("x"), *flags, "--for",
                                card), 9, "card.too_many")
        made = self.check(self.sotto("anna", "--json", "invites")).json["invites"]
        self.assertEqual(len(made), 1)


if __name__ == "__main__":
    harness.main()
