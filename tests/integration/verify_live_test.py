"""Two people compare emoji while both are here."""
import re
import threading

import harness
from terminal import Terminal

QUESTION = "[y/N] "


class VerifyLive(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob", "carl")
        self.host_stream = self.host("anna")
        self.file = self.invite("anna", "lobby", "--uses", "9")

    def terminal(self, home, *arguments):
        return Terminal(["--home", str(self.home(home)), "verify", *arguments],
                        harness.environment(self.folder))

    def verified(self, home, who):
        return self.check(self.sotto(home, "--json", "contacts", "show", who)).json["verified"]

    def compare(self, one, other):
        """Both reach the question; what each of them sees."""
        readers = [threading.Thread(target=side.read_until, args=(QUESTION,))
                   for side in (one, other)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(harness.PATIENCE)
        return [re.findall(r"\b\d{4}\b", side.seen) for side in (one, other)]

    def live(self, one, other):
        """The terminals of two who verify each other."""
        return self.terminal(one, other, "--live"), self.terminal(other, one, "--live")

    def answer(self, *answers):
        """What each side says in turn, and the exit code that it ends with."""
        for side, word, _ in answers:
            side.answer(QUESTION, word)
        for side, _, code in reversed(answers):
            self.assertEqual(side.wait(), code, side.seen)

    def agree(self, one, other):
        """Both see the same three numbers and say yes."""
        at_one, at_other = self.compare(one, other)
        self.assertEqual(len(at_one), 3, one.seen)
        self.assertEqual(at_one, at_other)
        self.answer((one, "y\n", 0), (other, "y\n", 0))

    def test_both_see_the_same_and_both_say_yes(self):
        self.join("bob", self.file)
        self.agree(*self.live("anna", "bob"))
        self.assertTrue(self.verified("anna", "bob"))
        self.assertTrue(self.verified("bob", "anna"))

    def test_a_no_on_one_side_is_one_for_both(self):
        self.join("bob", self.file)
        anna, bob = self.live("anna", "bob")
        self.compare(anna, bob)
        self.answer((anna, "y\n", 4), (bob, "n\n", 4))
        self.assertIn("[answer.no]", bob.seen)
        self.assertIn("[verification.failed]", anna.seen)
        self.assertFalse(self.verified("anna", "bob"))
        self.assertFalse(self.verified("bob", "anna"))

    def test_a_member_who_is_not_in_the_room_verifies_its_host(self):
        self.check(self.sotto("bob", "import", self.file))
        self.delivered(self.send("bob", "lobby", "hello"))
        bob = self.terminal("bob", "anna", "--live")
        notice = self.host_stream.expect("notice", code="verification.requested")
        self.assertIn("sotto verify", notice["text"])
        anna = self.terminal("anna", "bob", "--live")
        self.agree(bob, anna)

    def test_two_members_verify_each_other_through_the_host(self):
        bob_stream = self.join("bob", self.file)
        carl_stream = self.join("carl", self.file)
        bob_stream.expect("member", name="carl")
        carl_stream.expect("member", name="bob")
        self.agree(*self.live("carl", "bob"))
        self.assertTrue(self.verified("bob", "carl"))
        self.assertTrue(self.verified("carl", "bob"))

    def test_nobody_there_ends_in_time(self):
        self.join("bob", self.file)
        anna = self.terminal("anna", "bob", "--live", "--timeout", "500ms")
        self.assertEqual(anna.wait(), 3, anna.seen)
        self.assertIn("[verification.no_answer]", anna.seen)
        self.assertFalse(self.verified("anna", "bob"))

    def test_a_comparison_that_is_broken_off_fails_the_other(self):
        self.join("bob", self.file)
        anna, bob = self.live("anna", "bob")
        self.compare(anna, bob)
        self.answer((anna, "y\n", 4), (bob, "\x03", 130))

    def test_nobody_can_be_asked(self):
        self.join("bob", self.file)
        done = self.refused(self.sotto("anna", "verify", "bob", "--live"), 2, "usage.needs_flag")
        self.assertIn("--fingerprint", done.err)
        for flags in (("--fingerprint", "x"), ("--yes",)):
            self.refused(self.sotto("anna", "verify", "bob", "--live", *flags), 2, "usage.syntax")


if __name__ == "__main__":
    harness.main()
