"""A node of the private Tor network: its keys, and the files that it runs with."""
import dataclasses
import errno
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import time

VOTE_EVERY = 5  # seconds, until there is a consensus: the shortest that tor takes
VOTE_AHEAD = 4  # seconds from a vote to its consensus: twice the shortest delay

CLIENT = """\
TestingTorNetwork 1
PathsNeededToBuildCircuits 0.67
"""

SERVER = """\
AssumeReachable 1
ExitRelay 0
SocksPort 0
ShutdownWaitLength 0
LogTimeGranularity 1
GeoIPFile /dev/null
GeoIPv6File /dev/null
"""

AUTHORITY = f"""\
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo nobody@localhost
TestingV3AuthInitialVotingInterval {VOTE_EVERY}
TestingV3AuthInitialVoteDelay {VOTE_AHEAD // 2}
TestingV3AuthInitialDistDelay {VOTE_AHEAD // 2}
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
V3AuthNIntervalsValid 3
TestingDirAuthVoteExit *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteGuard *
TestingMinExitFlagThreshold 0
"""


class NetworkError(Exception):
    """Why there is no network, with the last words of the node that is to blame."""


@dataclasses.dataclass
class Node:
    kind: str  # authority, relay or bridge
    name: str
    folder: pathlib.Path
    ports: list  # for relays, directory (authority) or obfs4 (bridge)
    v3_identity: str = ""
    fingerprint: str = ""
    process: subprocess.Popen = None

    @property
    def log(self):
        return self.folder / "log"

    def last_words(self):
        said = [line for name in ("log", "output") if (self.folder / name).exists()
                for line in (self.folder / name).read_text(errors="replace").splitlines()]
        return "\n".join(f"    {line}" for line in said[-12:])

    def blame(self, what):
        return NetworkError(f"{self.name} {what}; the last of {self.log}:\n{self.last_words()}")


def free_ports(address, count):
    """Ports that nobody listens on, below those that the system gives out by itself."""
    found, family = [], socket.AF_INET6 if ":" in address else socket.AF_INET
    while len(found) < count:
        port = random.randrange(12_000, 32_000)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise NetworkError(f"{address} is no address of this machine: {error}") \
                        from None
                continue
        if port not in found:
            found.append(port)
    return found


def run(node, *command, stdin=""):
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        raise NetworkError(f"{command[0]} is not installed: run contrib/install-deps") from None
    if done.returncode:
        raise NetworkError(f"{node.name}: {command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def make_keys(node, address):
    """Identities, which the others must know before anything starts."""
    keys = node.folder / "keys"
    for folder in (node.folder, keys):
        folder.mkdir(mode=0o700)
    if node.kind == "authority":
        certificate = keys / "authority_certificate"
        run(node, "tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-m", "1",
            "-i", keys / "authority_identity_key", "-s", keys / "authority_signing_key",
            "-c", certificate, "-a", f"{address}:{node.ports[1]}", stdin="lab\n")
        node.v3_identity = re.search(r"^fingerprint (\w+)", certificate.read_text(), re.M)[1]
    said = run(node, "tor", "--ignore-missing-torrc", "-f", node.folder / "none",
               "--defaults-torrc", "/dev/null", "--orport", "1", "--datadirectory", node.folder,
               "--list-fingerprint", "--quiet")
    node.fingerprint = "".join(said.split()[-10:])


def authority_lines(nodes, address):
    return "".join(f"DirAuthority {node.name} orport={node.ports[0]} no-v2 "
                   f"v3ident={node.v3_identity} {address}:{node.ports[1]} {node.fingerprint}\n"
                   for node in nodes if node.kind == "authority")


def remembered(nodes):
    """What an authority knows of the others: files that say they have run for a month, and are
    equally fast.  Else whoever starts a second later is not stable, and whoever first measures
    itself has all the bandwidth there is.  Too few nodes are chosen then, and circuits for onion
    services that pass one of them twice fail, for 20 s and more.
    """
    def date(ago):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - ago))
    month = 30 * 86_400
    runs = "".join(f"R {node.fingerprint}\n+MTBF {month} 1.00000 S={date(month)}\n"
                   f"+WFU {month} {month} S={date(month)}\n" for node in nodes)
    speeds = "".join(f"node_id=${node.fingerprint} bw=1000\n" for node in nodes)
    return {"router-stability": f"format 2\nstored-at {date(0)}\n"
                                f"tracked-since {date(2 * month)}\nlast-downrated {date(0)}\n"
                                f"data\n{runs}.\n",
            "bandwidths": f"{int(time.time())}\n{speeds}"}


def torrc(node, nodes, address, first_consensus):
    """`first_consensus`: after how many seconds it is worth asking for one.  Who asks in vain
    waits ever longer before asking again."""
    lines = CLIENT + authority_lines(nodes, address) + SERVER
    lines += (f"Nickname {node.name}\nAddress {address}\nORPort {address}:{node.ports[0]}\n"
              f"DataDirectory {node.folder}\nLog notice file {node.log}\n"
              f"__OwningControllerProcess {os.getpid()}\n")
    if node.kind == "relay":
        lines += f"TestingServerConsensusDownloadInitialDelay {first_consensus}\n"
    if node.kind == "authority":
        lines += (f"DirPort {address}:{node.ports[1]}\n"
                  f"V3BandwidthsFile {node.folder}/bandwidths\n" + AUTHORITY)
    if node.kind == "bridge":
        obfs4 = shutil.which("obfs4proxy")
        if not obfs4:
            raise NetworkError("obfs4proxy is not installed: run contrib/install-deps")
        lines += ("BridgeRelay 1\nBridgeDistribution none\nPublishServerDescriptor 0\n"
                  f"ServerTransportPlugin obfs4 exec {obfs4}\n"
                  f"ServerTransportListenAddr obfs4 {address}:{node.ports[1]}\n"
                  f"ExtORPort {address}:{node.ports[2]}\n")
    return lines


def bridge_lines(node, address):
    """What clients put into their torrc; the certificate is made by obfs4proxy as it starts."""
    line = (node.folder / "pt_state" / "obfs4_bridgeline.txt").read_text()
    certificate = re.search(r"cert=\S+", line)[0]
    return (f"Bridge {address}:{node.ports[0]} {node.fingerprint}\n"
            f"Bridge obfs4 {address}:{node.ports[1]} {node.fingerprint} {certificate} "
            "iat-mode=0\n")
