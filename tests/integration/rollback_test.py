"""An older copy of a home that is put back while the other side has moved on, and members whom a
host no longer knows: nothing is shown twice, nothing collides, and a new file leads back in.
"""
import shutil
import sqlite3
import subprocess

import harness


class RollbackTest(harness.SottoTest):
    def copy_of(self, home):
        """What is on the disk now; nothing of the home may be running."""
        copy = self.folder / (home + ".old")
        shutil.copytree(self.home(home), copy)
        return copy

    def put_back(self, home):
        """The copy is the home again; what the home had become is kept for comparison."""
        self.home(home).rename(self.folder / (home + ".lost"))
        shutil.copytree(self.folder / (home + ".old"), self.home(home))

    def sealed(self, home):
        """Every sealed value in the store of a home."""
        with sqlite3.connect(f"file:{self.home(home)}/sotto.db?mode=ro", uri=True) as store:
            tables = [name for name, in store.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'")]
            values = {value for table in tables for row in store.execute(f"SELECT * FROM {table}")
                      for value in row if isinstance(value, bytes) and len(value) >= 40}
        store.close()
        return values

    def assert_no_nonce_twice(self, home):
        """What the two lives of a home sealed differs in its nonces wherever it differs at all."""
        lost, now = self.sealed(home + ".lost"), self.sealed(home)
        self.assertTrue(lost - now and now - lost, "both have written")
        values = lost | now
        self.assertEqual(len({value[:24] for value in values}), len(values))

    def fresh(self, *streams):
        for stream in streams:
            stream.messages()
        return [event["text"] for stream in streams for event in stream.all
                if event["event"] == "message" and not event.get("again")]


class RolledBackHost(RollbackTest):
    def test_nothing_is_shown_twice_and_talk_goes_on(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        port = str(harness.port_of(host))
        member = self.join("bob", self.invite("anna"))
        member.type("before\n")
        member.expect("delivered")
        member.end_input()
        member.wait()
        host.type("waits\n")  # for bob, in the outbox that is copied
        while self.texts("anna") != ["before", "waits"]:
            pass
        host.stop()
        self.copy_of("anna")
        second = self.host("anna", "lobby", "--port", port, stdin=subprocess.PIPE)
        member = self.join("bob", "lobby")
        member.expect("message", text="waits")
        member.type("forgotten by anna\n")
        second.expect("message", text="forgotten by anna")
        second.type("said and forgotten\n")
        member.expect("message", text="said and forgotten")
        second.expect("delivered")
        second.kill()  # the member stays, with a session that nobody else remembers
        self.put_back("anna")
        third = self.host("anna", "lobby", "--port", port, stdin=subprocess.PIPE)
        member.expect("link")
        third.type("after\n")
        member.expect("message", text="after")
        member.type("bob after\n")
        third.expect("message", text="bob after")
        member.expect("delivered")
        member.end_input()
        self.assertEqual(member.wait(), 0)
        third.stop()
        self.assertEqual(self.fresh(member), ["waits", "said and forgotten", "after"])
        self.assertEqual(self.fresh(host, second, third),
                         ["before", "forgotten by anna", "bob after"])
        self.assertEqual(self.texts("bob"), ["before", "waits", "forgotten by anna",
                                             "said and forgotten", "after", "bob after"])
        # What the copy does not have is gone at this side: nobody can know that it was there.
        self.assertEqual(self.texts("anna"), ["before", "waits", "after", "bob after"])
        ids = [message["id"] for home in ("anna", "anna.lost", "bob")
               for message in self.history(home)]
        texts = [message["text"] for home in ("anna", "anna.lost", "bob")
                 for message in self.history(home)]
        self.assertEqual(len(set(ids)), len(set(texts)), "an id stands for one message")
        self.assert_no_nonce_twice("anna")

    def test_who_came_since_gets_back_in_by_a_new_file_only(self):
        host = self.host("anna")
        port = str(harness.port_of(host))
        spent = self.invite("anna", file="spent")
        self.check(self.sotto("anna", "backup", "-o", self.path("backup"),
                              "--backup-passphrase-file", self.file("p", "open sesame")))
        self.delivered(self.send("carl", spent, "hello"))
        host.stop()
        self.check(self.sotto("again", "restore", self.path("backup"),
                              "--backup-passphrase-file", self.path("p")))
        host = self.host("again", "lobby", "--port", port)
        lost = self.send("carl", "lobby", "unheard", "--timeout", "2s")
        self.assertEqual(lost.code, 3, str(lost))
        # Whoever else holds the spent invite gets nowhere: a restored host takes none of before.
        self.refused(self.send("dora", spent, "me too", "--timeout", "5s"), 5, "invite.revoked")
        path = self.invite("again", file="new")
        self.delivered(self.send("carl", path, "back"))
        self.delivered(self.send("carl", "lobby", "and again"))
        host.stop()
        self.assertEqual(host.messages(), ["back", "and again"])


class RolledBackMember(RollbackTest):
    def test_nothing_is_shown_twice_and_talk_goes_on(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        port = str(harness.port_of(host))
        self.delivered(self.send("bob", self.invite("anna"), "before"))
        host.stop()
        self.check(self.send("bob", "lobby", "waits", "--wait", "queued", "--id", "waiting"))
        self.copy_of("bob")
        second = self.host("anna", "lobby", "--port", port, stdin=subprocess.PIPE)
        member = self.join("bob", "lobby")
        second.expect("message", text="waits")
        second.type("forgotten by bob\n")
        member.expect("message", text="forgotten by bob")
        member.type("said and forgotten\n")
        member.expect("delivered")
        member.end_input()
        member.wait()
        self.delivered(self.send("bob", "lobby", "by its id", "--id", "chosen"))
        self.put_back("bob")
        member = self.join("bob", "lobby")
        member.type("after\n")
        second.expect("message", text="after")
        second.type("anna after\n")
        member.expect("message", text="anna after")
        member.end_input()
        self.assertEqual(member.wait(), 0)
        # An id that the copy does not remember: the host does.
        self.refused(self.send("bob", "lobby", "other words", "--id", "chosen"), 9,
                     "message.id_reused")
        self.delivered(self.send("bob", "lobby", "the end"))
        second.stop()
        self.assertEqual(self.fresh(host, second), ["before", "waits", "said and forgotten",
                                                    "by its id", "after", "the end"])
        self.assertEqual(self.fresh(member), ["anna after"])
        self.assert_no_nonce_twice("bob")

    def test_an_access_that_the_copy_lacks(self):
        """The copy knows the file and not that it was used."""
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        self.copy_of("bob")
        self.delivered(self.send("bob", "lobby", "first"))
        self.put_back("bob")
        # As after a welcome that was lost: the same card, and its access was never used.
        self.delivered(self.send("bob", "lobby", "second"))
        self.delivered(self.send("bob", "lobby", "third"))
        shutil.rmtree(self.folder / "bob.lost")
        self.put_back("bob")
        self.refused(self.send("bob", "lobby", "burnt", "--timeout", "5s"), 5, "invite.burnt")
        self.delivered(self.send("bob", self.invite("anna", file="new"), "fourth"))
        host.stop()
        self.assertEqual(host.messages(), ["first", "second", "third", "fourth"])


class Forgotten(RollbackTest):
    def test_a_forgotten_member_comes_back_by_a_new_file(self):
        host = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "first", "--id", "one"))
        self.check(self.sotto("anna", "forget", "root", "--yes"))
        done = self.send("bob", "lobby", "unheard", "--timeout", "2s")
        self.assertEqual(done.code, 3, str(done))
        path = self.invite("anna", file="new")
        self.delivered(self.send("bob", path, "second"))
        self.delivered(self.send("bob", "lobby", "third"))
        host.stop()
        self.assertEqual(host.messages(), ["first", "second", "third"])

    def test_a_running_member_who_is_forgotten_imports_a_new_file(self):
        host = self.host("anna")
        member = self.join("bob", self.invite("anna"))
        self.check(self.sotto("anna", "forget", "root", "--yes"))
        self.assertEqual(member.wait(), 5)
        self.assertEqual(member.expect("error")["code"], "room.not_a_member")
        self.check(self.sotto("bob", "import", self.invite("anna", file="new")))
        member = self.join("bob", "lobby")
        member.type("back\n")
        host.expect("message", text="back")

    def test_a_forgotten_message_is_acknowledged_and_not_shown_again(self):
        """Its author is rolled back to before it was acknowledged, and sends it once more."""
        host = self.host("anna")
        port = str(harness.port_of(host))
        self.delivered(self.send("bob", self.invite("anna", "lobby"), "before"))
        host.stop()
        self.check(self.send("bob", "lobby", "secret", "--wait", "queued", "--id", "one"))
        self.copy_of("bob")
        host = self.host("anna", "lobby", "--port", port)
        self.delivered(self.send("bob", "lobby", "secret", "--id", "one"))
        host.expect("message", text="secret")
        self.check(self.sotto("anna", "forget", "root", "--yes"))
        self.assertEqual(self.texts("anna"), [])
        self.put_back("bob")
        path = self.invite("anna", file="new")
        self.delivered(self.send("bob", path, "after"))
        self.assertEqual(self.check(self.sotto("bob", "--json", "outbox")).json["total"], 0)
        self.assertEqual([m["stage"] in ("delivered", "read") for m in self.history("bob")],
                         [True, True, True])
        host.stop()
        self.assertEqual(host.messages(), ["secret", "after"])
        self.assertEqual(self.texts("anna"), ["after"])


if __name__ == "__main__":
    harness.main()
