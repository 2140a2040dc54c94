"""Slots: who listens, who is let in, and what a thief can do with what is seen on the way."""
import os
import unittest

import relay_client
from relay_client import GET, LISTEN, OPEN, TAKE, Owner, field


class Slots(relay_client.RelayTest):
    def setUp(self):
        super().setUp()
        self.relay = self.start_relay("--admin", "127.0.0.1:0")
        self.owner = Owner()

    def listening(self, owner=None):
        host = self.connect(self.relay)
        self.assertEqual(host.listen(owner or self.owner), ("done", None))
        return host

    def visit(self, owner=None):
        joiner = self.connect(self.relay)
        joiner.ask(OPEN, field(1, (owner or self.owner).key))
        return joiner

    def take(self, ticket):
        taker = self.connect(self.relay)
        return taker, taker.request(TAKE, field(1, ticket))

    def test_two_are_spliced(self):
        host = self.listening()
        joiner = self.visit()
        taker, answer = self.take(host.next_ticket())
        self.assertEqual(answer, ("spliced", None))
        self.assertEqual(joiner.answer(), ("spliced", None))
        data = os.urandom(300_000)
        for one, other in ((joiner, taker), (taker, joiner)):
            for at in range(0, len(data), 50_000):
                one.write(data[at:at + 50_000])
            got = b""
            while len(got) < len(data):
                got += other.read()
            self.assertEqual(got, data)
        self.assertEqual(self.metric(self.relay, "splices"), 1)
        joiner.leave()
        self.assertEqual(taker.expect_close().code, 1000)
        # The one that listens goes on listening.
        again = self.visit()
        self.assertEqual(self.take(host.next_ticket())[1], ("spliced", None))
        self.assertEqual(again.answer(), ("spliced", None))
        self.assertEqual(self.metric(self.relay, "spliced_bytes_total"), 2 * len(data))

    def test_many_pairs_at_once_do_not_mix(self):
        host = self.listening()
        pairs = []
        for _ in range(20):
            joiner = self.visit()
            taker, answer = self.take(host.next_ticket())
            self.assertEqual((answer, joiner.answer()), (("spliced", None),) * 2)
            pairs.append((joiner, taker))
        for index, (joiner, taker) in enumerate(pairs):
            joiner.write(b"to %d" % index)
            taker.write(b"from %d" % index)
        for index, (joiner, taker) in enumerate(pairs):
            self.assertEqual(taker.read(), b"to %d" % index)
            self.assertEqual(joiner.read(), b"from %d" % index)

    def test_nobody_listens(self):
        joiner = self.connect(self.relay)
        self.assertEqual(joiner.request(OPEN, field(1, self.owner.key)), ("refused", "nobody"))

    def test_a_slot_id_alone_steals_nothing(self):
        """Whoever is let in knows the slot's id, but not its secret."""
        host = self.listening()
        thief = self.connect(self.relay)
        stolen = field(1, self.owner.key)
        for signature in (bytes(64), os.urandom(64), thief.signature(Owner(), LISTEN)):
            self.assertEqual(thief.request(LISTEN, stolen + field(2, signature)),
                             ("refused", "signature"))
        self.visit()
        self.assertEqual(len(host.next_ticket()), 32)

    def test_a_signature_is_of_one_connection(self):
        """What the owner signed for one connection (or one relay) is of no use on another."""
        host = self.connect(self.relay)
        signature = host.signature(self.owner, LISTEN)
        replayed = field(1, self.owner.key) + field(2, signature)
        thief = self.connect(self.relay)
        self.assertEqual(thief.request(LISTEN, replayed), ("refused", "signature"))
        thief.nonce = host.nonce  # also where the nonce could be made the same
        self.assertNotEqual(thief.exporter, host.exporter)
        self.assertEqual(host.request(LISTEN, replayed), ("done", None))
        # Nor for a second request on the same one.
        self.assertEqual(host.request(LISTEN, replayed), ("refused", "signature"))

    def test_a_signature_is_of_one_action(self):
        host = self.connect(self.relay)
        signature = host.signature(self.owner, relay_client.OPEN_MAILBOX)
        wrong = field(1, self.owner.key) + field(2, signature)
        self.assertEqual(host.request(LISTEN, wrong), ("refused", "signature"))

    def test_a_ticket_is_good_once(self):
        host = self.listening()
        self.visit()
        ticket = host.next_ticket()
        self.assertEqual(self.take(ticket)[1], ("spliced", None))
        self.assertEqual(self.take(ticket)[1], ("refused", "ticket"))
        self.assertEqual(self.take(os.urandom(32))[1], ("refused", "ticket"))

    def test_a_ticket_is_good_for_ten_seconds(self):
        host = self.listening()
        joiner = self.visit()
        ticket = host.next_ticket()
        self.assertEqual(joiner.answer(), ("refused", "nobody"))
        self.assertEqual(self.take(ticket)[1], ("refused", "ticket"))
        # The joiner may try again on the same connection.
        joiner.ask(OPEN, field(1, self.owner.key))
        self.assertEqual(self.take(host.next_ticket())[1], ("spliced", None))
        self.assertEqual(joiner.answer(), ("spliced", None))

    def test_sixteen_wait_for_a_slot(self):
        host = self.listening()
        waiting = [self.visit() for _ in range(16)]
        tickets = [host.next_ticket() for _ in waiting]
        self.assertEqual(len(set(tickets)), 16)
        late = self.connect(self.relay)
        self.assertEqual(late.request(OPEN, field(1, self.owner.key)), ("refused", "busy"))
        # Another slot has its own sixteen.
        other = Owner()
        self.listening(other)
        self.visit(other)
        self.assertEqual(self.take(tickets[0])[1], ("spliced", None))
        late.ask(OPEN, field(1, self.owner.key))
        self.assertEqual(len(host.next_ticket()), 32)

    def test_a_visitor_who_has_gone_is_not_spliced(self):
        host = self.listening()
        joiner = self.visit()
        ticket = host.next_ticket()
        joiner.close()
        taker, answer = self.take(ticket)
        if answer == ("spliced", None):  # its end was not seen yet
            self.assertIn(taker.expect_close().code, (0, 1000))
        else:
            self.assertEqual(answer, ("refused", "ticket"))

    def test_the_owner_may_listen_elsewhere(self):
        first = self.listening()
        second = self.listening()
        closed = first.expect_close()
        self.assertEqual(closed.code, 4005)
        self.assertIn("elsewhere", closed.reason)
        self.visit()
        self.assertEqual(len(second.next_ticket()), 32)

    def test_requests_count_up(self):
        for number in (0, 2, 1 << 31):
            with self.subTest(number=number):
                wrong = self.connect(self.relay)
                wrong.ask(GET, field(1, self.owner.key), number=number)
                self.assertEqual(wrong.expect_close().code, 1002)

    def test_what_is_no_request_ends_the_connection(self):
        for data in (b"", b"\xff" * 40, field(1, 1), b"GET / HTTP/1.1"):
            with self.subTest(data=data):
                wrong = self.connect(self.relay)
                wrong.write(data)
                closed = wrong.expect_close()
                self.assertEqual(closed.code, 1002)
                self.assertIn("request", closed.reason)


if __name__ == "__main__":
    unittest.main()
