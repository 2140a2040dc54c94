"""Files: `send --file`, `--accept DIR`, and `send_file` over the owner's socket."""
import base64
import hashlib
import os
import pathlib
import signal
import stat
import subprocess
import time

import broken_machine
import harness
import services
from owner_socket import RpcConnection

MEGABYTE = 1 << 20


class FilesTest(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()

    def taking_host(self, *flags, **more):
        """A host that takes files into the inbox, and a connection file that allows them."""
        host = self.host("anna", "lobby", "--accept", str(self.inbox), *flags, **more)
        return host, self.invite("anna", "lobby", "--uses", "5", "--allow", "chat,files")

    def send_files(self, home, target, *paths, flags=(), **more):
        words = [word for path in paths for word in ("--file", path)]
        return self.sotto(home, "--json", "send", target, *words, *flags, stdin=None, **more)

    def start_sending(self, home, target, path, *flags):
        return self.start(home, "--json", "send", target, "--file", path, *flags)

    def large(self, name, megabytes):
        return self.file(name, services.noise(megabytes))

    def hidden(self):
        """What lies in the inbox that no person sees."""
        return sorted(path.name for path in self.inbox.iterdir() if path.name.startswith("."))

    def shown(self):
        return sorted(path.name for path in self.inbox.iterdir()
                      if not path.name.startswith("."))

    def part_size(self):
        parts = [path for path in self.inbox.iterdir() if path.name.endswith(".part")]
        try:
            return sum(path.stat().st_size for path in parts)
        except FileNotFoundError:
            return 0

    def until_part_has(self, size):
        services.until(lambda: self.part_size() >= size, "some of the file in its part")

    def same(self, one, other):
        return pathlib.Path(one).read_bytes() == pathlib.Path(other).read_bytes()

    def settled(self):
        services.until(lambda: not self.hidden(), "nothing hidden in the inbox")


class Delivered(FilesTest):
    def test_a_small_file_with_all_that_is_said_of_it(self):
        host, invite = self.taking_host()
        path = self.file("report.pdf", services.noise(1)[:34567])
        done = self.delivered(self.send_files("bob", invite, path))
        (sent,) = done["files"]
        fingerprint = self.identity("anna")["fingerprint"]
        self.assertEqual({**sent, "id": ""},
                         {"id": "", "path": path, "name": "report.pdf", "size": 34567,
                          "to": fingerprint, "to_name": sent["to_name"],
                          "status": "delivered"})
        self.assertEqual(done["id"], sent["id"])
        self.assertEqual(done["route"], "direct")
        self.assertIn("delivered", done["phases"])
        event = host.expect("file")
        self.assertEqual(event["id"], sent["id"])
        self.assertEqual(event["from"], self.identity("bob")["fingerprint"])
        self.assertEqual((event["file"], event["size"], event["room"]),
                         ("report.pdf", 34567, "lobby"))
        self.assertEqual(event["path"], str(self.inbox / "report.pdf"))
        self.assertTrue(self.same(event["path"], path))
        self.assertEqual(stat.S_IMODE(os.stat(event["path"]).st_mode), 0o600)
        self.settled()
        self.assertEqual(self.shown(), ["report.pdf"])

    def test_an_empty_file(self):
        host, invite = self.taking_host()
        self.delivered(self.send_files("bob", invite, self.file("empty")))
        self.assertEqual(host.expect("file")["size"], 0)
        self.assertEqual((self.inbox / "empty").read_bytes(), b"")

    def test_many_files_and_words_before_them(self):
        host, invite = self.taking_host()
        paths = [self.file(f"file-{number}", b"%d" % number * number) for number in range(60)]
        words = [word for path in paths for word in ("--file", path)]
        done = self.sotto("bob", "--json", "send", invite, "-m", "here they are", *words)
        self.assertEqual(len(self.delivered(done)["files"]), 60)
        self.assertEqual(host.expect("message")["text"], "here they are")
        for _ in paths:
            host.expect("file")
        for path in paths:
            self.assertTrue(self.same(self.inbox / os.path.basename(path), path))
        self.settled()
        self.assertEqual(len(self.shown()), 60)

    def test_200_megabytes_in_little_memory(self):
        host, invite = self.taking_host()
        path = self.large("large", 200)
        sender = self.start_sending("bob", invite, path)
        most = 0
        while sender.poll() is None:
            try:
                most = max(most, harness.resident_bytes(sender.pid)[1])
            except (FileNotFoundError, KeyError):
                break
            time.sleep(0.02)
        self.delivered(self.finish(sender, timeout=120))
        self.assertTrue(self.same(self.inbox / "large", path))
        self.assertLess(most, 64 * MEGABYTE)
        self.assertLess(harness.resident_bytes(host.pid)[1], 64 * MEGABYTE)
        percents = [event["percent"] for event in host.all
                    if event["event"] == "progress" and event["task"] == "file"]
        self.assertEqual(percents, sorted(percents))

    def test_the_text_for_people(self):
        host = self.start("anna", "host", "lobby", "--direct", "--bind", "127.0.0.1", "--accept",
                          self.inbox, "--once")
        services.until(lambda: (self.home("anna") / "agent.sock").exists(), "the owner")
        invite = self.invite("anna", "lobby", "--allow", "chat,files")
        done = self.sotto("bob", "send", invite, "--file", self.file("note.txt", b"x" * 3400))
        self.check(done)
        self.assertIn("delivered: note.txt (3.4 kB) to anna", done.out.replace("root", "anna"))
        host.send_signal(signal.SIGTERM)
        shown = self.finish(host).out
        self.assertIn(f" sent note.txt (3.4 kB) -> {self.inbox}/note.txt\n", shown)

    def test_a_host_sends_to_those_who_are_there_and_may(self):
        host = self.host("anna", "lobby")
        may = self.invite("anna", "lobby", "--uses", "2", "--allow", "chat,files", file="may")
        may_not = self.invite("anna", "lobby", file="may-not")
        path = self.file("plan.txt", "for two of you")
        self.refused(self.send_files("anna", "lobby", path), 3, "file.nobody")
        boxes = []
        members = []
        for name, invite in (("bob", may), ("carl", may), ("dora", may_not)):
            self.init(name)
            box = self.folder / f"{name}-box"
            box.mkdir()
            members.append(self.join(name, invite, "--accept", str(box)))
            boxes.append(box)
        for _ in members:
            host.expect("member", joined=True)
        done = self.delivered(self.send_files("anna", "lobby", path))
        self.assertEqual({file["to_name"] for file in done["files"]}, {"bob", "carl"})
        for member, box in zip(members[:2], boxes):
            self.assertEqual(member.expect("file")["path"], str(box / "plan.txt"))
            self.assertTrue(self.same(box / "plan.txt", path))
        self.assertEqual(list(boxes[2].iterdir()), [])
        # To one of them alone, by name.
        done = self.delivered(self.send_files("anna", "carl", self.file("secret.txt", "psst")))
        self.assertEqual([file["to_name"] for file in done["files"]], ["carl"])
        self.assertEqual(members[1].expect("file")["file"], "secret.txt")
        self.assertFalse((boxes[0] / "secret.txt").exists())
        self.refused(self.send_files("anna", "dora", path), 3, "file.nobody")
        self.refused(self.send("anna", "carl", "only for you"), 2, "room.own")

    def test_words_that_were_said_before_a_file_that_nobody_takes(self):
        self.host("anna", "lobby")
        path = self.file("plan.txt", "for nobody")
        done = self.sotto("anna", "--json", "send", "lobby", "-m", "said anyway", "--file", path)
        self.refused(done, 3, "file.nobody")
        self.assertEqual(done.json["status"], "sent")
        self.assertEqual(len(done.json["id"]), 32)
        self.assertIn("said anyway", self.check(self.sotto("anna", "history", "lobby")).out)

    def test_over_an_owner_in_another_process(self):
        _, invite = self.taking_host()
        self.init("bob")
        member = self.join("bob", invite)
        path = self.large("large", 20)
        self.delivered(self.send_files("bob", "lobby", path))
        self.assertTrue(self.same(self.inbox / "large", path))
        member.expect("progress", task="file", phase="delivered", percent=100)

    def test_send_file_of_the_socket_for_chats(self):
        host, invite = self.taking_host()
        self.init("bob")
        member = self.join("bob", invite)
        owner = RpcConnection(self.home("bob") / "agent.sock")
        self.addCleanup(owner.close)
        owner.call("join", {"target": {"name": "lobby"}})
        path = self.file("from-chat.txt", "hello")
        reply = owner.call("send_file", {"room": "lobby", "path": path})
        self.assertEqual([file["status"] for file in reply["files"]], ["delivered"])
        self.assertEqual(host.expect("file")["file"], "from-chat.txt")
        for wrong, code in (("from-chat.txt", "rpc.params"), (path + "no", "file.io")):
            answer = owner.ask("send_file", {"room": "lobby", "path": wrong})
            self.assertEqual(answer["error"]["data"]["code"], code, answer)
        member.end_input()


class Names(FilesTest):
    def test_what_is_there_is_never_replaced(self):
        _, invite = self.taking_host()
        (self.inbox / "note.txt").write_text("mine")
        os.symlink("/dev/null", self.inbox / "note (2).txt")
        for number in (3, 4):
            path = self.file("note.txt", f"number {number}")
            self.delivered(self.send_files("bob", invite if number == 3 else "lobby", path))
        self.assertEqual((self.inbox / "note.txt").read_text(), "mine")
        self.assertEqual((self.inbox / "note (3).txt").read_text(), "number 3")
        self.assertEqual((self.inbox / "note (4).txt").read_text(), "number 4")

    def test_names_that_would_do_harm_are_made_plain(self):
        _, invite = self.taking_host()
        folder = self.folder / "odd"
        folder.mkdir()
        odd = {".bashrc": "_bashrc", "-rf": "_rf", "a\nb": "a_x0ab", "..\\..\\x": "_._.._x",
               "e\u202egpj.exe": "e_u202egpj.exe", "x" * 250 + ".tar": "x" * 196 + ".tar",
               " lead": "_lead"}
        for name in odd:
            (folder / name).write_text(name)
        target = invite
        for name in odd:
            self.delivered(self.send_files("bob", target, str(folder / name)))
            target = "lobby"
        self.assertEqual(self.shown(), sorted(odd.values()))


class Refused(FilesTest):
    def test_nobody_takes_files(self):
        host = self.host("anna", "lobby")
        invite = self.invite("anna", "lobby", "--uses", "2", "--allow", "chat,files")
        path = self.large("video.mp4", 3)
        done = self.refused(self.send_files("bob", invite, path), 5, "file.not_accepted")
        self.assertEqual(done.json["status"], "cancelled")
        notice = host.expect("notice", code="file.offered")
        self.assertIn("offers video.mp4 (3.1 MB); start with --accept DIR to take files.",
                      notice["text"])

    def test_a_member_without_the_right(self):
        self.host("anna", "lobby", "--accept", str(self.inbox))
        invite = self.invite("anna", "lobby")
        done = self.send_files("bob", invite, self.file("x", "x"))
        self.refused(done, 5, "file.not_allowed")
        self.assertEqual(list(self.inbox.iterdir()), [])

    def test_larger_than_what_is_taken(self):
        host, invite = self.taking_host("--max-size", "1M")
        done = self.send_files("bob", invite, self.file("x", b"x" * 1_000_001))
        self.refused(done, 9, "file.over_limit")
        host.expect("notice", code="file.offered")
        self.delivered(self.send_files("bob", "lobby", self.file("x", b"x" * 1_000_000)))
        self.assertEqual(self.shown(), ["x"])

    def test_a_member_who_was_removed_in_the_middle(self):
        host, proxy, invite = self.host_behind_proxy("anna", "lobby", "--accept",
                                                     str(self.inbox), allow="chat,files")
        path = self.large("large", 60)
        self.init("bob")
        proxy.rate = 4 * MEGABYTE
        sender = self.start_sending("bob", invite, path)
        self.until_part_has(MEGABYTE)
        self.check(self.sotto("anna", "rooms", "kick", "lobby", "bob", "--yes"))
        self.refused(self.finish(sender), 5, "room.not_a_member")
        self.assertEqual(self.shown(), [])
        self.assertEqual(host.process.poll(), None)

    def test_a_host_that_is_not_there_or_lets_nobody_in(self):
        host, invite = self.taking_host()
        path = self.large("large", 5)
        (listed,) = self.check(self.sotto("anna", "--json", "invites")).json["invites"]
        self.check(self.sotto("anna", "invites", "revoke", listed["id"]))
        self.refused(self.send_files("bob", invite, path), 5, "invite.revoked")
        host.stop()
        done = self.send_files("bob", invite, path, flags=["--timeout", "2s"])
        self.assertEqual(done.code, 3, str(done))
        self.assertNotIn("file.stalled", done.err)

    def test_what_is_no_file(self):
        _, invite = self.taking_host()
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        for path, code, name in ((fifo, 9, "file.not_regular"),
                                 (str(self.folder), 9, "file.not_regular"),
                                 (self.path("nothing"), 1, "file.io")):
            self.refused(self.send_files("bob", invite, path), code, name)
        self.assertEqual(list(self.inbox.iterdir()), [])

    def test_usage(self):
        _, invite = self.taking_host()
        path = self.file("x", "x")
        for flags in (["--queue"], ["--wait", "queued"], ["--wait", "read"], ["--id", "7"]):
            self.refused(self.send_files("bob", invite, path, flags=flags), 2, "usage.syntax")
        self.refused(self.send_files("bob", invite, "-"), 2, "usage.syntax")
        self.refused(self.sotto("bob", "--json", "join", invite, "--max-size", "5M"), 2,
                     "usage.syntax")
        for size in ("0", "x", "5Q", "-1", "1e5"):
            self.refused(self.sotto("bob", "--json", "join", invite, "--accept", self.inbox,
                                    f"--max-size={size}"), 2, "usage.syntax")
        self.refused(self.sotto("bob", "--json", "join", invite, "--accept",
                                self.path("no-such")), 2, "accept.folder")


class Resumed(FilesTest):
    SIZE = 80  # MB; at RATE some seconds
    RATE = 25 * MEGABYTE

    def slow_host(self, *flags):
        host, proxy, invite = self.host_behind_proxy("anna", "lobby", "--accept",
                                                     str(self.inbox), *flags,
                                                     allow="chat,files")
        proxy.rate = self.RATE
        self.init("bob")
        return host, proxy, invite

    def check_whole(self, path, proxy, had):
        """It is there once, and little of it has travelled twice since it had so much."""
        self.assertTrue(self.same(self.inbox / os.path.basename(path), path))
        self.assertEqual(self.shown(), [os.path.basename(path)])
        self.settled()
        size = os.path.getsize(path)
        self.assertLess(proxy.carried, size - had + 12 * MEGABYTE)

    def test_links_that_are_cut_again_and_again(self):
        host, proxy, invite = self.slow_host()
        path = self.large("large", self.SIZE)
        sender = self.start_sending("bob", invite, path)
        for step in range(1, 6):
            self.until_part_has(step * self.SIZE // 8 * MEGABYTE)
            proxy.cut()
        self.delivered(self.finish(sender, timeout=60))
        self.check_whole(path, proxy, 0)
        host.expect("file")
        self.assertEqual(host.messages(), [])
        self.assertEqual(len([event for event in host.all if event["event"] == "file"]), 1)

    def test_the_sender_is_killed_and_starts_again(self):
        host, proxy, invite = self.slow_host()
        path = self.large("large", self.SIZE)
        sender = self.start_sending("bob", invite, path)
        self.until_part_has(self.SIZE // 2 * MEGABYTE)
        sender.kill()
        self.finish(sender)
        had = self.part_size()
        proxy.carried = 0
        self.delivered(self.send_files("bob", invite, path, timeout=60))
        self.check_whole(path, proxy, had)
        host.expect("file")

    def test_the_receiver_is_killed_and_starts_again(self):
        host, proxy, invite = self.slow_host()
        path = self.large("large", self.SIZE)
        sender = self.start_sending("bob", invite, path)
        self.until_part_has(self.SIZE // 2 * MEGABYTE)
        host.process.kill()
        host.process.wait()
        had = self.part_size()
        proxy.carried = 0
        again = self.host("anna", "lobby", "--bind", "127.0.0.1", "--accept", str(self.inbox))
        self.delivered(self.finish(sender, timeout=60))
        self.check_whole(path, proxy, had)
        again.expect("file")

    def test_a_part_that_was_damaged_meanwhile_is_sent_anew(self):
        _, _, invite = self.slow_host()
        path = self.large("large", 40)
        sender = self.start_sending("bob", invite, path)
        self.until_part_has(10 * MEGABYTE)
        sender.kill()
        self.finish(sender)
        (part,) = [name for name in self.hidden() if name.endswith(".part")]
        with open(self.inbox / part, "r+b") as file:
            file.seek(5000)
            file.write(b"damaged")
        self.delivered(self.send_files("bob", invite, path, timeout=60))
        self.assertTrue(self.same(self.inbox / "large", path))
        self.settled()

    def test_a_file_that_was_named_but_not_acknowledged_comes_once(self):
        """As if the receiver had been killed between the two."""
        _, invite = self.taking_host()
        path = self.file("once.txt", "only once")
        key = hashlib.blake2b(digest_size=32)
        self.init("bob")
        key.update(b"sotto part 1" + self.identity_key("bob") + (9).to_bytes(8, "big") +
                   hashlib.blake2b(b"only once", digest_size=32).digest() + b"once.txt")
        (self.inbox / f".sotto-{key.digest()[:16].hex()}.kept").write_text("renamed.txt")
        (self.inbox / "renamed.txt").write_text("only once")
        self.delivered(self.send_files("bob", invite, path))
        self.settled()
        self.assertEqual(self.shown(), ["renamed.txt"])

    def identity_key(self, home):
        card = self.identity(home)["card"].split(":")[1]
        raw = base64.urlsafe_b64decode(card + "=" * (-len(card) % 4))
        # The first bytes field of 32 bytes is the identity (protocol.md, cards).
        return raw[raw.index(b"\x12\x20") + 2:][:32]

    def test_no_progress_for_too_long(self):
        _, proxy, invite = self.slow_host()
        path = self.large("large", 60)
        sender = self.start_sending("bob", invite, path, "--timeout", "3s")
        self.until_part_has(MEGABYTE)
        proxy.stall()
        done = self.refused(self.finish(sender, timeout=40), 3, "file.stalled")
        self.assertEqual(done.json["status"], "sent")
        self.assertEqual(done.json["files"][0]["status"], "sent")

    def test_a_file_that_changes_while_it_is_sent(self):
        _, _, invite = self.slow_host()
        path = self.large("large", 60)
        sender = self.start_sending("bob", invite, path)
        self.until_part_has(MEGABYTE)
        with open(path, "ab") as file:
            file.write(b"more")
        self.refused(self.finish(sender), 1, "file.changed")
        self.assertEqual(self.shown(), [])


class ChatGoesFirst(FilesTest):
    def test_words_do_not_wait_for_a_file(self):
        host, proxy, invite = self.host_behind_proxy("anna", "lobby", "--accept",
                                                     str(self.inbox), allow="chat,files")
        proxy.rate = 4 * MEGABYTE  # the file takes fifteen seconds
        self.init("bob")
        member = self.join("bob", invite)
        sender = self.start_sending("bob", "lobby", self.large("large", 60))
        self.until_part_has(2 * MEGABYTE)
        for number in range(10):
            member.type(f"word {number}\n")
            host.expect("message", text=f"word {number}")
        self.assertIsNone(sender.poll(), "the words came after the file")
        sender.kill()
        self.finish(sender)


class BrokenDisks(FilesTest, broken_machine.BrokenMachineTest):
    def test_a_disk_that_fills_up_while_it_comes(self):
        self.break_machine("anna")
        host, proxy, invite = self.host_behind_proxy("anna", "lobby", "--accept",
                                                     str(self.inbox), allow="chat,files")
        proxy.rate = 20 * MEGABYTE
        path = self.large("large", 40)
        sender = self.start_sending("bob", invite, path)
        self.until_part_has(5 * MEGABYTE)
        self.fail_disk("anna", "full")
        self.refused(self.finish(sender), 5, "file.no_space")
        self.heal_disk("anna")
        host.expect("notice", code="file.no_space")
        self.delivered(self.send_files("bob", invite, path, timeout=60))
        self.assertTrue(self.same(self.inbox / "large", path))

    def small_disk(self, folder, megabytes):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs",
                                  folder], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting needs root")
        self.addCleanup(subprocess.run, ["umount", "-l", folder])

    def test_a_disk_that_others_fill_meanwhile_keeps_some_room(self):
        self.small_disk(self.inbox, 60)
        host, proxy, invite = self.host_behind_proxy("anna", "lobby", "--accept",
                                                     str(self.inbox), allow="chat,files")
        proxy.rate = 5 * MEGABYTE
        path = self.large("large", 20)
        sender = self.start_sending("bob", invite, path)
        self.until_part_has(2 * MEGABYTE)
        others = self.inbox / "others"
        with open(others, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 30 * MEGABYTE)
        self.refused(self.finish(sender), 5, "file.no_space")
        host.expect("notice", code="file.no_space")
        disk = os.statvfs(self.inbox)
        self.assertGreaterEqual(disk.f_bavail * disk.f_frsize, 16 * MEGABYTE)
        self.assertGreater(self.part_size(), 2 * MEGABYTE)
        others.unlink()
        proxy.rate = 50 * MEGABYTE
        self.delivered(self.send_files("bob", invite, path, timeout=60))
        self.assertTrue(self.same(self.inbox / "large", path))

    def test_a_small_disk_is_asked_first(self):
        box = self.folder / "small"
        box.mkdir()
        self.small_disk(box, 20)
        host = self.host("anna", "lobby", "--accept", str(box))
        invite = self.invite("anna", "lobby", "--allow", "chat,files")
        done = self.send_files("bob", invite, self.large("large", 10))
        self.refused(done, 5, "file.no_space")
        host.expect("notice", code="file.no_space")
        self.assertEqual(list(box.iterdir()), [])
        self.delivered(self.send_files("bob", "lobby", self.large("little", 2)))

    def test_the_folder_is_gone(self):
        host, invite = self.taking_host()
        self.inbox.rmdir()
        done = self.send_files("bob", invite, self.file("x", "x"))
        self.refused(done, 1, "file.not_kept")
        host.expect("notice", code="accept.folder")


if __name__ == "__main__":
    harness.main()
