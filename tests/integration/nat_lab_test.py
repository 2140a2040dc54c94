"""The laboratory of NATs itself (tests/lab/nat_lab.py): each gateway does what its kind's name
says, the servers in it answer, nothing gets out of it and nothing is left of it.  No sotto takes
part.
"""
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import unittest

LAB = pathlib.Path(__file__).resolve().parents[1] / "lab"
sys.path.insert(0, str(LAB))
import nat_kinds
import nat_lab
import punching
import reachability
import stun_server
from processes import birth

ORACLE, MAPPER, TURN = LAB / "nat_oracle.py", LAB / "port_mapping.py", LAB / "turn_client.py"
PATIENCE = 30  # seconds
WITHOUT_UDP = ("no-udp", "firewall")

CONNECT = """
import socket, sys, time
began = time.monotonic()
socket.create_connection((sys.argv[1], int(sys.argv[2])), 20).close()
print(time.monotonic() - began)
"""
DATAGRAMS = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    for number in range(int(sys.argv[2])):
        one.sendto(bytes(int(sys.argv[3])), (sys.argv[1], 9))
"""
# A lab with all that can run in one, and the processes in it.
MAKER = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import nat_lab
lab = nat_lab.NatLab()
lab.stun_server()
home = lab.gateway("router")
home.start_router()
host = lab.host("anna", home)
host.popen(["sleep", "600"])
host.leg.spoil(delay=0.01)
print(json.dumps([str(lab.folder), [space.pid for space in lab.spaces]]), flush=True)
time.sleep(600)
"""


def python(host, code, *words):
    return host.do([sys.executable, "-B", "-c", code, *map(str, words)])


def processes_in(holders):
    """Those that run in namespaces, by the process ids of their holders: (id, when it began)."""
    inner = {os.stat(f"/proc/{holder}/ns/net").st_ino for holder in holders}
    found = set()
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.stat(entry / "ns" / "net").st_ino in inner:
                found.add((int(entry.name), birth(entry.name)))
        except OSError:
            pass  # it has ended
    return found


def still_there(processes):
    return {(pid, born) for pid, born in processes if born and birth(pid) == born}


class NatLabTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lacking = nat_lab.lacking()

    def setUp(self):
        if self.lacking:
            self.skipTest(self.lacking)

    def lab(self):
        lab = nat_lab.NatLab()
        self.addCleanup(lab.close)
        return lab

    def listener(self, host, ports):
        listener = reachability.Listener(host, ports)
        self.addCleanup(listener.close)
        return listener

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)


class Kinds(NatLabTest):
    """Each gateway, by what a host behind it finds."""

    def setUp(self):
        super().setUp()
        self.net = self.lab()
        self.server = self.net.stun_server()

    def findings(self, hosts):
        """What the oracle says on each of them."""
        with concurrent.futures.ThreadPoolExecutor(len(hosts)) as pool:
            return list(pool.map(lambda host: host.script(ORACLE, self.server.address), hosts))

    def test_each_is_what_its_name_says(self):
        homes = {kind: self.net.gateway(kind) for kind in nat_kinds.KINDS}
        hosts = [self.net.host(f"behind-{kind}", home) for kind, home in homes.items()]
        for kind, home, found in zip(nat_kinds.KINDS.values(), homes.values(),
                                     self.findings(hosts)):
            with self.subTest(kind.name):
                if kind.name in WITHOUT_UDP:
                    self.assertEqual(found, {"udp": False})
                    continue
                address, _ = found.pop("outside")
                self.assertEqual(address, home.address)
                self.assertEqual(found, {"udp": True, "mapping": kind.mapping, "ports": kind.ports,
                                         "filtering": kind.filtering, "hairpin": False})

    def test_hairpins_carriers_and_none_at_all(self):
        """A hairpin where one is asked for; a carrier's NAT before that of a home, which is what
        the world sees; and a host that is on the Internet itself."""
        hairpins = [self.net.host("anna", self.net.gateway(kind, hairpin=True))
                    for kind in ("open", "full-cone", "address-restricted")]
        carrier = self.net.carrier("symmetric")
        home = self.net.gateway("full-cone", behind=carrier)
        doubled, public = self.net.host("bob", home), self.net.host("carl")
        *turned, doubly, openly = self.findings([*hairpins, doubled, public])
        self.assertEqual([found["hairpin"] for found in turned], [True] * 3)
        self.assertTrue(home.address.startswith("100.64."), home.address)
        self.assertEqual(doubly["outside"][0], carrier.address)
        self.assertEqual((doubly["mapping"], doubly["filtering"], doubly["ports"]),
                         (nat_kinds.ADDRESS_AND_PORT, nat_kinds.ADDRESS_AND_PORT,
                          nat_kinds.RANDOM))
        self.assertEqual(openly["outside"][0], public.address)
        self.assertEqual(openly["filtering"], nat_kinds.INDEPENDENT)

    def test_which_pairs_can_be_punched(self):
        """Two independent mappings, or a symmetric one and a peer that lets in whoever comes from
        that address: 19 of 45 pairs."""
        kinds = [kind for kind in nat_kinds.KINDS.values() if kind.name != "router"]
        near, far = ([self.net.host(kind.name, self.net.gateway(kind.name)) for kind in kinds]
                     for _ in range(2))
        pairs = [(near[row], far[column])
                 for row in range(len(kinds)) for column in range(row, len(kinds))]

        def fits(one, other):
            mappings = {one.mapping, other.mapping}
            return None not in mappings and (
                mappings == {nat_kinds.INDEPENDENT} or nat_kinds.INDEPENDENT in mappings
                and nat_kinds.ADDRESS_AND_PORT not in {
                    kind.filtering for kind in (one, other)
                    if kind.mapping == nat_kinds.INDEPENDENT})
        wanted = [(one.name, other.name) for one, other in pairs
                  if fits(nat_kinds.KINDS[one.name], nat_kinds.KINDS[other.name])]
        self.assertEqual(len(wanted), 19)
        met = punching.together(self.server.address, pairs, len(wanted))
        self.assertEqual([(one.name, other.name) for one, other in met], wanted)


class Reach(NatLabTest):
    PORTS = [("tcp", 80), ("tcp", 443), ("tcp", 5000), ("udp", 443), ("udp", 5000)]

    def targets(self, address):
        return [(protocol, address, port) for protocol, port in self.PORTS]

    def test_who_reaches_whom(self):
        """From homes to the Internet as far as the gateway lets, into homes only where it is open,
        and from one home to another's inside never."""
        net = self.lab()
        public = net.host("public")
        homes = {kind: net.gateway(kind) for kind in ("open", "port-restricted", "no-udp",
                                                      "firewall")}
        hosts = {kind: net.host(kind, home) for kind, home in homes.items()}
        for host in (public, *hosts.values()):
            self.listener(host, self.PORTS)
        inside = [target for host in hosts.values() for target in self.targets(host.address)]
        doors = [target for home in homes.values() for target in self.targets(home.address)]
        everything = self.targets(public.address) + inside + doors
        lets_out = {"open": self.PORTS, "port-restricted": self.PORTS,
                    "no-udp": [("tcp", 80), ("tcp", 443), ("tcp", 5000)],
                    "firewall": [("tcp", 443)], "public": self.PORTS}

        def wanted(name):
            ways = {(protocol, public.address, port): "public"
                    for protocol, port in lets_out[name]}
            if name != "open":
                ways |= {(protocol, homes["open"].address, port): "open"
                         for protocol, port in lets_out[name]}
            if name in hosts:  # its own address, which is no way through a gateway
                ways |= {target: name for target in self.targets(hosts[name].address)}
            return ways
        sources = [public, *hosts.values()]
        with concurrent.futures.ThreadPoolExecutor(len(sources)) as pool:
            found = list(pool.map(lambda host: reachability.reached(
                host, everything, len(wanted(host.name))), sources))
        for host, answers in zip(sources, found):
            with self.subTest(host.name):
                self.assertEqual(answers, wanted(host.name))

    def test_nothing_gets_out(self):
        """To whatever address of this machine itself."""
        host = self.lab().host("anna")
        here = subprocess.run(["ip", "-j", "-4", "address"], capture_output=True, check=True)
        addresses = [entry["local"] for link in json.loads(here.stdout)
                     for entry in link["addr_info"]]
        with socket.create_server(("0.0.0.0", 0)) as listener:
            port = listener.getsockname()[1]
            self.assertIn("127.0.0.1", addresses)
            targets = [("tcp", address, port) for address in addresses]
            self.assertEqual(reachability.reached(host, targets), {})


class Changes(NatLabTest):
    """What happens in the middle of everything."""

    def test_addresses(self):
        net = self.lab()
        server, home, other = net.stun_server(), net.gateway("full-cone"), net.gateway("counting")
        host = net.host("anna", home)

        def outside():
            return host.script(ORACLE, server.address, "--only-outside")["outside"][0]
        first = home.address
        self.assertEqual(outside(), first)
        home.change_address()
        self.assertNotEqual(home.address, first)
        self.assertEqual(outside(), home.address)
        inner = host.address
        host.move(home)
        self.assertNotEqual(host.address, inner)
        self.assertEqual(outside(), home.address)
        host.move(other)
        self.assertEqual(outside(), other.address)
        host.move(net)
        self.assertEqual(outside(), host.address)

    def test_flows(self):
        """They are forgotten in time, and at once where they have to be."""
        net = self.lab()
        home, bob = net.gateway("port-restricted"), net.host("bob")
        anna = net.host("anna", home)

        def flows():
            """For how many seconds each is remembered."""
            return [int(line.split()[2]) for line in
                    home.do(["conntrack", "-L", "-p", "udp", "-d", bob.address]).splitlines()]

        def flow():
            python(anna, DATAGRAMS, bob.address, 1, 10)
            (seconds,) = flows()
            return seconds
        self.assertGreater(flow(), 12)
        for change in (lambda: home.become("port-restricted", flow_timeout=12), home.change_address,
                       home.reboot):
            self.assertEqual(len(flows()), 1)
            change()
            self.assertEqual(flows(), [])
            self.assertLessEqual(flow(), 12)

    def test_cables(self):
        net = self.lab()
        anna, bob = net.host("anna"), net.host("bob")
        listener = [("tcp", 443)]
        self.listener(bob, listener)
        target = ("tcp", bob.address, 443)

        bob.leg.cut()
        self.assertEqual(reachability.reached(anna, [target]), {})
        bob.leg.mend()
        self.assertEqual(reachability.reached(anna, [target], 1), {target: "bob"})

        bob.leg.spoil(delay=0.15)
        self.assertGreaterEqual(float(python(anna, CONNECT, bob.address, 443)), 0.3)

        # One in five of a thousand, by eight standard deviations.
        bob.leg.spoil(loss=0.2)
        before = bob.received()
        python(anna, DATAGRAMS, bob.address, 1000, 10)
        self.wait_until(lambda: bob.received() - before > 700, "too much is lost")
        bob.leg.mend()
        self.assertLess(bob.received() - before, 900)

        # 200 frames of 1042 bytes.
        bob.leg.spoil(rate=1e6)
        before, began = bob.received(), time.monotonic()
        python(anna, DATAGRAMS, bob.address, 200, 1000)
        self.wait_until(lambda: bob.received() - before >= 200, "not all have come")
        self.assertGreaterEqual(time.monotonic() - began, 200 * 1042 * 8 / 1e6)
        bob.leg.mend()
        self.assertEqual(reachability.reached(anna, [target], 1), {target: "bob"})


class Routers(NatLabTest):
    def test_ports_are_opened_and_forgotten_with_a_reboot(self):
        net = self.lab()
        home = net.gateway("router")
        home.start_router()
        anna, bob = net.host("anna", home), net.host("bob")
        inner = home.lan.router
        ports = [("udp", 4001), ("udp", 4002), ("tcp", 4003), ("udp", 4004)]
        self.listener(anna, ports)
        doors = [(protocol, home.address, port) for protocol, port in ports]

        began = time.monotonic()
        mapped = anna.script(MAPPER, "pcp", inner, anna.address, 4001)
        self.assertEqual((mapped["version"], mapped["result"], mapped["outside"]),
                         (2, 0, [home.address, 4001]))
        mapped = anna.script(MAPPER, "natpmp", inner, anna.address, 4002)
        self.assertEqual((mapped["result"], mapped["outside"]), (0, [home.address, 4002]))
        mapped = anna.script(MAPPER, "upnp", anna.address, 4003, "--tcp")
        self.assertEqual(mapped, {"outside": [home.address, 4003]})
        listed = anna.script(MAPPER, "upnp-list")
        self.assertEqual({(entry["protocol"], entry["outer"]) for entry in listed},
                         {("udp", 4001), ("udp", 4002), ("tcp", 4003)})
        self.assertEqual(reachability.reached(bob, doors, 3),
                         {door: "anna" for door in doors[:3]})

        anna.script(MAPPER, "natpmp", inner, anna.address, 4002, "--life", 0)
        anna.script(MAPPER, "upnp", anna.address, 4003, "--tcp", "--life", 0)
        self.assertEqual([entry["outer"] for entry in anna.script(MAPPER, "upnp-list")], [4001])

        epochs = []

        def says_two():
            epochs.append(anna.script(MAPPER, "announce", inner, anna.address)["epoch"])
            return epochs[-1] >= 2
        self.wait_until(says_two, epochs)
        home.reboot()
        said = anna.script(MAPPER, "announce", inner, anna.address)["epoch"]
        # Less than its clock would show by now.
        self.assertGreater(epochs[-1] + time.monotonic() - began - said, 2)
        self.assertEqual(anna.script(MAPPER, "upnp-list"), [])
        self.assertEqual(reachability.reached(bob, doors), {})

    def test_behind_a_carrier_it_refuses(self):
        """A port on an address that nobody outside can reach is no use."""
        net = self.lab()
        home = net.gateway("router", behind=net.carrier())
        home.start_router()
        host = net.host("anna", home)
        self.assertEqual(host.script(MAPPER, "pcp", home.lan.router, host.address,
                                     4001)["result"], 8)
        self.assertEqual(host.script(MAPPER, "natpmp", home.lan.router, host.address,
                                     4001)["result"], 3)
        self.assertIn("error", host.script(MAPPER, "upnp", host.address, 4001))


class Servers(NatLabTest):
    def test_turn(self):
        """Over each transport, through the NATs that leave nothing else; not without the word."""
        net = self.lab()
        server = net.stun_server()
        symmetric = net.host("anna", net.gateway("symmetric"))
        walled = net.host("bob", net.gateway("firewall"))

        def turn(host, port, transport, password=stun_server.PASSWORD):
            return host.script(TURN, server.address, port, transport, "--user", stun_server.USER,
                               "--password", password, "--certificate", server.certificate)
        for host, port, transport in ((symmetric, stun_server.STUN_PORT, "udp"),
                                      (symmetric, stun_server.STUN_PORT, "tcp"),
                                      (walled, stun_server.TLS_PORT, "tcp"),
                                      (walled, stun_server.TLS_PORT, "tls")):
            with self.subTest(transport):
                done = turn(host, port, transport)
                self.assertTrue(done["echoed"])
                self.assertEqual(done["relayed"][0], server.address)
        self.assertEqual(turn(symmetric, stun_server.STUN_PORT, "udp", "wrong"), {"error": 401})
        server.stop()
        server.start()
        self.assertTrue(turn(symmetric, stun_server.STUN_PORT, "udp")["echoed"])


class Keeping(NatLabTest):
    """Labs are apart from each other, and nothing is left of them."""

    def test_two_at_once(self):
        """With the same addresses."""
        labs = [self.lab(), self.lab()]
        annas = [net.host("anna", net.gateway("port-restricted")) for net in labs]
        bobs = [net.host(f"bob{number}") for number, net in enumerate(labs)]
        self.assertEqual(bobs[0].address, bobs[1].address)
        target = ("tcp", bobs[0].address, 443)
        for bob in bobs:
            self.listener(bob, [("tcp", 443)])
        for number, anna in enumerate(annas):
            self.assertEqual(reachability.reached(anna, [target], 1), {target: f"bob{number}"})
        labs[0].close()
        self.assertEqual(reachability.reached(annas[1], [target], 1), {target: "bob1"})

    def test_all_of_it_ends(self):
        net = self.lab()
        net.stun_server()
        home = net.gateway("router")
        home.start_router()
        host = net.host("anna", home)
        host.leg.spoil(loss=0.5)
        forgotten = host.popen(["sleep", "600"])
        running = processes_in([space.pid for space in net.spaces])
        self.assertGreater(len(running), 4 + len(net.spaces))
        net.close()
        forgotten.wait(PATIENCE)
        self.wait_until(lambda: not still_there(running), "it still runs")
        self.assertFalse(net.folder.exists())

    def test_it_ends_with_the_process_that_made_it(self):
        maker = subprocess.Popen([sys.executable, "-B", "-c", MAKER, LAB], text=True,
                                 stdout=subprocess.PIPE)
        self.addCleanup(maker.stdout.close)
        self.addCleanup(maker.wait)
        self.addCleanup(maker.kill)
        folder, holders = json.loads(maker.stdout.readline())
        running = processes_in(holders)
        self.assertGreater(len(running), 4 + len(holders))
        maker.kill()
        maker.wait()
        self.wait_until(lambda: not still_there(running), "it still runs")
        self.wait_until(lambda: not os.path.exists(folder), f"{folder} is still there")


if __name__ == "__main__":
    unittest.main(verbosity=2)
