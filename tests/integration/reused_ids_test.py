"""Ids of messages that come a second time: the same words are acknowledged and not repeated,
other words are refused, and the id of one person says nothing about another's.
"""
import hashlib
import sqlite3

import harness
import independent_client
from independent_client import CHAT, ENTER, WELCOME, ConnectionFile, Identity, Link

DELIVERED, REJECTED = 2, 3
ID_REUSED, NOT_ALLOWED = 1, 2


class ReusedIds(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")
        self.path = self.invite("anna", "lobby", "--uses", "5")
        self.file = ConnectionFile(self.path)
        self.listener = self.join("dora", self.path)  # hears what the host passes on
        self.mallory, self.carl = Identity("mallory"), Identity("carl")

    def link(self, identity):
        link = Link(self.file).handshake(identity, purpose=ENTER)
        self.addCleanup(link.socket.close)
        link.expect(WELCOME)
        return link

    def answer(self, link, message):
        """What the host says of this message: (kind, the answer)."""
        link.send_message(message, channel=CHAT)
        while True:
            frame = independent_client.decode(link.expect(independent_client.DATA)[13:])
            for kind in (DELIVERED, REJECTED):
                if kind in frame:
                    answer = independent_client.decode(frame[kind])
                    if answer[1] == message[1] and answer[2] == message[2]:
                        return kind, answer

    def heard(self, *texts):
        """Everybody has these and nothing else, once."""
        self.listener.type("that is all\n")
        self.listener.expect("delivered")
        self.listener.end_input()
        self.assertEqual(self.listener.wait(), 0)
        self.assertEqual(self.listener.messages(), list(texts))
        self.host_stream.stop()
        self.assertEqual(self.host_stream.messages(), [*texts, "that is all"])
        self.assertEqual(self.texts("anna"), [*texts, "that is all"])

    def test_its_own_with_the_same_words_is_acknowledged_and_not_repeated(self):
        link = self.link(self.mallory)
        message = self.mallory.message(self.file.room_id, "once")
        for _ in range(3):
            self.assertEqual(self.answer(link, message)[0], DELIVERED)
        link.goodbye()
        self.assertEqual(self.answer(self.link(self.mallory), message)[0], DELIVERED)
        self.heard("once")

    def test_its_own_with_other_words_is_refused_and_never_acknowledged(self):
        link = self.link(self.mallory)
        message = self.mallory.message(self.file.room_id, "the first")
        self.assertEqual(self.answer(link, message)[0], DELIVERED)
        other = self.mallory.message(self.file.room_id, "another", message_id=message[1])
        for _ in range(3):
            kind, answer = self.answer(link, other)
            self.assertEqual((kind, answer[3]), (REJECTED, ID_REUSED))
        # The first is still the one that counts, at another time as well.
        later = self.mallory.message(self.file.room_id, "the first", message_id=message[1],
                                     when=message[3] + 1000)
        self.assertEqual(self.answer(link, later)[0], DELIVERED)
        self.heard("the first")

    def test_the_id_of_another_is_another_message(self):
        first = self.carl.message(self.file.room_id, "carl's")
        self.assertEqual(self.answer(self.link(self.carl), first)[0], DELIVERED)
        link = self.link(self.mallory)
        same_id = self.mallory.message(self.file.room_id, "mallory's", message_id=first[1])
        self.assertEqual(self.answer(link, same_id)[0], DELIVERED)
        self.heard("carl's", "mallory's")

    def test_the_message_of_another_is_not_taken_from_its_thief(self):
        stolen = self.carl.message(self.file.room_id, "carl's, repeated by mallory")
        link = self.link(self.mallory)
        self.assertEqual(self.answer(link, stolen)[1].get(3), NOT_ALLOWED)
        self.assertEqual(self.answer(self.link(self.carl), stolen)[0], DELIVERED)
        self.heard("carl's, repeated by mallory")

    def test_a_named_id_is_as_good_as_any(self):
        """`--id` text is hashed: whoever knows the text can make the id, not the message."""
        done = self.delivered(self.send("bob", self.path, "the backup is done", "--id", "nightly"))
        named = hashlib.blake2b(b"sotto message id 1" + b"nightly", digest_size=32).digest()[:16]
        self.assertEqual(done["id"], named.hex())
        same_id = self.mallory.message(self.file.room_id, "no it is not", message_id=named)
        self.assertEqual(self.answer(self.link(self.mallory), same_id)[0], DELIVERED)
        again = self.delivered(self.send("bob", "lobby", "the backup is done", "--id", "nightly"))
        self.assertEqual(again["id"], named.hex())
        self.refused(self.send("bob", "lobby", "it failed", "--id", "nightly"), 9,
                     "message.id_reused")
        self.heard("the backup is done", "no it is not")

    def test_a_store_that_has_forgotten_the_id_is_told_so_by_the_host(self):
        """Words under an id that the host knows with others: refused there, and not kept here."""
        self.delivered(self.send("bob", self.path, "old", "--id", "nightly"))
        self.restore_before_last(self.home("bob"))
        self.refused(self.send("bob", "lobby", "new", "--id", "nightly"), 9, "message.id_reused")
        self.heard("old")

    def restore_before_last(self, home):
        """As if an older copy of the disk had come back."""
        store = sqlite3.connect(home / "sotto.db")
        store.execute("DELETE FROM outbox")
        store.execute("DELETE FROM messages")
        store.commit()
        store.close()


if __name__ == "__main__":
    harness.main()
