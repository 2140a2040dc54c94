"""forget, backup, restore, passwd against the real program."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

import harness


class Keeping(harness.SottoTest):
    def passphrase(self, text, name="p"):
        return self.file(name, text + "\n")

    def talked(self):
        """anna hosts, bob has joined; both have said something."""
        self.init("anna", "bob")
        self.host_stream = self.host("anna", "lobby", stdin=subprocess.PIPE)
        self.member = self.join("bob", self.invite("anna"))
        self.member.type("from bob\n")
        self.host_stream.expect("message", text="from bob")
        self.host_stream.type("from anna\n")
        self.member.expect("message", text="from anna")


class Forget(Keeping):
    def test_asks_first(self):
        self.talked()
        self.refused(self.sotto("anna", "--json", "forget", "lobby"), 2, "usage.needs_flag")
        self.assertEqual(len(self.texts("anna")), 2)

    def test_who_is_not_known(self):
        self.init("anna")
        self.refused(self.sotto("anna", "--json", "forget", "nobody", "--yes"), 9, "room.unknown")

    def test_a_room_through_the_owner_is_closed_and_gone(self):
        self.talked()
        done = self.check(self.sotto("anna", "--json", "forget", "lobby", "--yes")).json
        self.assertEqual((done["kind"], done["messages"], done["memberships"]), ("room", 2, 1))
        self.assertTrue(done["log_emptied"])
        self.host_stream.expect("closed")
        self.assertEqual(self.host_stream.wait(), 0)
        self.refused(self.sotto("anna", "--json", "history", "lobby"), 9, "room.unknown")
        self.assertEqual(self.texts("bob"), ["from bob", "from anna"])

    def test_nothing_of_it_is_in_the_files_nor_in_an_old_copy(self):
        self.talked()
        self.member.stop()
        self.host_stream.stop()
        home = self.home("anna")
        old = self.home("old")
        shutil.copytree(home, old)
        before = {path.name: path.read_bytes() for path in home.iterdir()}
        self.check(self.sotto("anna", "forget", "lobby", "--yes"))
        # The old database with all the keys of today.
        for name in ("profile.sotto", "profile.key", "sotto.key"):
            shutil.copy(home / name, old / name)
        done = self.sotto("old", "--json", "history", "lobby")
        self.refused(done, 7, "store.damaged")
        self.assertNotEqual(before["sotto.key"], (home / "sotto.key").read_bytes())
        wal = home / "sotto.db-wal"
        self.assertTrue(not wal.exists() or wal.stat().st_size == 0)
        # The blocks that held messages: no 32 bytes of them are left.
        new = (home / "sotto.db").read_bytes()
        was = before["sotto.db"]
        import sqlite3
        with sqlite3.connect(f"file:{old / 'sotto.db'}?mode=ro", uri=True) as database:
            bodies = [row[0] for row in database.execute("SELECT body FROM messages")]
            keys = [row[0] for row in database.execute("SELECT sealed FROM room_keys")]
        database.close()
        self.assertEqual(len(bodies), 2)
        for gone in bodies + keys:
            self.assertIn(gone, was)
            self.assertNotIn(gone, new)

    def test_a_contact_goes_with_their_words_and_their_place(self):
        self.talked()
        self.member.stop()
        done = self.check(self.sotto("anna", "--json", "forget", "bob", "--yes")).json
        self.assertEqual((done["kind"], done["messages"], done["memberships"]), ("contact", 1, 1))
        self.assertEqual(self.texts("anna"), ["from anna"])
        # Who was forgotten is a stranger.
        done = self.send("bob", "lobby", "still there?", "--timeout", "2s")
        self.assertEqual(done.code, 3, str(done))
        self.host_stream.stop()

    def test_the_host_of_a_room_goes_with_the_room(self):
        self.talked()
        self.member.stop()
        done = self.check(self.sotto("bob", "--json", "forget", "anna", "--yes")).json
        self.assertEqual(done["rooms"], ["lobby"])
        self.refused(self.sotto("bob", "--json", "history", "lobby"), 9, "room.unknown")


class Backup(Keeping):
    def backed_up(self, home="anna", file="backup", *flags):
        return self.check(self.sotto(home, "--json", "backup", "-o", self.path(file),
                                     "--backup-passphrase-file", self.passphrase("open sesame"),
                                     *flags)).json

    def restored(self, home, file="backup", *flags):
        return self.check(self.sotto(home, "--json", "restore", self.path(file),
                                     "--backup-passphrase-file", self.path("p"), *flags)).json

    def test_comes_back_as_it_was_while_the_owner_runs(self):
        self.talked()
        made = self.backed_up()
        self.assertEqual((made["contacts"], made["rooms"], made["messages"]), (1, 1, 2))
        self.assertEqual(os.stat(self.path("backup")).st_mode & 0o777, 0o600)
        self.host_stream.type("later\n")
        self.member.expect("message", text="later")
        self.member.stop()
        self.host_stream.stop()
        again = self.restored("again")
        self.assertEqual(again["fingerprint"], self.identity("anna")["fingerprint"])
        self.assertEqual(self.texts("again"), ["from bob", "from anna"])
        self.assertEqual(self.identity("again"), self.identity("anna"))
        # It is the host: bob finds it by the access that he has.
        port = str(harness.port_of(self.host_stream))
        host = self.host("again", "lobby", "--port", port)
        self.delivered(self.send("bob", "lobby", "hello again"))
        host.expect("message", text="hello again")

    def test_outstanding_invites_are_void(self):
        self.talked()
        invite = self.invite("anna", file="unused")
        self.backed_up()
        self.member.stop()
        self.host_stream.stop()
        self.assertEqual(self.restored("again")["invites_void"], 1)
        self.host("again", "lobby", "--port", str(harness.port_of(self.host_stream)))
        self.init("carl")
        self.refused(self.send("carl", invite, "hi", "--timeout", "5s"), 5, "invite.revoked")

    def test_what_waited_goes_out_once(self):
        self.talked()
        self.member.stop()
        port = str(harness.port_of(self.host_stream))
        self.host_stream.stop()
        done = self.send("bob", "lobby", "queued", "--queue", "--timeout", "1s")
        self.assertEqual(done.json["status"], "queued")
        self.backed_up("bob")
        host = self.host("anna", "lobby", "--port", port)
        self.join("bob", "lobby")
        host.expect("message", text="queued")
        self.restored("bob2")
        self.delivered(self.send("bob2", "lobby", "from the copy"))
        host.expect("message", text="from the copy")
        self.delivered(self.send("bob", "lobby", "from the original"))
        host.expect("message", text="from the original")
        host.stop()
        shown = [event["text"] for event in host.all if event["event"] == "message"]
        self.assertEqual(sorted(shown), ["from the copy", "from the original", "queued"])

    def test_for_a_card(self):
        self.init("anna", "vault")
        card = self.identity("vault")["card"]
        self.check(self.sotto("anna", "backup", "-o", self.path("b"), "--for", card))
        self.refused(self.sotto("again", "--json", "restore", self.path("b")), 5,
                     "file.not_for_us")
        self.refused(self.sotto("again", "--json", "restore", self.path("b"), "--unlock-home",
                                str(self.home("anna"))), 5, "file.not_for_us")
        self.assertFalse(self.home("again").exists())
        self.check(self.sotto("again", "restore", self.path("b"), "--unlock-home",
                              str(self.home("vault"))))
        self.assertEqual(self.identity("again"), self.identity("anna"))

    def test_a_new_lock(self):
        self.init("anna")
        self.backed_up()
        lock = self.passphrase("another", "lock")
        self.check(self.sotto("again", "--passphrase-file", lock, "restore", self.path("backup"),
                              "--backup-passphrase-file", self.path("p")))
        self.assertEqual(self.sotto("again", "id").code, 2)
        self.check(self.sotto("again", "--passphrase-file", lock, "id"))
        self.assertFalse((self.home("again") / "profile.key").exists())

    def test_only_where_nothing_is(self):
        self.init("anna", "bob")
        self.backed_up()
        before = self.identity("bob")
        self.refused(self.sotto("bob", "--json", "restore", self.path("backup")), 7,
                     "store.exists")
        self.assertEqual(self.identity("bob"), before)
        self.home("full").mkdir()
        (self.home("full") / "notes").write_text("mine")
        self.refused(self.sotto("full", "--json", "restore", self.path("backup")), 7,
                     "store.exists")
        self.home("empty").mkdir()
        self.restored("empty")

    def test_what_is_no_backup_makes_nothing(self):
        self.init("anna")
        self.backed_up()
        good = pathlib.Path(self.path("backup")).read_bytes()
        wrong = self.passphrase("wrong", "wrong")
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        newer = bytearray(good)
        newer[6] = 9
        import hashlib
        newer = bytes(newer[:-32]) + hashlib.blake2b(newer[:-32], digest_size=32).digest()
        for bad, code, name in ((good[:-1], 9, "file.damaged"), (bytes(flipped), 9, "file.damaged"),
                                (good[:40], 9, "file.damaged"), (b"", 9, "file.not_sotto"),
                                (b"hello", 9, "file.not_sotto"), (newer, 9, "file.version")):
            done = self.sotto("again", "--json", "restore", self.file("bad", bad),
                              "--backup-passphrase-file", self.path("p"))
            self.refused(done, code, name)
            self.assertFalse(self.home("again").exists())
        self.refused(self.sotto("again", "--json", "restore", self.path("backup"),
                                "--backup-passphrase-file", wrong), 5, "file.wrong_passphrase")
        self.refused(self.sotto("again", "--json", "restore", self.path("nowhere")), 1, "file.io")
        host = self.host("anna")
        self.refused(self.sotto("again", "--json", "restore", self.invite("anna")), 9,
                     "file.not_sotto")
        host.stop()
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()
                                if path.name.startswith("again")), [])

    def test_an_existing_file_stays(self):
        self.init("anna")
        path = self.file("there", b"mine")
        self.refused(self.sotto("anna", "--json", "backup", "-o", path, "--backup-passphrase-file",
                                self.passphrase("x")), 2, "file.exists")
        self.assertEqual(pathlib.Path(path).read_bytes(), b"mine")
        self.refused(self.sotto("anna", "--json", "backup", "-o", self.path("new")), 2,
                     "usage.needs_flag")

    def test_a_kill_in_the_middle_leaves_no_half_profile(self):
        self.init("anna")
        self.backed_up()
        arguments = [harness.BINARY, "--home", str(self.home("again")), "--no-input", "restore",
                     self.path("backup"), "--backup-passphrase-file", self.path("p")]
        whole = 0
        for step in range(12):
            process = subprocess.Popen(arguments, env=harness.environment(self.folder),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.05 + step * 0.06)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if self.home("again").exists():
                self.assertEqual(self.identity("again"), self.identity("anna"))
                shutil.rmtree(self.home("again"))
                whole += 1
        self.restored("again")
        self.assertEqual(self.identity("again"), self.identity("anna"))
        self.assertFalse(self.home("again.restoring").exists())


class Passwd(Keeping):
    def test_sets_changes_and_removes(self):
        self.init("anna")
        one, two = self.passphrase("one", "one"), self.passphrase("two", "two")
        identity = self.identity("anna")
        done = self.check(self.sotto("anna", "--json", "passwd", "--new-passphrase-file", one)).json
        self.assertEqual(done, {"locked_by": "passphrase", "was_locked_by": "key_file"})
        self.assertFalse((self.home("anna") / "profile.key").exists())
        self.refused(self.sotto("anna", "--json", "id"), 2, "usage.needs_flag")
        self.refused(self.sotto("anna", "--json", "--passphrase-file", two, "passwd",
                                "--new-passphrase-file", two), 5, "store.wrong_passphrase")
        self.check(self.sotto("anna", "--passphrase-file", one, "passwd",
                              "--new-passphrase-file", two))
        self.refused(self.sotto("anna", "--json", "--passphrase-file", one, "id"), 5,
                     "store.wrong_passphrase")
        self.check(self.sotto("anna", "--passphrase-file", two, "passwd", "--no-passphrase"))
        self.assertEqual(self.identity("anna"), identity)
        self.refused(self.sotto("anna", "--json", "passwd"), 2, "usage.needs_flag")
        self.refused(self.sotto("nobody", "--json", "passwd", "--no-passphrase"), 7,
                     "store.no_profile")

    def test_while_the_owner_runs(self):
        self.talked()
        one = self.passphrase("one", "one")
        self.check(self.sotto("anna", "passwd", "--new-passphrase-file", one))
        self.member.type("still here\n")
        self.host_stream.expect("message", text="still here")
        self.host_stream.stop()
        self.check(self.sotto("anna", "--passphrase-file", one, "id"))

    def test_a_kill_at_any_moment_leaves_one_lock(self):
        self.init("anna")
        old, new = self.passphrase("old", "old"), self.passphrase("new", "new")
        self.check(self.sotto("anna", "passwd", "--new-passphrase-file", old))
        for step in range(8):
            process = subprocess.Popen(
                [harness.BINARY, "--home", str(self.home("anna")), "--no-input",
                 "--passphrase-file", old, "passwd", "--new-passphrase-file", new],
                env=harness.environment(self.folder), stdout=subprocess.DEVNULL)
            time.sleep(0.3 + step * 0.15)
            process.send_signal(signal.SIGKILL)
            process.wait()
            codes = [self.sotto("anna", "--passphrase-file", file, "id").code
                     for file in (old, new)]
            self.assertEqual(sorted(codes), [0, 5])
            if codes[1] == 0:
                old, new = new, old


if __name__ == "__main__":
    harness.main()
