"""Connection files as URIs and QR codes, to be pasted and scanned."""
import base64
import os
import re
import unittest

import harness
from terminal import Terminal

try:
    import zbar
except ImportError:
    zbar = None

COLOR = re.compile("\x1b\\[[0-9;]*m")


def squares(text, ascii_only=False, dark="█▀▄"):
    """Rows of a drawn code: True for dark.  `dark` False: the light squares are drawn."""
    rows = []
    for line in COLOR.sub("", text).splitlines():
        if ascii_only:
            rows.append([line[i:i + 2] == "  " for i in range(0, len(line), 2)])
            continue
        for drawn in ("█▀", "█▄"):
            rows.append([(letter in drawn) == bool(dark) for letter in line])
    return rows


def decoded(rows, scale=4):
    """What a reader makes of it."""
    width = len(rows[0])
    pixels = b"".join(bytes(0 if square else 255 for square in row for _ in range(scale)) * scale
                      for row in rows)
    image = zbar.Image(width * scale, len(rows) * scale, "Y800", pixels)
    scanner = zbar.ImageScanner()
    scanner.parse_config("enable")
    scanner.scan(image)
    return [symbol.data for symbol in image]


class Uris(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob")
        self.host_stream = self.host("anna")

    def export(self, *flags, **more):
        return self.sotto("anna", "export", "lobby", *flags, **more)

    def uri(self, *flags):
        return self.check(self.export("--unsealed", "--uri", *flags)).out.strip()

    def terminal(self, home, *arguments):
        return Terminal(["--home", str(self.home(home)), *arguments],
                        harness.environment(self.folder))

    def test_a_uri_goes_in_by_standard_input(self):
        uri = self.uri("--uses", "9")
        self.assertRegex(uri, r"^sotto:[A-Za-z0-9_-]+$")
        wrapped = "\n".join(uri[i:i + 60] for i in range(0, len(uri), 60)) + "\n"
        done = self.check(self.sotto("bob", "--json", "import", "-", stdin=wrapped))
        self.assertEqual(done.json["room"], "lobby")
        self.assertFalse(done.json["introduced"])
        self.delivered(self.sotto("carl", "--json", "send", "-", "-m", "hi", stdin=uri))
        self.assertEqual(self.host_stream.expect("message")["text"], "hi")
        dora = self.stream("dora", "join", "-", stdin=harness.subprocess.PIPE)
        dora.type(uri)
        dora.end_input()
        dora.expect("link")
        dora.stop()
        path = self.file("uri.txt", uri)  # and a file may hold one as well
        self.delivered(self.send("emil", path, "from a file"))

    def test_it_says_what_it_did(self):
        done = self.check(self.export("--json", "--unsealed", "--uri"))
        self.assertEqual(list(done.json), ["invite", "file", "room", "uses", "expires", "uri"])
        self.assertIsNone(done.json["file"])
        content = base64.urlsafe_b64decode(done.json["uri"][6:] + "==")
        self.assertIn(b"lobby", content)
        done = self.check(self.export("--unsealed", "--uri", "-o", self.path("uri")))
        self.assertIn("lets 1 person into the room lobby", done.out)
        self.assertNotIn("sotto:", done.out)
        self.assertRegex(open(self.path("uri")).read(), r"^sotto:[A-Za-z0-9_-]+\n$")
        self.assertEqual(os.stat(self.path("uri")).st_mode & 0o777, 0o600)

    def test_a_lock_has_no_uri(self):
        passphrase = self.file("p", "tea\n")
        for flags in (["--uri"], ["--qr"], ["--uri", "--invite-passphrase-file", passphrase],
                      ["--qr", "--for", self.identity("bob")["card"]]):
            done = self.refused(self.export(*flags), 2, "usage.syntax")
            self.assertIn("--unsealed", done.err)
        self.refused(self.export("--uri", "--unsealed", "--armor"), 2, "usage.syntax")
        self.assertEqual(self.check(self.sotto("anna", "--json", "invites")).json["invites"], [])

    def test_one_in_the_command_line_is_refused_in_scripts(self):
        uri = self.uri()
        for command in (["import", uri], ["join", uri], ["send", uri, "-m", "x"]):
            done = self.sotto("bob", "--json", *command)
            self.assertEqual(done.code, 2, str(done))
            self.assertIn("standard input", done.err)
        self.assertEqual(self.check(self.sotto("bob", "--json", "rooms")).json["rooms"], [])

    def test_one_in_the_command_line_is_warned_of_in_a_terminal(self):
        terminal = self.terminal("bob", "import", self.uri())
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertIn("list the processes", terminal.seen)
        self.assertRegex(terminal.seen, r"room\s+\S*lobby")

    def test_one_is_pasted_at_a_prompt(self):
        uri = self.uri()
        terminal = self.terminal("bob", "import", "-")
        terminal.answer("(sotto:...): ", uri + "\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertNotIn(uri[6:40], terminal.seen)
        self.assertRegex(terminal.seen, r"room\s+\S*lobby")
        for answer in ("nonsense\n", uri[:-9] + "\n", "\n"):
            terminal = self.terminal("carl", "import", "-")
            terminal.answer("(sotto:...): ", answer)
            self.assertEqual(terminal.wait(), 9, terminal.seen)
            self.assertIn("[uri.syntax]", terminal.seen)

    def test_a_damaged_one(self):
        uri = self.uri()
        for wrong in ("sotto:", uri[:-1], uri[:80] + uri[84:], uri + "A"):
            self.refused(self.sotto("bob", "--json", "import", "-", stdin=wrong), 9, "uri.syntax")

    def test_a_known_room_with_another_host_is_refused_until_resolved(self):
        uri = self.uri("--uses", "9")
        self.check(self.sotto("bob", "import", "-", stdin=uri))
        # Another profile, made to offer the same room under the same id and address.
        self.init("eve")
        self.check(self.sotto("eve", "id"))
        eve = self.host("eve", "lobby")
        forged = self.check(self.sotto("eve", "export", "lobby", "--unsealed", "--uri")).out
        ours = base64.urlsafe_b64decode(uri[6:] + "==")
        theirs = base64.urlsafe_b64decode(forged.strip()[6:] + "==")
        known = self.check(self.sotto("anna", "--json", "rooms")).json["rooms"][0]["id"]
        other = self.check(self.sotto("eve", "--json", "rooms")).json["rooms"][0]["id"]
        self.assertIn(bytes.fromhex(known), ours)
        mixed = theirs.replace(bytes.fromhex(other), bytes.fromhex(known))
        text = "sotto:" + base64.urlsafe_b64encode(mixed).decode().rstrip("=")
        for command in (["import", "-"], ["join", "-"]):
            done = self.refused(self.sotto("bob", "--json", *command, stdin=text), 4,
                                "contact.key_changed")
            self.assertIn("sotto rooms remove", done.err)
        rooms = self.check(self.sotto("bob", "--json", "rooms")).json["rooms"]
        self.assertEqual([room["host"]["name"] for room in rooms], ["anna"])
        self.delivered(self.send("bob", "lobby", "to anna still"))
        self.check(self.sotto("bob", "rooms", "remove", "lobby", "--yes"))
        done = self.check(self.sotto("bob", "--json", "import", "-", stdin=text))
        self.assertEqual((done.json["host"]["name"], done.json["verified"]), ("eve", False))
        eve.stop()


class QrCodes(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.init("anna")
        self.host_stream = self.host("anna")

    def draw(self, *command, **env):
        return self.check(self.sotto("anna", *command, env=env)).out

    def check_code(self, rows):
        self.assertTrue(all(len(row) == len(rows[0]) for row in rows))
        self.assertEqual((len(rows[0]) - 8 - 17) % 4, 0)
        for row in [*rows[:4], *[row[:4] for row in rows], *[row[-4:] for row in rows]]:
            self.assertFalse(any(row), "a quiet zone")

    def test_it_is_drawn_in_what_the_output_takes(self):
        card = self.identity("anna")["card"]
        looks = [squares(self.draw("id", "--qr", "--color", "always")),
                 squares(self.draw("id", "--qr"), dark=""),
                 squares(self.draw("id", "--qr", LC_ALL="C"), ascii_only=True)]
        side = len(looks[0][0])
        for rows in looks:
            self.check_code(rows[:side])
            self.assertEqual(rows[:side], looks[0][:side])
            if zbar:
                self.assertEqual(decoded(rows[:side]), [card])
        self.assertTrue(self.draw("id", "--qr", LC_ALL="C").isascii())

    def test_json_holds_the_drawn_card(self):
        plain = self.identity("anna")
        self.assertEqual(list(plain), ["name", "fingerprint", "card"])
        with_code = self.check(self.sotto("anna", "--json", "id", "--qr")).json
        drawn = with_code.pop("qr")
        self.assertEqual(with_code, plain)
        rows = squares(drawn, dark="")
        side = len(rows[0])
        self.check_code(rows[:side])
        if zbar:
            self.assertEqual(decoded(rows[:side]), [plain["card"]])

    @unittest.skipUnless(zbar, "python3-zbar is not installed")
    def test_what_is_scanned_lets_in(self):
        done = self.check(self.sotto("anna", "export", "lobby", "--qr", "--uri", "--unsealed"))
        uri = done.out.strip().splitlines()[-1]
        drawing = done.out.split(uri)[0].strip("\n")
        scanned, = decoded(squares(drawing, dark=""))
        self.assertEqual(scanned, uri)
        self.delivered(self.sotto("bob", "--json", "send", "-", "-m", "scanned", stdin=scanned))
        self.assertEqual(self.host_stream.expect("message")["text"], "scanned")
        done = self.check(self.sotto("anna", "--json", "export", "lobby", "--qr", "--unsealed"))
        self.assertEqual(list(done.json), ["invite", "file", "room", "uses", "expires", "qr"])
        self.assertTrue(decoded(squares(done.json["qr"], dark=""))[0].startswith("sotto:"))


class Inspecting(harness.SottoTest):
    def inspect(self, path, *flags, **more):
        done = self.run_binary(["--json", "inspect", path, *flags], **more)
        return self.check(done).json

    def test_it_needs_no_profile_and_changes_nothing(self):
        self.init("anna")
        self.host("anna")
        path = self.invite("anna", "lobby", "--uses", "3", "--allow", "chat,forward:web")
        before = sorted(str(p) for p in self.folder.rglob("*"))
        shown = self.inspect(path)
        self.assertEqual(list(shown), ["kind", "form", "version", "size", "lock", "content"])
        self.assertEqual((shown["kind"], shown["form"], shown["lock"]),
                         ("connection", "binary", "none"))
        self.assertEqual(shown["size"], os.stat(path).st_size)
        content = shown["content"]
        self.assertEqual(content["host"], {"name": "anna", "fingerprint":
                                           self.identity("anna")["fingerprint"]})
        self.assertEqual((content["room"], content["uses"], content["expires"]),
                         ("lobby", 3, None))
        self.assertEqual(content["allow"], ["chat", "forward:web"])
        invites = self.check(self.sotto("anna", "--json", "invites")).json["invites"]
        self.assertEqual(content["invite"], invites[0]["id"])
        self.assertNotIn("psk", str(shown))
        self.assertEqual(sorted(str(p) for p in self.folder.rglob("*")), before)
        self.assertEqual(self.inspect("-", stdin=open(path, "rb").read())["size"], shown["size"])
        text = self.check(self.run_binary(["inspect", path])).out
        self.assertIn("kind         connection file, version 1", text)

    def test_what_a_lock_lets_through(self):
        self.init("anna", "bob")
        self.host("anna")
        passphrase = self.file("p", "tea\n")
        path = self.invite("anna", "lobby", "--invite-passphrase-file", passphrase, "--armor")
        shown = self.inspect(path)
        self.assertEqual((shown["form"], shown["lock"], shown["content"]),
                         ("armor", "passphrase", None))
        self.assertEqual(shown["kdf"], {"name": "argon2id", "passes": 3, "memory_kib": 262144})
        opened = self.inspect(path, "--invite-passphrase-file", passphrase)
        self.assertEqual(opened["content"]["room"], "lobby")
        self.refused(self.run_binary(["--json", "inspect", path, "--invite-passphrase-file",
                                      self.file("wrong", "milk\n")]), 5, "file.wrong_passphrase")
        card = self.identity("bob")["card"]
        path = self.invite("anna", "lobby", "--for", card, file="for")
        shown = self.inspect(path)
        self.assertEqual((shown["lock"], shown["recipients"], shown["content"]),
                         ("recipients", 1, None))
        shown = self.inspect(str(self.home("anna") / "profile.sotto"))
        self.assertEqual((shown["kind"], shown["lock"]), ("profile", "key"))

    def test_what_is_none_of_ours(self):
        self.refused(self.run_binary(["--json", "inspect", self.file("x", "hello")]), 9,
                     "file.not_sotto")
        self.refused(self.run_binary(["--json", "inspect", self.path("missing")]), 1, "file.io")


if __name__ == "__main__":
    harness.main()
