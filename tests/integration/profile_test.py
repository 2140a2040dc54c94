"""Profiles on disk: made, kept private, damaged, too new, in the wrong place."""
import os
import sqlite3
import stat

import harness


class Making(harness.SottoTest):
    def test_init_makes_a_private_profile(self):
        done = self.check(self.sotto("anna", "--json", "init", "--name", "anna"))
        self.assertEqual(list(done.json), ["name", "fingerprint", "card", "home", "locked_by"])
        self.assertEqual(done.json["name"], "anna")
        self.assertRegex(done.json["fingerprint"], r"^([a-z2-7]{4}-){7}[a-z2-7]{4}$")
        self.assertTrue(done.json["card"].startswith("sotto-card:"))
        self.assertEqual(done.json["locked_by"], "key_file")
        self.assertEqual(stat.S_IMODE(self.home("anna").stat().st_mode), 0o700)
        for file in self.home("anna").iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0, file)
        self.assertEqual(self.identity("anna"), {key: done.json[key]
                                                 for key in ("name", "fingerprint", "card")})

    def test_init_keeps_what_is_there(self):
        self.init("anna")
        before = self.identity("anna")
        self.refused(self.sotto("anna", "--json", "init"), 2, "profile.exists")
        self.assertEqual(self.identity("anna"), before)

    def test_other_commands_make_one_and_say_so(self):
        done = self.check(self.sotto("bob", "id"))
        self.assertRegex(done.err, r"^sotto: made a profile '[^']+' in .*, locked by a key file\n$")
        self.assertEqual(self.check(self.sotto("bob", "id")).err, "")
        self.assertEqual(self.check(self.sotto("carl", "-q", "id")).err, "")

    def test_looking_makes_none(self):
        for command in (["history", "lobby"], ["export", "lobby", "-o", self.path("x")]):
            self.refused(self.sotto("nobody", "--json", *command), 7, "store.no_profile")
            self.assertFalse(self.home("nobody").exists())

    def test_a_place_that_cannot_be(self):
        file = self.file("file")
        for home in (file, file + "/below", "/proc/nowhere"):
            done = self.run_binary(["--home", home, "--no-input", "id"])
            self.assertEqual(done.code, 7, str(done))
            self.assertEqual(done.err.count("\n"), 1, str(done))
        self.assertEqual(open(file, "rb").read(), b"")


class Damage(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "hi"))

    def test_a_damaged_profile_file(self):
        path = self.home("bob") / "profile.sotto"
        good = path.read_bytes()
        flipped = bytearray(good)
        flipped[40] ^= 1
        for bad in (bytes(flipped), good[:-1], good[:10], b"", good + b"x"):
            path.write_bytes(bad)
            for command in (["id"], ["send", "lobby", "-m", "hi"], ["history", "lobby"],
                            ["host", "--bind", "127.0.0.1"], ["join", "lobby"]):
                done = self.sotto("bob", "--json", *command)
                self.assertEqual(done.code, 7, str(done))
                self.assertEqual(done.err.count("\n"), 1, str(done))
            self.assertEqual(path.read_bytes(), bad)
        path.write_bytes(good)
        self.delivered(self.send("bob", "lobby", "well again"))

    def test_a_damaged_key_file(self):
        path = self.home("bob") / "profile.key"
        good = path.read_bytes()
        for bad in (bytes(32), good[:-1], b""):
            path.write_bytes(bad)
            done = self.sotto("bob", "--json", "id")
            self.assertEqual(done.code, 7, str(done))
        path.unlink()
        self.assertEqual(self.sotto("bob", "--json", "id").code, 7)
        path.write_bytes(good)
        path.chmod(0o644)
        self.refused(self.sotto("bob", "--json", "id"), 7, "store.key_file")
        path.chmod(0o600)
        self.identity("bob")

    def test_a_damaged_database(self):
        path = self.home("bob") / "sotto.db"
        self.assertFalse((self.home("bob") / "sotto.db-wal").exists() and
                         (self.home("bob") / "sotto.db-wal").stat().st_size)
        good = path.read_bytes()
        for bad in (good[:1000], b"not a database" * 1000, good[:len(good) // 2]):
            path.write_bytes(bad)
            done = self.sotto("bob", "--json", "history", "lobby")
            self.assertEqual(done.code, 7, str(done))
        path.write_bytes(good)
        self.assertEqual(self.texts("bob"), ["hi"])

    def test_a_database_from_a_newer_version(self):
        path = self.home("bob") / "sotto.db"
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 9999")
        database.close()
        self.refused(self.sotto("bob", "--json", "id"), 7, "store.newer")

    def test_another_profiles_database(self):
        for part in self.home("bob").glob("sotto.db*"):
            part.unlink()
        self.init("eve")
        os.link(self.home("eve") / "sotto.db", self.home("bob") / "sotto.db")
        self.assertEqual(self.sotto("bob", "--json", "id").code, 7)

    def test_nothing_is_stored_in_the_clear(self):
        self.delivered(self.send("bob", "lobby", "a very secret sentence"))
        self.host_stream.stop()
        for home in ("anna", "bob"):
            for file in self.home(home).iterdir():
                content = file.read_bytes()
                for secret in (b"a very secret sentence", b"lobby"):
                    self.assertNotIn(secret, content, file)


if __name__ == "__main__":
    harness.main()
