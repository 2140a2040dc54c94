"""The laboratory of NATs: a small Internet in network namespaces, with homes behind gateways of any
kind, public hosts, a real STUN and TURN server, and no way out of it.

    with NatLab() as lab:
        server = lab.stun_server()             coturn at server.address and server.other_address
        relay = lab.host("relay")              a host on the Internet, for whatever is to run there
        home = lab.gateway("port-restricted")  nat_kinds.KINDS has the names
        anna = lab.host("anna", home)          a host in that home
        anna.run(["sotto", ...])               a command there; anna.prefix to start it otherwise
        carrier = lab.carrier()                a carrier's NAT
        lab.gateway("router", behind=carrier)  a home that is its customer's
        home.become("symmetric")               another kind from now on, with nothing remembered
        home.start_router()                    miniupnpd opens ports for whoever asks ("router")
        home.reboot(); home.change_address()   what happens to gateways
        anna.move(other_home)                  what happens to hosts
        anna.leg.spoil(delay=0.025, loss=0.01) and to cables: anna.leg, home.wan (cables.py)

      5.5.0.0/24 is the Internet       server 5.5.0.10, 5.5.0.11     anna 10.1.0.2
      10.N.0.0/24 the N-th home              |                          |
      100.64.N.0/24 the N-th carrier       wire -- gateway 5.5.0.20 -- lan 10.1.0.1
                                             |
                                           public host 5.5.0.21

The Internet's addresses belong to somebody outside, where nothing from here gets to: those that
are reserved for examples are refused by miniupnpd.  Any number of labs may be up at once; each ends
with the process that made it (network_namespace.py).  Needs root and the packages of
contrib/install-deps.
"""
import itertools
import pathlib
import shutil
import tempfile

from cables import Wire
from gateway import Gateway
from host import Host
from network_namespace import LabError, Namespace
from stun_server import StunServer

INTERNET, NOWHERE = "5.5.0.0/24", 254
SERVER = ("5.5.0.10", "5.5.0.11")
FIRST_PUBLIC = 20
PROGRAMS = ("unshare", "nsenter", "find", "nft", "ip", "conntrack", "miniupnpd", "turnserver")


def lacking():
    """What keeps a laboratory from being made here, or None."""
    for program in PROGRAMS:
        if not shutil.which(program):
            return f"{program} is not installed: run contrib/install-deps"
    try:
        with NatLab() as lab:
            lab.host("trial", lab.gateway("counting"))
    except LabError as error:
        return f"network namespaces, bridges or NATs are not allowed here: {error}"
    return None


class NatLab:
    """The Internet and all that hangs on it.  `lan` is its wire, as for a gateway."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-natlab-"))
        self.spaces = []
        self._homes, self._carriers = itertools.count(1), itertools.count(1)
        try:
            self._internet = self._keep(Namespace("internet", folder=self.folder))
            self._internet.setting("ipv6/conf/all/disable_ipv6", 1)
            self.lan = Wire(self._internet, "wire", INTERNET, router=NOWHERE, first=FIRST_PUBLIC)
        except BaseException:
            self.close()
            raise

    def _keep(self, space):
        self.spaces.append(space)
        return space

    def host(self, name, place=None, addresses=()):
        """A host in a home, or on the Internet."""
        return self._keep(Host(name, (place or self).lan, addresses))

    def gateway(self, kind, behind=None, hairpin=False):
        """A home's gateway, on the Internet or behind a carrier."""
        number = next(self._homes)
        return self._gateway(f"home{number}", f"10.{number}.0.0/24", kind, behind, hairpin)

    def carrier(self, kind="port-restricted"):
        """A carrier's NAT, which many homes are behind."""
        number = next(self._carriers)
        return self._gateway(f"carrier{number}", f"100.64.{number}.0/24", kind, None, False)

    def _gateway(self, name, network, kind, behind, hairpin):
        gateway = self._keep(Gateway(name, self.folder, (behind or self).lan, network))
        gateway.become(kind, hairpin)
        return gateway

    def stun_server(self):
        return StunServer(self.host("server", addresses=SERVER), self.folder / "server")

    def close(self):
        """Kills what still runs in here."""
        for space in self.spaces:
            space.release()
        for space in self.spaces:
            space.close()
        self.spaces.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.close()
