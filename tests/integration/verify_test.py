"""Making sure who somebody is, and what happens when their keys change."""
import harness
from terminal import Terminal


class Verify(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.init("anna")
        self.host_stream = self.host("anna")
        self.path_of_file = self.invite("anna", "lobby", "--uses", "9")
        self.init("bob")
        self.check(self.sotto("bob", "import", self.path_of_file))
        self.anna = self.identity("anna")["fingerprint"]
        self.bob = self.identity("bob")["fingerprint"]

    def verified(self, home="bob", who="anna"):
        return self.check(self.sotto(home, "--json", "contacts", "show", who)).json["verified"]

    def terminal(self, home, *arguments):
        return Terminal(["--home", str(self.home(home)), *arguments],
                        harness.environment(self.folder))

    def test_a_yes_at_the_prompt_records_it(self):
        number = self.check(self.sotto("bob", "--json", "contacts", "show", "anna")).json[
            "safety_number"]
        terminal = self.terminal("bob", "verify", "anna")
        terminal.read_until("[y/N] ")
        for shown in (self.anna, self.bob, number[:35], number[36:]):
            self.assertIn(shown, terminal.seen)
        terminal.answer("[y/N] ", "y\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertIn("anna is verified from now on", terminal.seen)
        self.assertTrue(self.verified())

    def test_a_no_records_nothing(self):
        for answer in ("n\n", "\n", "yess\n"):
            terminal = self.terminal("bob", "verify", "anna")
            terminal.answer("[y/N] ", answer)
            self.assertEqual(terminal.wait(), 4, terminal.seen)
            self.assertIn("[answer.no]", terminal.seen)
        terminal = self.terminal("bob", "verify", "anna")
        terminal.answer("[y/N] ", "\x03")
        self.assertEqual(terminal.wait(), 130, terminal.seen)
        self.assertFalse(self.verified())

    def test_a_script_gives_the_fingerprint(self):
        for wrong in (self.bob, "aaaa-" * 7 + "aaaa"):
            self.refused(self.sotto("bob", "--json", "verify", "anna", "--fingerprint", wrong), 4,
                         "identity.fingerprint")
        self.refused(self.sotto("bob", "verify", "anna", "--fingerprint", "nonsense"), 9,
                     "fingerprint.syntax")
        done = self.refused(self.sotto("bob", "verify", "anna"), 2, "usage.needs_flag")
        self.assertIn("--fingerprint", done.err)
        done = self.refused(self.sotto("bob", "verify", "anna", "--yes"), 2, "usage.syntax")
        self.assertIn("--fingerprint", done.err)
        self.refused(self.sotto("bob", "verify", "nobody", "--fingerprint", self.anna), 9,
                     "contact.unknown")
        self.assertFalse(self.verified())
        done = self.check(self.sotto("bob", "--json", "verify", "anna", "--yes", "--fingerprint",
                                     self.anna.upper()))
        self.assertEqual(done.json, {"contact": "anna", "fingerprint": self.anna,
                                     "verified": True})
        self.assertTrue(self.verified())

    def test_it_shows_wherever_a_name_is(self):
        bob = self.join("bob", "lobby")
        self.assertFalse(bob.link["verified"])
        self.host_stream.expect("member", name="bob", verified=False)
        self.check(self.sotto("anna", "verify", "bob", "--fingerprint", self.bob))
        bob.type("hi\n")
        self.assertTrue(self.host_stream.expect("message")["verified"])
        self.assertTrue(self.history("anna")[0]["verified"])
        self.assertIn("✓ bob: hi", self.check(self.sotto("anna", "history", "lobby")).out)
        self.assertIn("✓ bob", self.check(self.sotto("anna", "contacts")).out)
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.host_stream.expect("member", name="bob", verified=True, left=True)
        self.check(self.sotto("bob", "verify", "anna", "--fingerprint", self.anna))
        rooms = self.check(self.sotto("bob", "--json", "rooms")).json["rooms"]
        self.assertTrue(rooms[0]["host"]["verified"])
        done = self.send("bob", "lobby", "hi")
        self.assertTrue(self.delivered(done)["verified"])
        bob = self.join("bob", "lobby")
        self.assertTrue(bob.link["verified"])


if __name__ == "__main__":
    harness.main()
