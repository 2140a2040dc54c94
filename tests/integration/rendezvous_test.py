"""A host that has moved is found again: through a shared folder, a command, and on one machine,
by whoever has an old connection file, and by nobody who was turned out."""
import pathlib
import shutil
import socket
import subprocess
import time

import harness

KEEPER = """#!/bin/sh
cd {folder} || exit 5
echo "$1" >> {log}
case $1 in
put) cat > "$2.new" && mv "$2.new" "$2" ;;
get) test -e "$2" || exit 1; cat "$2" ;;
remove) rm -f "$2" ;;
esac
"""


def free_port():
    """One that nobody listens on, and that the system gives to nobody else by itself."""
    for port in range(20_000, 30_000):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


class Rendezvous(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.shared = self.folder / "shared"
        self.shared.mkdir()
        self.apart("anna", "bob", "carol")
        self.init("anna", "bob", "carol")

    def apart(self, *homes):
        """As on machines of their own: with nothing in common but what a test gives them."""
        for home in homes:
            runtime = self.folder / f"run-{home}"
            runtime.mkdir(mode=0o700)
            self.surroundings[home] = {"XDG_RUNTIME_DIR": str(runtime)}

    def records(self, folder=None):
        return {path.name: path.read_bytes() for path in (folder or self.shared).iterdir()
                if len(path.name) == 64}

    def until(self, condition, what):
        limit = time.monotonic() + harness.PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), limit, what)
            time.sleep(0.02)

    def published(self, count, folder=None):
        self.until(lambda: len(self.records(folder)) == count, f"there are no {count} records")

    def changed(self, before):
        """Once all of these were replaced."""
        self.until(lambda: self.records() and
                   all(self.records().get(name, blob) != blob for name, blob in before.items()),
                   "other records")

    def moved(self, host, *flags):
        """The same host at another port."""
        host.stop()
        return self.host("anna", "lobby", "--port", str(free_port()), *flags)

    # --- finding

    def follows(self, publish, directory):
        host = self.host("anna", "lobby", *publish)
        path = self.invite("anna", "lobby", "--uses", "3")
        self.delivered(self.send("bob", path, "one"))
        self.published(4)  # of the invite and of bob, under the keys of today and tomorrow
        before = self.records()
        host = self.moved(host, *publish)
        self.changed(before)
        # By the name of the room, and with a connection file that is out of date.
        sent = self.delivered(self.send("bob", "lobby", "two", *directory))
        self.assertEqual(sent["route"], "direct")
        self.delivered(self.send("carol", path, "three", *directory))
        # The way is known now.
        self.delivered(self.send("bob", "lobby", "four"))
        self.delivered(self.send("carol", "lobby", "five"))
        host.stop()
        self.assertEqual(self.texts("anna"), ["one", "two", "three", "four", "five"])

    def test_in_a_shared_folder(self):
        self.follows(["--publish", self.shared], ["--directory", self.shared])

    def test_by_a_command(self):
        keeper = pathlib.Path(self.file("keeper", "", 0o700))
        log = self.folder / "log"
        keeper.write_text(KEEPER.format(folder=self.shared, log=log))
        self.follows(["--publish", keeper], ["--directory", keeper])
        self.assertLessEqual({"put", "get"}, set(log.read_text().split()))

    def test_by_a_command_and_a_folder_that_is_the_same(self):
        keeper = pathlib.Path(self.file("keeper", "", 0o700))
        keeper.write_text(KEEPER.format(folder=self.shared, log=self.folder / "log"))
        self.follows(["--publish", f"sh {keeper}"], ["--directory", self.shared])

    def test_by_a_setting(self):
        settings = self.file("settings.toml",
                             f'publish = "{self.shared}"\ndirectory = "{self.shared}"\n')
        self.follows(["--config", settings], ["--config", settings])

    def test_on_one_machine_without_being_told_where_to_look(self):
        for home in ("anna", "bob", "carol"):
            self.surroundings[home] = {}
        self.shared = self.folder / "sotto" / "records"
        self.follows([], [])

    def test_a_member_who_waits_comes_to_the_new_place(self):
        host = self.host("anna", "lobby", "--publish", self.shared, stdin=subprocess.PIPE)
        member = self.join("bob", self.invite("anna"), "--directory", self.shared)
        self.published(4)  # the invite counts until bob has come by his own access
        before = self.records()
        host.kill()  # without a goodbye, after which nobody would wait
        host = self.host("anna", "lobby", "--port", str(free_port()), "--publish", self.shared)
        self.changed(before)
        member.expect("link")
        member.type("found you\n")
        host.expect("message", text="found you")
        member.end_input()
        self.assertEqual(member.wait(), 0)

    def test_an_address_that_swallows_everything_is_given_up_for_the_new_one(self):
        host = self.host("anna", "lobby", "--publish", self.shared)
        path = self.invite("anna", "lobby")
        old = harness.port_of(host)
        self.published(2)
        before = self.records()
        host = self.moved(host, "--publish", self.shared)
        self.changed(before)
        # Takes connections and says nothing.
        with socket.create_server(("127.0.0.1", old)):
            self.delivered(self.send("bob", path, "hello", "--directory", self.shared))
        host.stop()

    # --- what is published

    def test_nobody_reads_what_is_published(self):
        self.host("anna", "lobby", "--publish", self.shared)
        self.invite("anna", "lobby")
        self.published(2)
        for name, blob in self.records().items():
            self.assertEqual(len(blob), 996)
            self.assertEqual(name, blob[:32].hex())
            self.assertNotIn(b"127.0.0.1", blob)

    def test_only_changes_are_sent(self):
        keeper = pathlib.Path(self.file("keeper", "", 0o700))
        log = self.folder / "log"
        keeper.write_text(KEEPER.format(folder=self.shared, log=log))
        self.host("anna", "lobby", "--publish", keeper)
        self.invite("anna", "lobby", file="one")
        self.published(2)
        self.invite("anna", "lobby", file="two")
        self.published(4)
        self.invite("anna", "lobby", file="three")
        self.published(6)
        self.assertEqual(log.read_text().split(), ["put"] * 6)

    def test_who_is_turned_out_finds_nothing_any_more(self):
        host = self.host("anna", "lobby", "--publish", self.shared)
        self.invite("anna", "lobby", file="one")
        self.published(2)
        invites = self.check(self.sotto("anna", "--json", "invites", "list")).json["invites"]
        self.check(self.sotto("anna", "invites", "revoke", invites[0]["id"]))
        self.published(0)
        self.delivered(self.send("bob", self.invite("anna", file="two"), "hi"))
        self.delivered(self.send("bob", "lobby", "by my own secret"))
        self.published(2)
        self.check(self.sotto("anna", "rooms", "kick", "lobby", "bob", "--yes"))
        self.published(0)
        host.stop()

    def test_what_was_revoked_while_the_room_was_closed_goes_when_it_opens(self):
        host = self.host("anna", "lobby", "--publish", self.shared)
        self.invite("anna", "lobby")
        self.published(2)
        host.stop()
        self.published(2)  # stays: the room may open again
        invites = self.check(self.sotto("anna", "--json", "invites", "list")).json["invites"]
        self.check(self.sotto("anna", "invites", "revoke", invites[0]["id"]))
        self.host("anna", "lobby", "--publish", self.shared)
        self.published(0)

    def test_of_a_room_that_is_removed_nothing_stays(self):
        self.host("anna", "lobby", "--publish", self.shared)
        self.invite("anna", "lobby")
        self.published(2)
        self.check(self.sotto("anna", "rooms", "remove", "lobby", "--yes"))
        self.published(0)

    # --- directories that lie, and none at all

    def looks_in_vain(self, code):
        """What bob is told, whose host is not there; the attempt comes to its end."""
        member = self.stream("bob", "join", "lobby", "--directory", self.shared,
                             "--timeout", "4s")
        notice = member.expect("notice", code=code)
        self.assertIn(str(self.shared), notice["text"])
        self.assertEqual(member.wait(), 3)

    def test_what_is_tampered_with_or_old_is_not_believed(self):
        host = self.host("anna", "lobby", "--publish", self.shared)
        self.delivered(self.send("bob", self.invite("anna", "lobby"), "one"))
        self.delivered(self.send("bob", "lobby", "by my own secret"))
        self.published(2)
        old = self.records()
        host = self.moved(host, "--publish", self.shared)
        self.changed(old)
        self.delivered(self.send("bob", "lobby", "two", "--directory", self.shared))
        port = harness.port_of(host)
        host.stop()
        good = self.records()

        for name, blob in good.items():
            (self.shared / name).write_bytes(blob[:500] + bytes([blob[500] ^ 1]) + blob[501:])
        self.looks_in_vain("record.invalid")
        # Genuine ones under one another's names.
        for name, blob in zip(good, reversed(good.values())):
            (self.shared / name).write_bytes(blob)
        self.looks_in_vain("record.invalid")
        for name, blob in good.items():
            (self.shared / name).write_bytes(blob * 2)
        self.looks_in_vain("directory.failed")
        # Genuine ones of before.
        for name, blob in old.items():
            (self.shared / name).write_bytes(blob)
        self.looks_in_vain("record.rolled_back")
        # None of them has led bob away.
        self.host("anna", "lobby", "--port", str(port))
        self.delivered(self.send("bob", "lobby", "three"))

    def test_a_folder_that_is_not_there_is_told_and_harms_nothing(self):
        host = self.host("anna", "lobby", "--publish", f"{self.shared}/later/")
        notice = host.expect("notice", code="directory.failed") if self.invite("anna") else None
        self.assertIn("later", notice["text"])
        self.delivered(self.send("bob", self.path("inv"), "hi", "--directory",
                                 f"{self.shared}/later/"))
        host.stop()
        self.refused(self.sotto("anna", "--json", "host", "lobby", "--publish",
                                f"{self.shared}/typo"), 2, "directory.unknown")
        self.refused(self.sotto("bob", "--json", "send", "lobby", "x", "--directory",
                                f"{self.shared}/typo"), 2, "directory.unknown")

    def test_a_folder_that_was_lost_is_filled_again(self):
        host = self.host("anna", "lobby", "--publish", self.shared)
        self.invite("anna", "lobby")
        self.published(2)
        shutil.rmtree(self.shared)
        self.shared.mkdir()
        host = self.moved(host, "--publish", self.shared)
        self.published(2)
        host.stop()

    def test_no_command_runs_where_tor_was_promised(self):
        self.refused(self.sotto("anna", "--json", "host", "lobby", "--tor", "--publish", "cat"),
                     8, "policy.tor_only")


if __name__ == "__main__":
    harness.main()
