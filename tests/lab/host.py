"""A computer of the laboratory."""
import json
import sys

from network_namespace import Namespace


class Host(Namespace):
    """A computer with one cable."""

    def __init__(self, name, wire, addresses=()):
        super().__init__(name)
        self.setting("ipv6/conf/all/disable_ipv6", 1)
        self.leg = wire.attach(self, "eth0", addresses)

    @property
    def address(self):
        return self.leg.address

    def move(self, place):
        """To another home or onto the Internet (`lab`), or to another address of the same: flows
        stall, sockets stay."""
        self.leg.remove()
        self.leg = place.lan.attach(self, "eth0")

    def script(self, path, *words):
        """What one of the scripts beside this file prints as JSON when it runs on this host."""
        return json.loads(self.do([sys.executable, "-B", path, *map(str, words)], timeout=120))
