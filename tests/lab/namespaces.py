"""Network namespaces in which a leak cannot hide: for showing that `sotto --tor` sends no packet,
and speaks to tor's unix sockets alone.

    lab = Lab(folder)            with a private Tor network in a namespace of its own, lab.network
    near = lab.near("tor")       a namespace for a tor: reaches this network and nothing else
    cell = lab.cell("anna")      a namespace for a sotto: every packet is dropped and counted
    cell.run(["sotto", ...])     a command in there; cell.counters() and cell.seen() tell on it
    lab.wrapper(near)            a folder for PATH with a `tor` that runs in another namespace, for
                                 a sotto that starts its own
    lab.close()

A cell has addresses and default routes of both families over a link, and a loopback, so that
whatever is sent does leave its socket.  Unix sockets in the file system lead out of it, but for
those of the system's services: in a cell /run is empty, so nobody there resolves a name for it.

The namespaces end with whoever made the lab, also when that is killed (network_namespace.py).
"""
import itertools
import os
import pathlib
import shutil

import private_tor_net
from network_namespace import LabError, Namespace

NETWORK = "10.77.0.1"  # where the private Tor network is

# Packets of IP are dropped where they leave and reach processes; what goes around that (ARP,
# packet sockets), on the way to and from the link.
CELL = """
table inet cell {
  counter output { }
  counter input { }
  counter forward { }
  set seen4 {
    type ipv4_addr . inet_proto . inet_service
    flags dynamic
    size 1000
    counter
  }
  set seen6 {
    type ipv6_addr . inet_proto . inet_service
    flags dynamic
    size 1000
    counter
  }
  chain output {
    type filter hook output priority -500
    add @seen4 { ip daddr . meta l4proto . th dport }
    add @seen6 { ip6 daddr . meta l4proto . th dport }
    counter name output drop
  }
  chain input {
    type filter hook input priority -500
    counter name input drop
  }
  chain forward {
    type filter hook forward priority -500
    counter name forward drop
  }
}
table netdev cell {
  counter link { }
  chain out_egress {
    type filter hook egress device out priority -500
    counter name link drop
  }
  chain out_ingress {
    type filter hook ingress device out priority -500
    counter name link drop
  }
  chain lo_egress {
    type filter hook egress device lo priority -500
    counter name link drop
  }
}
"""

# A tor may speak to the network, and over the loopback to its transport plugin.
TOR = f"""
table inet cell {{
  counter network {{ }}
  counter elsewhere {{ }}
  chain output {{
    type filter hook output priority -500
    ip daddr {NETWORK} meta l4proto tcp counter name network accept
    oifname lo accept
    counter name elsewhere drop
  }}
}}
"""


def lacking():
    """What keeps a lab from being made here, or None."""
    for program in ("unshare", "nsenter", "nft", "ip"):
        if not shutil.which(program):
            return f"{program} is not installed: run contrib/install-deps"
    try:
        lab = Lab()
        try:
            lab.cell("trial").counters()
        finally:
            lab.close()
    except LabError as error:
        return f"network namespaces are not allowed here: {error}"
    return None


class Cell(Namespace):
    """A namespace with an empty /run, in which every packet is dropped and counted."""

    def __init__(self, name):
        super().__init__(name, alone=True)

    def seen(self):
        """Where packets would have gone: ["192.0.2.1 tcp 80: 3", ...]."""
        found = []
        for group in self.listed("set"):
            for element in group.get("elem", []):
                element = element["elem"]
                words = " ".join(map(str, element["val"]["concat"]))
                found.append(f"{words}: {element['counter']['packets']}")
        return sorted(found)


class Lab:
    """Namespaces around a private Tor network; without a folder for it, cells alone."""

    def __init__(self, folder=None, say=lambda line: None):
        self.folder = folder and pathlib.Path(folder)
        self.network = folder and self.folder / "network"
        self._spaces, self._numbers = [], itertools.count(1)
        self._keeper = None
        try:
            self._void = self._space("void")
            self._void.setting("ipv6/conf/default/disable_ipv6", 1)
            if folder:
                self._hub = self._space("network")
                self._hub.ip(f"address add {NETWORK}/32 dev lo")
                self._keeper = private_tor_net.up(
                    self.network, address=NETWORK, bridge=True, owner=os.getpid(),
                    prefix=self._hub.prefix, say=say)
        except BaseException:
            self.close()
            raise

    def _space(self, name, kind=Namespace):
        space = kind(name)
        self._spaces.append(space)
        return space

    def cell(self, name):
        """A cell whose packets are dropped and counted from the beginning."""
        space, number = self._space(name, Cell), next(self._numbers)
        space.ip(f"link add out type veth peer name peer{number} netns {self._void.pid}")
        space.rules(CELL)
        self._void.ip(f"link set peer{number} up")
        # The kernel says nothing by itself here: no neighbours, so no groups are joined.
        space.setting("ipv6/conf/out/accept_ra", 0)
        space.ip("link set out addrgenmode none")
        space.ip("link set out arp off")
        space.ip("link set out up")
        space.ip("address add 10.99.0.2/24 dev out")
        space.ip("address add fd99::2/64 dev out nodad")
        space.ip("route add default via 10.99.0.1")
        space.ip("-6 route add default via fd99::1")
        return space

    def near(self, name):
        """A namespace for a tor: it reaches the Tor network and nothing else."""
        space, number = self._space(name), next(self._numbers)
        link, address = f"tor{number}", f"10.77.1.{number}"
        space.setting("ipv6/conf/default/disable_ipv6", 1)
        space.ip(f"link add net type veth peer name {link} netns {self._hub.pid}")
        space.rules(TOR)
        self._hub.setting(f"ipv6/conf/{link}/disable_ipv6", 1)
        self._hub.ip(f"link set {link} up")
        self._hub.ip(f"route add {address}/32 dev {link}")
        space.ip("link set net up")
        space.ip(f"address add {address}/32 dev net")
        space.ip(f"route add {NETWORK}/32 dev net src {address}")
        return space

    def wrapper(self, space):
        """A folder for the front of PATH, whose `tor` runs in another namespace, with the process
        id of the one that was started."""
        folder = self.folder / f"path-{space.name}"
        folder.mkdir()
        script = folder / "tor"
        script.write_text(f"#!/bin/sh\nexec {' '.join(space.prefix)} "
                          f"{shutil.which('tor')} \"$@\"\n")
        script.chmod(0o755)
        return folder

    def escaped(self):
        """Packets that came out of a cell after all."""
        return self._void.received()

    def close(self):
        if self._keeper:
            private_tor_net.down(self.network)
            self._keeper.wait()
        for space in reversed(self._spaces):
            space.close()
        self._spaces.clear()
