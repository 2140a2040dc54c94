"""Connection files: good ones, bad ones, ones that are locked, spent or too late."""
import os
import stat
import subprocess
import time

import harness


class WritingFiles(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")

    def test_export_says_what_it_wrote(self):
        done = self.check(self.sotto("anna", "--json", "export", "lobby", "-o", self.path("inv"),
                                     "--unsealed", "--uses", "3", "--expires", "24h"))
        self.assertEqual(list(done.json), ["invite", "file", "room", "uses", "expires"])
        self.assertEqual(done.json["file"], self.path("inv"))
        self.assertEqual(done.json["room"], "lobby")
        self.assertEqual(done.json["uses"], 3)
        self.assertRegex(done.json["expires"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertRegex(done.json["invite"], r"^[0-9a-f]{32}$")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("inv")).st_mode), 0o600)

    def test_an_existing_file_is_kept_without_force(self):
        path = self.file("inv", "precious")
        for command in (["export", "lobby", "-o", path],
                        ["host", "other", "--bind", "127.0.0.1", "--export", path]):
            home = "anna" if command[0] == "export" else "carl"
            self.refused(self.sotto(home, *command, "--unsealed"), 2, "file.exists")
            self.assertEqual(open(path, "rb").read(), b"precious")
        self.check(self.sotto("anna", "export", "lobby", "-o", path, "--unsealed", "--force"))
        self.assertTrue(open(path, "rb").read().startswith(b"SOTTO"))

    def test_a_file_goes_through_pipes(self):
        out = self.check(self.sotto("anna", "export", "lobby", "-o", "-", "--unsealed", "--armor"))
        self.assertTrue(out.raw_out.startswith(b"-----BEGIN"), out.raw_out[:40])
        self.assertIn("lets 1 person into the room lobby", out.err)
        self.check(self.sotto("bob", "import", "-", stdin=out.raw_out))
        self.delivered(self.send("bob", "lobby", "hi"))
        raw = self.check(self.sotto("anna", "export", "lobby", "-o", "-", "--unsealed"))
        self.assertTrue(raw.raw_out.startswith(b"SOTTO"))
        self.check(self.sotto("carl", "import", "-", stdin=raw.raw_out))

    def test_only_a_host_can_let_people_in(self):
        self.check(self.sotto("bob", "import", self.invite("anna")))
        done = self.sotto("bob", "export", "lobby", "-o", self.path("x"), "--unsealed")
        self.assertNotEqual(done.code, 0, str(done))
        self.assertFalse(os.path.exists(self.path("x")))
        self.refused(self.sotto("anna", "export", "nowhere", "-o", self.path("x"), "--unsealed"),
                     9, "room.unknown")

    def test_a_lock_is_needed(self):
        done = self.refused(self.sotto("anna", "export", "lobby", "-o", self.path("x")), 2,
                            "usage.needs_flag")
        self.assertIn("--invite-passphrase-file", done.err)
        self.assertFalse(os.path.exists(self.path("x")))


class ReadingFiles(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")

    def test_import_says_who_is_behind_the_file(self):
        fingerprint = self.identity("anna")["fingerprint"]
        done = self.check(self.sotto("bob", "--json", "import", self.invite("anna")))
        self.assertEqual(list(done.json), ["room", "host", "verified", "introduced", "expires"])
        self.assertEqual(done.json["host"]["fingerprint"], fingerprint)
        self.assertFalse(done.json["verified"])
        self.assertFalse(done.json["introduced"])
        text = self.check(self.sotto("carl", "import", self.path("inv")))
        self.assertIn(fingerprint, text.out)
        self.assertIn("Nobody vouches for this host", text.out)

    def test_a_passphrase_introduces_the_host(self):
        passphrase = self.file("p", "correct horse\n")
        path = self.invite("anna", "lobby", "--invite-passphrase-file", passphrase)
        done = self.check(self.sotto("bob", "--json", "import", path,
                                     "--invite-passphrase-file", passphrase))
        self.assertTrue(done.json["introduced"])
        self.assertFalse(done.json["verified"])
        done = self.refused(self.sotto("carl", "import", path), 2, "usage.needs_flag")
        self.assertIn("--invite-passphrase-file", done.err)

    def test_joining_an_unsealed_file_warns(self):
        member = self.join("bob", self.invite("anna"))
        notice = member.expect("notice")
        self.assertIn(self.identity("anna")["fingerprint"], notice["text"])

    def test_a_file_for_a_card_opens_for_it_alone(self):
        card = self.identity("bob")["card"]
        path = self.invite("anna", "lobby", "--for", card)
        self.refused(self.send("eve", path, "hi"), 5, "file.not_for_us")
        self.delivered(self.send("bob", path, "hi"))
        for bad in ("sotto-card:AAAA", "sotto-card:!", "bob", card[:-4]):
            done = self.sotto("anna", "export", "lobby", "-o", self.path("x"), "--for", bad)
            self.assertEqual(done.code, 9, str(done))

    def test_a_fingerprint_that_differs_stops_everything(self):
        path = self.invite("anna")
        other = self.identity("eve")["fingerprint"]
        own = self.identity("anna")["fingerprint"]
        done = self.refused(self.send("bob", path, "secret", "--fingerprint", other), 4,
                            "identity.fingerprint")
        self.assertEqual(done.json["status"], "cancelled")
        self.refused(self.sotto("bob", "--json", "join", path, "--fingerprint", other), 4,
                     "identity.fingerprint")
        self.refused(self.send("bob", path, "secret", "--fingerprint", "nonsense"), 9,
                     "fingerprint.syntax")
        self.delivered(self.send("bob", path, "hi", "--fingerprint", own))
        self.host_stream.stop()
        self.assertEqual(self.host_stream.messages(), ["hi"])

    def test_damage_is_told_from_a_wrong_passphrase(self):
        passphrase = self.file("p", "correct horse\n")
        good = open(self.invite("anna", "lobby", "--invite-passphrase-file", passphrase),
                    "rb").read()
        flipped = bytearray(good)
        flipped[len(flipped) // 2] ^= 1
        newer = bytearray(good)
        newer[6] = 9
        cases = {"flipped": (bytes(flipped), "file.damaged"), "cut": (good[:-1], "file.damaged"),
                 "longer": (good + b"x", "file.damaged"), "short": (good[:20], None),
                 "empty": (b"", "file.not_sotto"), "text": (b"hello\n", "file.not_sotto"),
                 "zeros": (bytes(4096), "file.not_sotto"), "newer": (bytes(newer), None),
                 "large": (b"SOTTO" + bytes(3 << 20), None)}
        for name, (content, short_name) in cases.items():
            with self.subTest(name):
                path = self.file(name, content)
                for command in (["send", path, "-m", "hi"], ["import", path], ["join", path]):
                    done = self.sotto("bob", *command, "--invite-passphrase-file", passphrase)
                    self.assertEqual(done.code, 9, str(done))
                    if short_name:
                        self.assertIn(f"[{short_name}]", done.err)
        # The real profile key is a sealed file as well, but of another kind.
        self.refused(self.sotto("bob", "import", str(self.home("bob") / "profile.sotto")), 9,
                     "file.not_sotto")
        self.assertEqual(self.sotto("bob", "import", self.path("nowhere")).code, 9)

    def test_damaged_armor(self):
        armored = open(self.invite("anna", "lobby", "--armor"), "rb").read()
        cut = self.file("cut", armored[:len(armored) // 2])
        self.assertEqual(self.sotto("bob", "import", cut).code, 9)
        lines = armored.splitlines(keepends=True)
        swapped = self.file("swapped", b"".join([lines[0], *reversed(lines[1:-1]), lines[-1]]))
        self.assertEqual(self.sotto("bob", "import", swapped).code, 9)
        self.check(self.sotto("bob", "import", self.file("good", armored)))

    def test_an_unreadable_file_changes_nothing(self):
        os.mkdir(self.path("folder"))
        for target in (self.path("folder"), "./missing", "missing"):
            done = self.sotto("bob", "send", target, "-m", "hi")
            self.assertNotEqual(done.code, 0, str(done))
            self.assertEqual(done.err.count("\n"), 2 if "made a profile" in done.err else 1)

    def test_an_expired_file_is_refused(self):
        path = self.invite("anna", "lobby", "--expires", "1s")
        time.sleep(1.1)
        self.refused(self.send("bob", path, "hi", "--timeout", "5s"), 5, "invite.expired")
        member = self.stream("carl", "join", path, stdin=subprocess.PIPE)
        self.assertEqual(member.wait(), 5)

    def test_our_own_file_is_no_way_in(self):
        self.refused(self.send("anna", self.invite("anna"), "hi"), 2, "room.own")


class Names(harness.SottoTest):
    def test_a_planted_file_does_not_take_a_rooms_name(self):
        anna = self.host("anna")
        eve = self.host("eve")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        planted = self.invite("eve", file="lobby")
        done = subprocess.run([harness.BINARY, "--home", str(self.home("bob")), "--no-input",
                               "send", "lobby", "-m", "for anna"], cwd=self.folder,
                              env=harness.environment(self.folder), capture_output=True,
                              timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(anna.expect("message")["text"], "for anna")
        # "./x" is always a file; its room's name is taken, so it gets another.
        imported = self.check(self.sotto("bob", "--json", "import", planted)).json
        self.assertNotEqual(imported["room"], "lobby")
        self.delivered(self.send("bob", imported["room"], "for eve"))
        self.assertEqual(eve.expect("message")["text"], "for eve")
        self.delivered(self.send("bob", "lobby", "for anna again"))
        anna.stop()
        eve.stop()
        self.assertEqual(anna.messages(), ["for anna", "for anna again"])
        self.assertEqual(eve.messages(), ["for eve"])

    def test_import_can_choose_the_name(self):
        self.host("anna")
        done = self.check(self.sotto("bob", "--json", "import", self.invite("anna"), "--as",
                                     "book club"))
        self.assertEqual(done.json["room"], "book club")
        self.delivered(self.send("bob", "book club", "hi"))
        self.assertEqual(self.sotto("bob", "import", self.path("inv"), "--as", "a\x1bb").code, 9)


class Race(harness.SottoTest):
    def test_of_two_that_race_one_gets_in(self):
        host = self.host("anna")
        self.init("bob", "carl")
        arguments = lambda home, path: [harness.BINARY, "--home", str(self.home(home)),
                                        "--no-input", "--json", "send", path, "-m", home]
        for number in range(10):
            path = self.invite("anna", file=f"inv{number}")
            for home in ("bob", "carl"):  # each round both are strangers again
                subprocess.run(["rm", "-rf", str(self.home(home))], check=True)
                self.init(home)
            racers = [subprocess.Popen(arguments(home, path), stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE,
                                       env=harness.environment(self.folder))
                      for home in ("bob", "carl")]
            codes = []
            for racer in racers:
                _, err = racer.communicate(timeout=harness.PATIENCE)
                codes.append(racer.returncode)
                if racer.returncode:
                    self.assertIn(b"invite.burnt", err)
            self.assertEqual(sorted(codes), [0, 5], f"round {number}")
        host.stop()
        self.assertEqual(len(host.messages()), 10)


if __name__ == "__main__":
    harness.main()
