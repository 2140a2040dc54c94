"""Cables and switches between network namespaces.

    wire = Wire(space, "lan", "10.1.0.0/24", router=1, first=2)    a switch: a bridge
    leg = wire.attach(other, "eth0")                a cable to another, with an address there
    leg.cut(); leg.mend()                           frames vanish, and do not
    leg.spoil(delay=0.025, loss=0.01, rate=20e6)    a long, bad or thin cable

Everything is IPv4.
"""
import ipaddress
import itertools
import pathlib
import subprocess
import sys

from network_namespace import LabError

SPOILER = pathlib.Path(__file__).with_name("spoiled_cable.py")


class Wire:
    """A switch in a namespace, and who has which address on it.

    `router`: the last number of its own address, which default routes lead to; `first`: of the
    first that is given to others."""

    def __init__(self, space, bridge, network, router, first):
        self.space, self.bridge = space, bridge
        self.network = ipaddress.ip_network(network)
        self.router = self.address(router)
        self._next = itertools.count(first)
        self._ports = itertools.count(1)
        # Some kernels run the rules of a router for frames that a bridge passes on as well, and
        # drop what a router sends back to where it came from.
        space.do(["sh", "-c", "f=/proc/sys/net/bridge/bridge-nf-call-iptables; "
                  "[ ! -e $f ] || echo 0 > $f"])
        space.ip(f"link add {bridge} type bridge",
                 f"address add {self.router}/{self.network.prefixlen} dev {bridge}",
                 f"link set {bridge} up")

    def address(self, number):
        return str(self.network[number])

    def next_address(self):
        return self.address(next(self._next))

    def attach(self, space, link, addresses=()):
        """Plugs in a namespace, by a new link there with the next address, or those given.  Its
        default route leads to the router of this wire."""
        return Leg(self, f"{self.bridge}{next(self._ports)}", space, link,
                   list(addresses) or [self.next_address()])


class Leg:
    """The cable from a switch to one namespace."""

    def __init__(self, wire, port, space, link, addresses):
        self.wire, self.port, self.space, self.link = wire, port, space, link
        self.addresses = addresses
        self._spoiler = None
        # One segment a frame, so that what is lost or counted is what a real cable would carry.
        # No ARP: the system is not to answer at a port while that is not in the bridge.
        wire.space.ip(f"link add {port} gso_max_segs 1 type veth "
                      f"peer name {link} gso_max_segs 1 netns {space.pid}",
                      f"link set {port} arp off master {wire.bridge} up")
        space.ip(f"link set {link} up",
                 *(self._address("add", address) for address in addresses),
                 f"route add default via {wire.router}")

    @property
    def address(self):
        return self.addresses[0]

    def _address(self, verb, address):
        return f"address {verb} {address}/{self.wire.network.prefixlen} dev {self.link}"

    def readdress(self):
        """Another address instead of all it has, as a provider does it over night."""
        old, self.addresses = self.addresses, [self.wire.next_address()]
        self.space.ip(*(self._address("del", address) for address in old),
                      self._address("add", self.address),
                      f"route add default via {self.wire.router}")

    def cut(self):
        """Frames vanish from now on; neither end is told."""
        self._end_spoiler()
        self.wire.space.ip(f"link set {self.port} nomaster")

    def mend(self):
        """A good cable again."""
        self._end_spoiler()
        self.wire.space.ip(f"link set {self.port} master {self.wire.bridge}")

    def spoil(self, delay=0, loss=0, rate=None, seed=1):
        """`delay` in seconds and `loss` as a share, each way; `rate` in bits a second."""
        self.cut()
        inner, outer = f"{self.port}-in", f"{self.port}-out"
        space = self.wire.space
        space.ip(f"link add {inner} type veth peer name {outer}",
                 f"link set {outer} master {self.wire.bridge} up", f"link set {inner} up")
        self._spoiler = space.serve(
            [sys.executable, "-B", SPOILER, self.port, inner, str(delay), str(loss),
             str(rate or 0), str(seed)], stdout=subprocess.PIPE, text=True)
        if self._spoiler.stdout.readline() != "ready\n":
            raise LabError(f"the cable {self.port} has not become bad")

    def _end_spoiler(self):
        if self._spoiler:
            self._spoiler.kill()
            self._spoiler.wait()
            self._spoiler.stdout.close()
            self._spoiler = None
            self.wire.space.ip(f"link del {self.port}-in")

    def remove(self):
        self._end_spoiler()
        self.wire.space.ip(f"link del {self.port}")
