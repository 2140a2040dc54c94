"""config, doctor and history against the real program."""
import json
import os
import pathlib
import subprocess

import harness


class Config(harness.SottoTest):
    def settings(self, *arguments, **env):
        done = self.check(self.run_binary(["--json", *arguments, "config", "show"], env=env))
        return {entry["key"]: entry for entry in done.json["settings"]}

    def test_flag_environment_file_default(self):
        file = self.file("c.toml", f'home = "{self.path("from-file")}"\ntimeout = "5s"\n')
        self.assertEqual(self.settings()["home"]["from"], "default")
        shown = self.settings("--config", file)
        self.assertEqual((shown["home"]["value"], shown["home"]["from"], shown["home"]["line"]),
                         (self.path("from-file"), "config", 1))
        self.assertEqual((shown["timeout"]["value"], shown["timeout"]["line"]), ("5s", 2))
        shown = self.settings("--config", file, SOTTO_HOME="/env")
        self.assertEqual((shown["home"]["value"], shown["home"]["from"]), ("/env", "environment"))
        shown = self.settings("--config", file, "--home", "/flag", SOTTO_HOME="/env")
        self.assertEqual((shown["home"]["value"], shown["home"]["from"]), ("/flag", "flag"))

    def test_the_default_place_and_what_it_does(self):
        folder = self.folder / "xdg" / "sotto"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(f'home = "{self.path("h")}"\nname = "Zoe"\n')
        env = {"XDG_CONFIG_HOME": str(self.folder / "xdg")}
        self.check(self.run_binary(["--no-input", "init"], env=env))
        done = self.check(self.run_binary(["--no-input", "--json", "id"], env=env))
        self.assertEqual(done.json["name"], "Zoe")
        self.assertTrue((self.home("h") / "profile.sotto").exists())

    def test_faults(self):
        file = self.file("c.toml", 'nmae = "x"\nuses = "3"\n')
        done = self.run_binary(["--json", "--config", file, "config", "check"])
        self.assertEqual(done.code, 9, str(done))
        self.assertEqual([fault["line"] for fault in done.json["faults"]], [1, 2])
        self.assertIn("did you mean 'name'", done.json["faults"][0]["text"])
        done = self.run_binary(["--json", "--no-input", "--config", file, "--home",
                                self.path("h"), "id"])
        self.refused(done, 9, "config.invalid")
        self.assertFalse(self.home("h").exists())
        self.check(self.run_binary(["--config", self.file("good.toml", "uses = 3\n"), "config",
                                    "check"]))
        self.assertEqual(self.run_binary(["--config", self.path("no"), "config", "check"]).code, 9)


class Doctor(harness.SottoTest):
    def examine(self, home, code, *flags):
        done = self.sotto(home, "--json", *flags, "doctor")
        self.assertEqual(done.code, code, str(done))
        findings = json.loads(done.out)
        self.assertEqual({frozenset(f) for f in findings},
                         {frozenset(("check", "status", "text", "cure"))})
        return {finding["check"]: finding for finding in findings}

    def files(self, home):
        return {path.name: path.read_bytes() for path in self.home(home).iterdir()
                if not path.name.startswith("sotto.db-") and path.is_file()}

    def test_a_healthy_profile(self):
        self.init("anna")
        before = self.files("anna")
        found = self.examine("anna", 0)
        self.assertEqual({f["status"] for f in found.values()} - {"warning"}, {"ok"})
        self.assertLessEqual({"home", "profile", "store", "owner", "disk", "clock", "config"},
                             set(found))
        self.assertEqual(self.files("anna"), before)
        self.assertRegex(self.check(self.sotto("anna", "doctor")).out, r"(?m)^ok +store ")

    def test_no_profile_and_none_is_made(self):
        self.assertEqual(self.examine("nobody", 7)["home"]["status"], "fault")
        self.assertFalse(self.home("nobody").exists())

    def test_faults_have_cures(self):
        self.init("anna")
        home = self.home("anna")
        home.chmod(0o755)
        self.assertEqual(self.examine("anna", 0)["home"]["status"], "warning")
        home.chmod(0o700)
        (home / "profile.key").chmod(0o644)
        found = self.examine("anna", 7)["profile"]
        self.assertEqual(found["status"], "fault")
        self.assertIn("chmod 600", found["text"])
        (home / "profile.key").chmod(0o600)
        good = (home / "sotto.db").read_bytes()
        bad = bytearray(good)
        for end in range(2 * 4096, len(bad) + 1, 4096):  # where pages keep what is in them
            bad[end - 60:end - 20] = b"\xff" * 40
        (home / "sotto.db").write_bytes(bad)
        self.assertEqual(self.examine("anna", 7)["store"]["status"], "fault")
        self.assertEqual((home / "sotto.db").read_bytes(), bytes(bad))
        (home / "sotto.db").write_bytes(good)
        (home / "sotto.db").unlink()
        self.assertEqual(self.examine("anna", 7)["store"]["status"], "fault")
        self.assertFalse((home / "sotto.db").exists())

    def test_a_passphrase_that_nobody_gives(self):
        lock = self.file("p", "secret\n")
        self.check(self.sotto("anna", "--passphrase-file", lock, "init"))
        self.assertEqual(self.examine("anna", 0)["store"]["status"], "warning")
        self.assertEqual(self.examine("anna", 0, "--passphrase-file", lock)["store"]["status"],
                         "ok")

    def test_an_owner_that_runs(self):
        self.host("anna")
        self.assertIn("answers", self.examine("anna", 0)["owner"]["text"])


class History(harness.SottoTest):
    def test_search_in_a_room_and_by_a_contact(self):
        self.init("anna", "bob")
        host = self.host("anna", "lobby", stdin=subprocess.PIPE)
        member = self.join("bob", self.invite("anna"))
        for text in ("Grüße aus KÖLN", "nothing here"):
            member.type(text + "\n")
            host.expect("message", text=text)
        host.type("köln is mine\n")
        member.expect("message", text="köln is mine")

        def texts(home, who, *flags):
            return [m["text"] for m in self.history(home, who, *flags)]

        both = ["Grüße aus KÖLN", "köln is mine"]
        self.assertEqual(texts("anna", "lobby", "--search", "Köln"), both)
        self.assertEqual(texts("anna", "bob", "--search", "KÖLN"), both[:1])
        self.assertEqual(texts("anna", "bob"), ["Grüße aus KÖLN", "nothing here"])
        self.assertEqual(texts("anna", "lobby", "--search", "köln", "--limit", "1"), both[1:])
        self.assertEqual(texts("anna", "lobby", "--search", "absent"), [])
        member.stop()
        host.stop()
        self.assertEqual(texts("anna", "lobby", "--search", "Köln"), both)

    def test_more_than_a_page(self):
        self.init("anna")
        host = self.host("anna", "lobby")
        lines = "".join(f"line {i}\n" for i in range(1200))
        self.check(self.sotto("anna", "send", "lobby", "--lines", stdin=lines))
        expected = [f"line {i}" for i in range(1200)]
        self.assertEqual(self.texts("anna"), expected)
        limited = [m["text"] for m in self.history("anna", "lobby", "--limit", "700")]
        self.assertEqual(limited, expected[-700:])
        host.stop()


if __name__ == "__main__":
    harness.main()
