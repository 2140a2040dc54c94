"""A second implementation, in Python, talks to the running binary: the bytes are as documented."""
import os
import struct

import harness
from independent_client import (GOODBYE, REFUSED, SEND, WELCOME, Closed, ConnectionFile,
                                Identity, Link, decode)

MESSAGE, DELIVERED, REJECTED = 1, 2, 3
INVITE_BURNT = 1
ID_REUSED, BAD_SIGNATURE = 1, 3
PROTOCOL_ERROR = 2


class LiveNoise(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")
        self.file = ConnectionFile(self.invite("anna"))
        self.me = Identity()

    def link(self, identity=None, **more):
        link = Link(self.file)
        self.addCleanup(link.socket.close)
        return link.handshake(identity or self.me, **more)

    def still_works(self):
        other = ConnectionFile(self.invite("anna", file=f"i{os.urandom(4).hex()}"))
        with Link(other) as link:
            link.handshake(Identity("witness"))
            link.expect(WELCOME)
            link.goodbye()

    def ends(self, link, mischief):
        """The host takes it for a breach of the protocol, or as damage, and hangs up."""
        try:
            mischief()
            self.assertEqual(link.expect(GOODBYE)[0], PROTOCOL_ERROR)
        except (Closed, BrokenPipeError, ConnectionResetError):
            pass

    def test_a_message_and_its_delivery(self):
        self.assertEqual(self.file.room_name, "lobby")
        link = self.link()
        welcome = decode(link.expect(WELCOME))
        self.assertEqual(len(welcome[1]), 16)
        self.assertEqual(welcome[4], self.file.room_id)
        self.assertEqual(welcome[5], b"lobby")
        access = decode(welcome[6])
        self.assertEqual([len(access[n]) for n in (1, 2, 3)], [16, 32, 32])

        message = self.me.message(self.file.room_id, "hello from python")
        link.send_message(message)
        delivered = link.room_frame(DELIVERED)
        self.assertEqual(delivered, {1: message[1], 2: self.me.public})
        link.goodbye()

        shown = self.host_stream.expect("message")
        self.assertEqual(shown["text"], "hello from python")
        self.assertEqual(shown["name"], "python")
        self.assertEqual(shown["id"], message[1].hex())
        self.assertTrue(self.host_stream.expect("member", left=True))

    def test_a_long_message_in_many_records(self):
        link = self.link(purpose=SEND)
        link.expect(WELCOME)
        message = self.me.message(self.file.room_id, "x" * (1 << 20))
        link.send_message(message)
        self.assertEqual(link.room_frame(DELIVERED)[1], message[1])
        self.assertEqual(len(self.host_stream.expect("message")["text"]), 1 << 20)

    def test_a_text_over_the_limit_breaks_the_protocol(self):
        # While acknowledgements are on their way the other direction, the goodbye must still be
        # readable: several rounds, since that is a race.
        for _ in range(8):
            link = self.link(purpose=SEND)
            link.expect(WELCOME)
            self.ends(link, lambda: link.send_message(
                self.me.message(self.file.room_id, "x" * ((1 << 20) + 2000))))
        self.still_works()
        self.host_stream.stop()
        self.assertEqual(self.host_stream.messages(), [])

    def test_the_contact_secret_lets_in_again(self):
        link = self.link()
        access = decode(decode(link.expect(WELCOME))[6])
        link.goodbye()
        again = Link(self.file)
        self.addCleanup(again.socket.close)
        again.hello(self.me, ref=access[1], psk=access[2])
        again.finish(self.me)
        self.assertEqual(decode(again.expect(WELCOME))[4], self.file.room_id)

    def test_a_session_goes_on_over_a_new_link(self):
        link = self.link()
        welcome = decode(link.expect(WELCOME))
        first = self.me.message(self.file.room_id, "before")
        link.send_message(first)
        self.assertEqual(link.room_frame(DELIVERED)[1], first[1])
        received = link.received
        link.socket.close()  # lost, without a goodbye
        again = self.link(resume={1: welcome[1], 2: 2, 3: received})
        resumed = decode(again.expect(WELCOME))
        self.assertEqual((resumed[1], resumed[2], resumed[3]), (welcome[1], 1, 1))
        again.seq, again.received = 1, received
        second = self.me.message(self.file.room_id, "after")
        again.send_message(second)
        self.assertEqual(again.room_frame(DELIVERED)[1], second[1])
        self.host_stream.stop()
        self.assertEqual(self.host_stream.messages(), ["before", "after"])

    def test_another_bearer_learns_that_the_file_is_spent(self):
        link = self.link()
        link.expect(WELCOME)
        eve = self.link(Identity("eve"))
        self.assertEqual(decode(eve.expect(REFUSED))[1], INVITE_BURNT)

    def test_strangers_learn_nothing(self):
        cases = {"unknown ref": {"ref": os.urandom(16)},
                 "as another host": {"host_static": os.urandom(32)}}
        for name, bad in cases.items():
            with self.subTest(name), Link(self.file) as link:
                if "host_static" in bad:
                    genuine, self.file.host_static = self.file.host_static, Identity().static.public
                link.hello(self.me, ref=bad.get("ref"))
                with self.assertRaises(Closed) as closed:
                    link.read(1)
                self.assertIn("after 0 of", str(closed.exception))
                if "host_static" in bad:
                    self.file.host_static = genuine
        with self.subTest("wrong psk"), Link(self.file) as link:
            link.hello(self.me, psk=os.urandom(32))
            link.finish(self.me)
            with self.assertRaises(Closed):
                link.expect(WELCOME)
        with self.subTest("a card with another static key"), Link(self.file) as link:
            link.hello(self.me)
            link.finish(self.me, static=Identity().static.public)
            with self.assertRaises(Closed):
                link.expect(WELCOME)
        self.link().expect(WELCOME)  # none of it has spent the file

    def test_a_name_that_would_move_the_cursor_is_refused(self):
        for name in ("a\x1b[31mb", "a\u202eb", "a\nb", "", " a", "x" * 65):
            with self.subTest(name):
                link = self.link(Identity(name))
                with self.assertRaises(Closed):
                    link.expect(WELCOME)
        self.link().expect(WELCOME)

    def test_a_forged_message_is_rejected(self):
        link = self.link()
        link.expect(WELCOME)
        message = self.me.message(self.file.room_id, "signed")
        message[4] = b"changed"
        link.send_message(message)
        rejected = link.room_frame(REJECTED)
        self.assertEqual((rejected[1], rejected[3]), (message[1], BAD_SIGNATURE))
        self.host_stream.stop()
        self.assertEqual(self.host_stream.messages(), [])

    def test_an_id_with_other_content_is_rejected(self):
        link = self.link()
        link.expect(WELCOME)
        first = self.me.message(self.file.room_id, "first")
        link.send_message(first)
        link.room_frame(DELIVERED)
        link.send_message(first)  # the same again: acknowledged again, shown once
        self.assertEqual(link.room_frame(DELIVERED)[1], first[1])
        link.send_message(self.me.message(self.file.room_id, "second", first[1]))
        self.assertEqual(link.room_frame(REJECTED)[3], ID_REUSED)
        self.host_stream.stop()
        self.assertEqual(self.host_stream.messages(), ["first"])

    def test_a_flipped_bit_ends_the_link_and_nothing_else(self):
        link = self.link()
        link.expect(WELCOME)
        record = bytearray(link.sealer.encrypt_with_ad(b"", bytes(496)))
        record[100] ^= 1
        link.socket.sendall(struct.pack(">H", 512) + record)
        with self.assertRaises(Closed):
            link.expect(GOODBYE)
        self.still_works()

    def test_nonsense_after_the_welcome_ends_the_link_and_nothing_else(self):
        nonsense = [(99, b""), (16, b"short"), (4, b"\xff" * 8), (2, b"short"),
                    (19, struct.pack(">QIB", 1, 77, 0)), (18, struct.pack(">QII", 1, 1, 2**32 - 1)),
                    (16, struct.pack(">QIB", 99, 1, 1) + b"gap"),
                    (16, struct.pack(">QIB", 1, 1, 1) + os.urandom(200))]
        for frame in nonsense:
            with self.subTest(frame[0]):
                link = self.link()
                link.expect(WELCOME)
                self.ends(link, lambda: link.send_record([frame]))
        self.still_works()


if __name__ == "__main__":
    harness.main()
