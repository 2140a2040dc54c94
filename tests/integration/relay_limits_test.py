"""What a relay does with those who take too much of it: it says so, and serves the others."""
import resource
import socket
import unittest

import relay_client
from relay_client import GET, LISTEN, Owner, field


class Limits(relay_client.RelayTest):
    def served(self, relay, source="127.0.0.1"):
        """Somebody from there gets what they ask for."""
        connection = self.connect(relay, source=source)
        self.assertEqual(connection.request(GET, field(1, Owner().key)), ("refused", "unknown"))
        return connection

    def test_connections_of_one_address_block(self):
        relay = self.start_relay("--connections-per-block", "3")
        there = [self.served(relay, source=f"127.0.0.{10 + index}") for index in range(3)]
        refused = self.connect(relay, source="127.0.0.20", hello=False)
        closed = refused.expect_close()
        self.assertEqual(closed.code, 4002)
        self.assertIn("too many connections", closed.reason)
        limit = relay.expect("notice", code="limit")
        self.assertEqual(limit["level"], "warning")
        self.assertNotIn("from", limit)  # no addresses unless they were asked for
        self.served(relay, source="127.0.1.1")  # another block
        refused.close()
        there[0].close()
        self.eventually(lambda: self.served(relay))

    def eventually(self, attempt):
        """`attempt` until it is not turned away any more."""
        for _ in range(200):
            try:
                return attempt()
            except relay_client.Closed:
                pass
        raise AssertionError("turned away for ever")

    def test_addresses_are_logged_where_it_was_asked_for(self):
        relay = self.start_relay("--connections-per-block", "1", "--log-addresses")
        self.served(relay)
        self.connect(relay, hello=False).expect_close()
        self.assertEqual(relay.expect("notice", code="limit")["from"], "127.0.0.0/24")

    def test_connections_of_all(self):
        relay = self.start_relay("--max-connections", "2")
        self.served(relay, source="127.0.1.1")
        self.served(relay, source="127.0.2.1")
        closed = self.connect(relay, source="127.0.3.1", hello=False).expect_close()
        self.assertEqual(closed.code, 1013)
        self.assertIn("full", closed.reason)

    def test_requests_of_one_address_block(self):
        relay = self.start_relay("--requests-per-block", "10")
        connection = self.connect(relay)
        answers = []
        try:
            for _ in range(200):
                answers.append(connection.request(GET, field(1, Owner().key)))
        except relay_client.Closed as closed:
            self.assertEqual(closed.code, 4003)
            self.assertIn("too many requests", closed.reason)
        self.assertEqual(answers[0], ("refused", "unknown"))
        self.assertEqual(answers[-1], ("refused", "rate"))
        self.served(relay, source="127.0.1.1")

    def test_bytes_are_slowed_down_and_not_stopped(self):
        relay = self.start_relay("--rate-per-slot", "300K")
        owner = Owner()
        host, joiner, taker = (self.connect(relay) for _ in range(3))
        self.assertEqual(host.listen(owner), ("done", None))
        joiner.ask(relay_client.OPEN, field(1, owner.key))
        self.assertEqual(taker.request(relay_client.TAKE, field(1, host.next_ticket())),
                         ("spliced", None))
        self.assertEqual(joiner.answer(), ("spliced", None))
        # Three times what may come at once, so that the relay has to wait in between.
        for _ in range(9):
            joiner.write(bytes(50_000))
        got = 0
        while got < 450_000:
            got += len(taker.read())
        self.assertEqual(got, 450_000)

    def test_the_memory_ceiling(self):
        relay = self.start_relay("--memory", "1M", "--admin", "127.0.0.1:0")
        relay.expect("notice", code="limit")
        closed = self.connect(relay, hello=False).expect_close()
        self.assertEqual(closed.code, 1013)
        self.assertEqual(self.page(relay, "/healthz")[0], 200)

    def test_tokens(self):
        tokens = self.file("tokens", "# who may use it\nsesame Anna\nalso-good\n")
        relay = self.start_relay("--tokens", tokens)
        for token in (None, "sesam", "Sesame", "sesame1", "Anna"):
            with self.subTest(token=token):
                connection = self.connect(relay)
                self.assertTrue(connection.token_wanted)
                self.assertEqual(connection.request(GET, field(1, Owner().key), token=token),
                                 ("refused", "token"))
                self.assertEqual(connection.expect_close().code, 4001)
        for token in ("sesame", "also-good"):
            connection = self.connect(relay)
            self.assertEqual(connection.request(GET, field(1, Owner().key), token=token),
                             ("refused", "unknown"))
            self.assertEqual(connection.listen(Owner()), ("done", None))

    def test_a_first_request_comes_within_its_time(self):
        relay = self.start_relay()
        closed = self.connect(relay).expect_close()
        self.assertEqual(closed.code, 4004)
        self.assertIn("too long", closed.reason)

    def test_one_connection_holds_so_many_slots(self):
        relay = self.start_relay()
        host = self.connect(relay)
        for _ in range(64):
            self.assertEqual(host.listen(Owner()), ("done", None))
        self.assertEqual(host.listen(Owner()), ("refused", "quota"))
        self.assertEqual(self.connect(relay).listen(Owner()), ("done", None))

    def test_ten_thousand_half_open_handshakes_keep_nobody_out(self):
        relay = self.start_relay("--admin", "127.0.0.1:0")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 10_500:
            self.skipTest("this system allows too few descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 10_500), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        flood = []
        self.addCleanup(lambda: [one.close() for one in flood])
        hello = bytes.fromhex("160301")  # the first bytes of one, and never the rest
        for index in range(10_000):
            one = socket.socket()
            one.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            one.bind((f"127.{1 + index // 250}.0.{1 + index % 250}", 0))
            one.connect(("127.0.0.1", relay.port))
            try:
                one.sendall(hello)
            except OSError:
                pass  # it had to go already
            flood.append(one)
            if index % 1000 == 999:
                self.served(relay, source="127.200.0.1").close()
        self.served(relay, source="127.200.0.1")
        self.served(relay, source="127.3.0.7")  # from where others flood, too
        self.assertLessEqual(self.metric(relay, "half_open_connections"), 1024)
        self.assertGreater(self.metric(relay, "connections_total"), 10_000)

    def test_hundreds_of_idle_listeners(self):
        relay = self.start_relay("--admin", "127.0.0.1:0", "--requests-per-block", "1000")
        owners = [Owner() for _ in range(300)]
        hosts = []
        for index, owner in enumerate(owners):
            host = self.connect(relay, source=f"127.{1 + index // 100}.0.1")
            self.assertEqual(host.owned(owner, LISTEN), ("done", None))
            hosts.append(host)
        self.assertEqual(self.metric(relay, "listening_slots"), 300)
        for owner, host in list(zip(owners, hosts))[::50]:
            joiner = self.connect(relay)
            joiner.ask(relay_client.OPEN, field(1, owner.key))
            self.assertEqual(len(host.next_ticket()), 32)


if __name__ == "__main__":
    unittest.main()
