"""The people a profile knows: listing, naming, blocking and removing them."""
import subprocess

import harness


class Contacts(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.init("anna")
        self.host_stream = self.host("anna")
        self.path_of_file = self.invite("anna", "lobby", "--uses", "9")
        self.init("bob")
        self.bob = self.identity("bob")["fingerprint"]

    def contacts(self, home="anna"):
        return self.check(self.sotto(home, "--json", "contacts")).json["contacts"]

    def show(self, who, home="anna"):
        return self.check(self.sotto(home, "--json", "contacts", "show", who)).json

    def test_they_are_listed_with_what_they_have_to_do_with_us(self):
        self.assertEqual(self.contacts(), [])
        self.assertIn("Nobody yet", self.check(self.sotto("anna", "contacts")).out)
        self.delivered(self.send("bob", self.path_of_file, "hi"))
        self.host_stream.expect("message")
        only, = self.contacts()
        self.assertEqual(list(only), ["name", "fingerprint", "card_name", "verified", "blocked",
                                      "tor_only", "added", "hosts", "member_of", "last_seen"])
        self.assertEqual((only["name"], only["fingerprint"]), ("bob", self.bob))
        self.assertEqual((only["verified"], only["blocked"]), (False, False))
        self.assertEqual((only["hosts"], only["member_of"]), ([], ["lobby"]))
        anna, = self.contacts("bob")
        self.assertEqual((anna["hosts"], anna["member_of"]), (["lobby"], []))
        text = self.check(self.sotto("anna", "contacts", "list")).out
        self.assertIn(f"? bob  {self.bob}  in lobby", text)

    def test_one_is_shown_by_name_and_by_fingerprint(self):
        self.check(self.sotto("bob", "import", self.path_of_file))
        anna = self.identity("anna")["fingerprint"]
        for who in ("anna", anna, anna.upper().replace("-", " ")):
            shown = self.show(who, "bob")
            self.assertEqual(shown["fingerprint"], anna)
            self.assertRegex(shown["safety_number"], r"^(\d{5} ){11}\d{5}$")
        self.delivered(self.send("bob", "lobby", "hi"))
        self.host_stream.expect("message")
        self.assertEqual(self.show("bob")["safety_number"],
                         self.show("anna", "bob")["safety_number"])
        self.refused(self.sotto("bob", "--json", "contacts", "show", "nobody"), 9,
                     "contact.unknown")
        self.refused(self.sotto("bob", "contacts", "show", self.bob), 9, "contact.unknown")

    def test_a_new_name_holds_everywhere_at_once(self):
        bob = self.join("bob", self.path_of_file)
        self.host_stream.expect("member", name="bob")
        done = self.check(self.sotto("anna", "--json", "contacts", "rename", "bob", "robert"))
        self.assertEqual((done.json["name"], done.json["card_name"]), ("robert", "bob"))
        bob.type("hi\n")
        self.assertEqual(self.host_stream.expect("message")["name"], "robert")
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.host_stream.expect("member", name="robert", left=True)
        self.assertEqual([m["name"] for m in self.history("anna")], ["robert"])
        self.refused(self.sotto("anna", "contacts", "rename", "robert", "ro\nbert"), 9,
                     "name.invalid")
        self.refused(self.sotto("anna", "contacts", "rename", "robert", "lobby"), 2,
                     "store.name_taken")
        self.refused(self.sotto("anna", "contacts", "rename", "bob", "x"), 9, "contact.unknown")
        self.assertEqual([c["name"] for c in self.contacts()], ["robert"])

    def test_blocking_cuts_off_at_once_and_for_later(self):
        self.init("carl")
        carl = self.join("carl", self.path_of_file)
        bob = self.join("bob", self.path_of_file)
        self.host_stream.expect("member", name="bob", joined=True)
        carl.expect("member", name="bob", joined=True)
        blocked = self.check(self.sotto("anna", "--json", "contacts", "block", "bob")).json
        self.assertTrue(blocked["blocked"])
        self.assertEqual(bob.wait(), 5)
        self.assertEqual(bob.expect("error")["code"], "room.not_a_member")
        self.host_stream.expect("member", name="bob", left=True)
        carl.expect("member", name="bob", left=True)
        for target in ("lobby", self.path_of_file):
            self.refused(self.sotto("bob", "--json", "join", target, "--timeout", "5s"), 5,
                         "room.not_a_member")
        self.assertIn("BLOCKED", self.check(self.sotto("anna", "contacts")).out)
        # Blocking is no removal: unblocked, bob comes back as he was.
        self.check(self.sotto("anna", "contacts", "unblock", "bob"))
        self.delivered(self.send("bob", "lobby", "again"))
        self.assertEqual(self.host_stream.expect("message")["text"], "again")
        carl.end_input()
        self.assertEqual(carl.wait(), 0)

    def test_blocked_without_a_running_host(self):
        self.delivered(self.send("bob", self.path_of_file, "hi"))
        self.host_stream.stop()
        self.check(self.sotto("anna", "contacts", "block", self.bob))
        self.host_stream = self.host("anna")
        done = self.send("bob", "lobby", "hi", "--timeout", "5s")
        self.assertEqual((done.code, done.json["error"]["code"]), (5, "room.not_a_member"))

    def test_who_is_needed_is_not_removed(self):
        self.delivered(self.send("bob", self.path_of_file, "hi"))
        self.host_stream.expect("message")
        for running in (True, False):
            if not running:
                self.host_stream.stop()
            done = self.refused(self.sotto("anna", "--json", "contacts", "remove", "bob"), 8,
                                "contact.in_use")
            self.assertIn("sotto rooms kick", done.err)
            done = self.refused(self.sotto("bob", "contacts", "remove", "anna"), 8,
                                "contact.in_use")
            self.assertIn("sotto rooms remove", done.err)
        self.check(self.sotto("anna", "rooms", "kick", "lobby", "bob"))
        self.check(self.sotto("anna", "contacts", "remove", "bob"))
        self.assertEqual(self.contacts(), [])
        self.check(self.sotto("bob", "rooms", "remove", "lobby", "--yes"))
        self.check(self.sotto("bob", "contacts", "remove", "anna"))
        self.assertEqual(self.contacts("bob"), [])

    def test_a_word_that_is_no_action(self):
        done = self.refused(self.sotto("anna", "contacts", "shwo", "bob"), 2, "usage.syntax")
        self.assertIn("did you mean 'show'?", done.err)
        self.refused(self.sotto("anna", "contacts", "rename", "bob"), 2, "usage.syntax")
        self.refused(self.sotto("anna", "contacts", "show", "bob", "x"), 2, "usage.syntax")


class Blocked(harness.SottoTest):
    def test_what_is_said_meanwhile_is_not_for_who_is_blocked(self):
        """Nor does a person who is called like a fingerprint stand for whose it is."""
        self.init("anna", "bob")
        host = self.host("anna", stdin=subprocess.PIPE)
        bob = self.join("bob", self.invite("anna", file="i1"))
        host.expect("member", name="bob", joined=True)
        self.check(self.sotto("eve", "init", "--name", self.identity("bob")["fingerprint"]))
        self.join("eve", self.invite("anna", file="i2"))
        host.expect("member", joined=True)
        self.check(self.sotto("anna", "contacts", "block", self.identity("bob")["fingerprint"]))
        self.assertEqual(bob.wait(), 5, str(bob))
        host.type("not for bob\n")
        host.expect("delivered")
        self.check(self.sotto("anna", "contacts", "unblock", "bob"))
        host.type("for bob again\n")
        again = self.join("bob", "lobby")
        self.assertEqual(again.expect("message")["text"], "for bob again")
        self.assertEqual(again.messages(), ["for bob again"])


if __name__ == "__main__":
    harness.main()
