"""Relays over Tor: an onion service in front of one, for rooms that promise Tor and for others."""
import unittest

import relay_client
import tor_test_support
from tor_test_support import PATIENCE


class RelaysOverTor(tor_test_support.TorTest, relay_client.RelayTest):
    def setUp(self):
        super().setUp()
        self.init("anna", "bert")
        self.relay = self.start_relay("--admin", "127.0.0.1:0")
        url = self.run_binary(["relay", "url", "--listen", f"127.0.0.1:{self.relay.port}",
                               "--store", self.path("relay")])
        pin = self.check(url).out.strip().partition("#")[2]
        self.use_shared("near", "anna", "bert")
        # The service goes with its control connection.
        self.front = self.shared_tor("front").control()
        self.addCleanup(self.front.close)
        onion = self.front.add_onion(f"127.0.0.1:{self.relay.port}", port=443)
        self.address = f"{onion}.onion:443"
        self.url = f"wss://{onion}.onion/#{pin}"

    def which_tor(self, home):
        """The tor of this home, without the promise."""
        return [flag for flag in self.tor_flags(home) if flag != "--tor"]

    def test_a_relay_that_is_an_onion_service(self):
        """Its name is for tor alone, also in a room that promises nothing; and whoever comes with
        --tor has a way, though the room has no onion service."""
        host = self.stream("anna", "host", "lobby", "--relay", self.url, *self.which_tor("anna"))
        ready = host.expect("ready", timeout=PATIENCE)
        self.assertEqual(ready["routes"], [{"kind": "relay", "address": self.address}])
        invite = self.invite("anna", "lobby")
        done = self.send("bert", invite, "one", *self.which_tor("bert"), timeout=PATIENCE)
        sent = self.delivered(done)
        self.assertEqual((sent["route"], sent["address"]), ("relay", self.address))
        done = self.send("bert", "lobby", "two", *self.tor_flags("bert"), timeout=PATIENCE)
        self.assertEqual(self.delivered(done)["route"], "relay")
        host.expect("message", text="two")
        self.assertEqual(self.metric(self.relay, "splices_total"), 2)

    def test_beside_an_onion_service_of_the_room(self):
        host = self.host_tor("anna", "lobby", "--relay", self.url)
        self.assertEqual([route["kind"] for route in host.ready["routes"]], ["onion", "relay"])
        self.delivered_by_onion(self.send_tor("bert", "by onion first"))
        shown = self.check(self.sotto("anna", "--json", "status")).json["rooms"][0]
        self.assertEqual([relay["held"] for relay in shown["relays"]], [True])
        self.assertEqual(shown["route"], "onion")


if __name__ == "__main__":
    unittest.main()
