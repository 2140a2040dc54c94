"""A gateway of the laboratory: a home's router, a firewall, or a carrier's NAT before homes."""
import itertools
import uuid

import nat_kinds
from cables import Wire
from lab_service import Service
from network_namespace import Namespace

HOME, FIRST_HOST = 1, 2  # the last numbers of a gateway's inner address, and of the first host's
PCP_PORT, UPNP_PORT = 5351, 5000

# As Debian's nftables build of miniupnpd understands it.  The first of a key counts.
MINIUPNPD = """\
ext_ifname=wan
listening_ip=lan
http_port={upnp_port}
enable_upnp=yes
enable_natpmp=yes
secure_mode=yes
system_uptime=no
notify_interval=30
min_lifetime=120
max_lifetime=86400
ipv6_disable=yes
upnp_table_name=gateway
upnp_nat_table_name=gateway
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
lease_file={leases}
uuid={uuid}
serial=1
model_number=1
allow 1024-65535 10.0.0.0/8 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


class Gateway(Namespace):
    """Between a wire (the Internet, or a carrier's) and a wire of its own, `lan`."""

    def __init__(self, name, folder, outside, network):
        super().__init__(name)
        self.folder = folder
        self.kind, self._hairpin, self._settings = None, False, {}
        self._miniupnpd = None
        self._runs = itertools.count(1)
        self.settings({"ipv6/conf/all/disable_ipv6": 1, "ipv4/conf/all/rp_filter": 0,
                       "ipv4/conf/default/rp_filter": 0, "ipv4/ip_forward": 1})
        self.wan = outside.attach(self, "wan")
        self.lan = Wire(self, "lan", network, router=HOME, first=FIRST_HOST)
        # Who asks for routers asks a group (SSDP).
        self.ip("route add 224.0.0.0/4 dev lan")

    @property
    def address(self):
        """The outer one."""
        return self.wan.address

    def become(self, kind, hairpin=False, flow_timeout=None):
        """Another kind from now on; nothing is remembered of earlier flows.  `flow_timeout`: after
        how many seconds without a packet a flow of UDP is forgotten."""
        self.kind, self._hairpin = nat_kinds.KINDS[kind], hairpin
        self._write_rules()
        self.settings({"netfilter/nf_conntrack_udp_timeout": flow_timeout or 30,
                       "netfilter/nf_conntrack_udp_timeout_stream": flow_timeout or 120})
        self.forget()

    def _write_rules(self):
        self.rules(nat_kinds.rules(self.kind.name, self.address, self.lan.address(FIRST_HOST),
                                   self._hairpin))

    def forget(self):
        """All flows that go through it."""
        self.do(["conntrack", "-F"])

    def start_router(self, **settings):
        """A real miniupnpd, which opens ports for whoever asks by PCP, NAT-PMP or UPnP; the kind
        is to be "router".  `settings` are lines of its file, say min_lifetime=2."""
        self._settings = settings
        run = self.folder / f"{self.name}-miniupnpd-{next(self._runs)}"
        run.mkdir()
        (run / "leases").touch()
        own = "".join(f"{key}={value}\n" for key, value in settings.items())
        usual = [line for line in MINIUPNPD.format(
            upnp_port=UPNP_PORT, leases=run / "leases", uuid=uuid.uuid4()).splitlines()
            if line.split("=")[0] not in settings]
        (run / "conf").write_text(own + "\n".join(usual) + "\n")
        self._miniupnpd = Service(
            self, ["miniupnpd", "-d", "-f", run / "conf", "-P", run / "pid"], run / "log",
            [("udp", PCP_PORT), ("tcp", UPNP_PORT), ("udp", 1900)])

    def stop_router(self):
        if self._miniupnpd:
            self._miniupnpd.stop()
            self._miniupnpd = None

    def reboot(self):
        """Flows and opened ports are gone, and the router counts its time (epoch) from 0."""
        running = self._miniupnpd is not None
        self.stop_router()
        self._write_rules()
        self.forget()
        if running:
            self.start_router(**self._settings)

    def change_address(self):
        """Another outer address, in the middle of everything: flows end, opened ports stay."""
        self.wan.readdress()
        if not self._miniupnpd:  # which writes rules of its own
            self._write_rules()
        self.forget()
