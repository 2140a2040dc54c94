"""Rooms through `sotto relay`: the lines of the manual, two relays and the death of one, slots
that change hands, pins, tokens, proxies, and what the policy of Tor says of them."""
import base64
import re
import socket
import threading
import unittest

import harness
import relay_client


class ConnectProxy:
    """An HTTP proxy that connects (RFC 9110 section 9.3.6), perhaps to those alone who have a
    password, and remembers where to."""

    def __init__(self, test, credentials=None):
        self.wanted = credentials and base64.b64encode(credentials.encode()).decode()
        self.asked, self.refused = [], 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self.server.close)

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                more = client.recv(1)
                if not more:
                    return
                head += more
            lines = head.decode().split("\r\n")
            given = next((line.split(" ")[-1] for line in lines
                          if line.lower().startswith("proxy-authorization: basic ")), None)
            if given != self.wanted:
                self.refused += 1
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                               b"Proxy-Authenticate: Basic realm=\"x\"\r\n"
                               b"Content-Length: 0\r\n\r\n")
                return
            place = lines[0].split(" ")[1]
            self.asked.append(place)
            host, _, port = place.rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
                back.start()
                self._pump(client, server)
                back.join()

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class RelayRoute(relay_client.RelayTest):
    def setUp(self):
        super().setUp()
        self.init("A", "B")
        self.relays = 0

    def relay(self, *flags, port=0, store=None):
        """One that runs, with its address and URL."""
        if store is None:
            self.relays += 1
            store = f"relay-{self.relays}"
        relay = self.start_relay("--admin", "127.0.0.1:0", *flags, port=port, store=store)
        relay.store, relay.address = store, f"127.0.0.1:{relay.port}"
        url = self.run_binary(["relay", "url", "--listen", relay.address, "--store",
                               self.path(store)])
        relay.url = self.check(url).out.strip()
        return relay

    def host_by(self, *relays, flags=(), home="A"):
        words = [word for relay in relays for word in ("--relay", relay.url)]
        host = self.stream(home, "host", "ops", *words, *flags)
        host.ready = host.expect("ready")
        return host

    def shown_relays(self):
        shown = self.check(self.sotto("A", "--json", "status")).json["rooms"][0]["relays"]
        return {relay["address"]: relay for relay in shown}


class MustShow(RelayRoute):
    """The lines of the manual, word for word."""

    def test_host_and_send(self):
        port = harness.free_port()
        relay = self.stream("R", "relay", "--listen", f"127.0.0.1:{port}", "--self-signed",
                            "--store", self.path("d"))
        relay.expect("ready")
        url = self.check(self.run_binary(["relay", "url", "--listen", f"127.0.0.1:{port}",
                                          "--store", self.path("d")])).out.strip()
        key = ["--invite-passphrase-file", self.file("p", "correct horse\n")]
        host = self.stream("A", "host", "ops", "--relay", url, "--export", self.path("inv"), *key)
        ready = host.expect("ready")
        self.assertEqual(ready["routes"], [{"kind": "relay", "address": f"127.0.0.1:{port}"}])
        sent = self.delivered(self.sotto("B", "--json", "send", self.path("inv"), *key, "hi"))
        self.assertEqual((sent["route"], sent["address"]), ("relay", f"127.0.0.1:{port}"))
        self.assertEqual(host.expect("message")["text"], "hi")

    def test_killing_a_relay_in_mid_conversation_loses_nothing(self):
        """Nor is anything shown twice, on either side."""
        one, two = self.relay(), self.relay()
        host = self.host_by(one, two, flags=["--export", self.path("inv"), "--unsealed"])
        self.assertEqual({route["address"] for route in host.ready["routes"]},
                         {one.address, two.address})
        member = self.join("B", self.path("inv"))
        self.assertEqual(member.link["address"], one.address)
        said = [f"word {number}" for number in range(60)]
        for text in said[:30]:
            member.type(text + "\n")
        host.expect("message", text=said[3])
        one.kill()
        for text in said[30:]:
            member.type(text + "\n")
        again = member.expect("link", address=two.address)
        self.assertEqual(again["route"], "relay")
        host.expect("message", text=said[-1])
        self.assertEqual(host.messages(), said)
        self.assertIn(one.address, host.expect("notice", code="relay.lost")["text"])
        self.check(self.send("A", "ops", "and back"))
        member.expect("message", text="and back")
        self.assertEqual(member.messages(), ["and back"])


class Slots(RelayRoute):
    def test_one_link_is_one_pair(self):
        relay = self.relay()
        host = self.host_by(relay)
        self.delivered(self.send("B", self.invite("A", "ops"), "one"))
        self.join("B", "ops")
        self.assertEqual(self.metric(relay, "splices_total"), 2)
        self.assertEqual(host.messages(), ["one"])

    def test_a_relay_that_comes_back_holds_the_room_again(self):
        one, two = self.relay(), self.relay()
        host = self.host_by(one, two)
        one.kill()
        host.expect("notice", code="relay.lost")
        self.assertFalse(self.shown_relays()[one.address]["held"])
        again = self.relay(port=one.port, store=one.store)
        self.assertEqual(again.url, one.url)
        self.assertIn(one.address, host.expect("notice", code="relay.back")["text"])
        self.assertTrue(self.shown_relays()[one.address]["held"])

    def test_a_third_takes_the_place_of_one_that_has_gone(self):
        one, two, three = self.relay(), self.relay(), self.relay()
        host = self.host_by(one, two, three)
        self.assertEqual({route["address"] for route in host.ready["routes"]},
                         {one.address, two.address})
        one.kill()
        host.expect("notice", code="relay.lost")
        self.assertIn(three.address, host.expect("notice", code="relay.back")["text"])
        two.kill()
        self.delivered(self.send("B", self.invite("A", "ops"), "by the third"))

    def test_the_host_that_comes_back_has_the_slot(self):
        """Its connection of before may seem to stand: the room's key says whose it is."""
        relay = self.relay()
        host = self.host_by(relay)
        invite = self.invite("A", "ops")
        host.process.kill()
        host.process.wait()
        again = self.host_by(relay)
        self.delivered(self.send("B", invite, "to the new one"))
        again.expect("message", text="to the new one")

    def test_a_room_stays_on_its_relays(self):
        """Connection files name them: without a flag they are held beside direct addresses."""
        relay = self.relay()
        host = self.host_by(relay)
        invite = self.invite("A", "ops")
        host.stop()
        again = self.stream("A", "host", "ops", "--bind", "127.0.0.1")
        ready = again.expect("ready")
        self.assertEqual([route["kind"] for route in ready["routes"]], ["direct", "relay"])
        sent = self.delivered(self.send("B", invite, "by the old file"))
        self.assertEqual(sent["route"], "relay")
        again.stop()
        alone = self.stream("A", "host", "ops", "--direct", "--bind", "127.0.0.1")
        self.assertEqual([route["kind"] for route in alone.expect("ready")["routes"]], ["direct"])


class Choices(RelayRoute):
    def test_alone_there_is_no_direct_way(self):
        relay = self.relay()
        host = self.host_by(relay)
        self.assertEqual([route["kind"] for route in host.ready["routes"]], ["relay"])
        shown = self.check(self.sotto("A", "--json", "status")).json["rooms"][0]
        self.assertEqual(shown["addresses"], [relay.url])
        self.assertEqual(self.listening(host.pid), [])

    def listening(self, pid):
        """The TCP ports that a process listens on."""
        inodes = set()
        for entry in (harness.pathlib.Path(f"/proc/{pid}/fd")).iterdir():
            try:
                found = re.match(r"socket:\[(\d+)\]", str(entry.readlink()))
            except FileNotFoundError:  # closed meanwhile
                continue
            if found:
                inodes.add(found[1])
        ports = []
        for table in ("tcp", "tcp6"):
            for line in (harness.pathlib.Path(f"/proc/{pid}/net") / table).read_text().splitlines():
                words = line.split()
                if words[3] == "0A" and words[9] in inodes:
                    ports.append(words[1])
        return ports

    def test_with_direct_both_are_there_and_direct_is_first(self):
        relay = self.relay()
        host = self.host_by(relay, flags=["--direct", "--bind", "127.0.0.1"])
        self.assertEqual([route["kind"] for route in host.ready["routes"]], ["direct", "relay"])
        sent = self.delivered(self.send("B", self.invite("A", "ops"), "hello"))
        self.assertEqual(sent["route"], "direct")

    def test_past_direct_addresses_that_do_not_answer(self):
        relay = self.relay()
        host = self.host_by(relay, flags=["--direct", "--bind", "127.0.0.1"])
        invite = self.invite("A", "ops")
        host.stop()
        self.host_by(relay)
        sent = self.delivered(self.send("B", invite, "hello"))
        self.assertEqual(sent["route"], "relay")

    def test_settings(self):
        relay = self.relay()
        settings = self.file("settings.toml", f'[relay]\nurls = ["{relay.url}"]\n')
        host = self.stream("A", "--config", settings, "host", "ops", "--bind", "127.0.0.1")
        self.assertEqual([route["kind"] for route in host.expect("ready")["routes"]],
                         ["direct", "relay"])
        # One of them that does not work keeps no room from being open.
        other = self.file("other.toml", '[relay]\nurls = ["wss://127.0.0.1:9/"]\n')
        host = self.stream("B", "--config", other, "host", "mine", "--bind", "127.0.0.1")
        self.assertEqual([route["kind"] for route in host.expect("ready")["routes"]], ["direct"])

    def test_the_member_prefers_the_one_that_is_named(self):
        one, two = self.relay(), self.relay()
        self.host_by(one, two)
        sent = self.send("B", self.invite("A", "ops"), "hello", "--relay", two.url)
        self.assertEqual(self.delivered(sent)["address"], two.address)

    def test_none_can_be_used(self):
        relay = self.relay()
        relay.kill()
        wrong = self.relay()
        pinned = wrong.url.partition("#")[0] + "#pin=" + "A" * 43
        host = self.stream("A", "host", "ops", "--relay", relay.url, "--relay", pinned)
        error = host.expect("error", code="relay.none")
        self.assertIn(relay.address, error["text"])
        self.assertIn("another key", error["text"])
        self.assertEqual(host.wait(), 6)

    def test_a_member_refuses_another_key_than_the_pin(self):
        one = self.relay()
        host = self.host_by(one)
        invite = self.invite("A", "ops")
        host.stop()
        one.stop()
        self.relay(port=one.port)  # somebody else, in its place
        done = self.send("B", invite, "hello", "--timeout", "3s")
        self.refused(done, 6, "relay.pin")

    def test_words_that_are_none(self):
        for flags, code, name in ((["--relay", "relay.example"], 2, "relay.url"),
                                  (["--relay", "wss://a/", "--relay", "wss://a/"], 2, "relay.url"),
                                  (["--proxy", "http://u:p@h:1"], 2, "relay.proxy")):
            self.refused(self.sotto("A", "--json", "host", "ops", *flags), code, name)


class Tokens(RelayRoute):
    def setUp(self):
        super().setUp()
        self.guarded = self.relay("--tokens", self.file("tokens", "swordfish Anna\nhalibut\n"))

    def test_who_has_none_is_told(self):
        host = self.stream("A", "host", "ops", "--relay", self.guarded.url)
        self.assertIn("access token", host.expect("error", code="relay.none")["text"])
        wrong = ["--relay-token-file", self.file("wrong", "herring\n")]
        host = self.stream("A", "host", "ops", "--relay", self.guarded.url, *wrong)
        self.assertIn("access token", host.expect("error", code="relay.none")["text"])

    def test_each_side_has_its_own(self):
        mine = self.file("mine", f"{self.guarded.address} swordfish\nother\n")
        host = self.host_by(self.guarded, flags=["--relay-token-file", mine])
        invite = self.invite("A", "ops")
        self.refused(self.send("B", invite, "hello", "--timeout", "3s"), 6, "relay.token")
        # The relay was named by the invite: the token for the relays of one's own stays away.
        own = self.file("own", "halibut\n")
        self.refused(self.send("B", invite, "hello", "--timeout", "3s", "--relay-token-file", own),
                     6, "relay.token")
        theirs = self.file("theirs", f"{self.guarded.address} halibut\n")
        self.delivered(self.send("B", invite, "hello", "--relay-token-file", theirs))
        self.assertEqual(host.messages(), ["hello"])


class Proxies(RelayRoute):
    def test_relays_are_reached_through_it(self):
        relay, proxy = self.relay(), ConnectProxy(self)
        self.host_by(relay, flags=["--proxy", f"http://{proxy.address}"])
        self.delivered(self.send("B", self.invite("A", "ops"), "hello", "--proxy",
                                 f"http://{proxy.address}"))
        # The host's two connections, the member's, and those for what is kept there.
        self.assertEqual(set(proxy.asked), {relay.address})
        self.assertGreaterEqual(len(proxy.asked), 3)

    def test_one_with_a_password(self):
        relay, proxy = self.relay(), ConnectProxy(self, "anna:swordfish")
        self.host_by(relay)
        invite = self.invite("A", "ops")
        url = f"http://anna@{proxy.address}"
        done = self.send("B", invite, "hello", "--proxy", url, "--timeout", "3s")
        self.refused(done, 6, "proxy.auth")
        self.assertEqual(proxy.asked, [])
        password = self.file("password", "swordfish\n")
        self.delivered(self.send("B", invite, "hello", "--proxy", url, "--proxy-password-file",
                                 password))
        self.assertEqual(proxy.asked, [relay.address])

    def test_direct_connections_do_without_it(self):
        proxy = ConnectProxy(self)
        self.host("A", "ops")
        sent = self.send("B", self.invite("A", "ops"), "hello", "--proxy",
                         f"http://{proxy.address}")
        self.assertEqual(self.delivered(sent)["route"], "direct")
        self.assertEqual(proxy.asked, [])

    def test_none_under_the_promise_of_tor(self):
        proxy = ["--proxy", "http://127.0.0.1:9"]
        self.refused(self.sotto("A", "--json", "host", "ops", "--tor", *proxy), 8,
                     "policy.tor_only")
        relay = self.relay()
        self.host_by(relay)
        done = self.send("B", self.invite("A", "ops"), "hello", "--tor", *proxy)
        self.refused(done, 8, "policy.tor_only")


if __name__ == "__main__":
    unittest.main()
