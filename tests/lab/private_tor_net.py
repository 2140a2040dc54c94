#!/usr/bin/env python3
"""A private Tor network on this machine: three authorities, three relays, on request a bridge.

    private_tor_net.py up DIR [--address 127.0.0.1] [--bridge] [--owner PID|parent]
                              [--lifetime SECONDS] [--timeout SECONDS]
    private_tor_net.py down DIR

`up` returns once every node has bootstrapped and knows all relays, typically after 15 s,
and leaves in DIR:

    client.torrc   the lines that make any tor a client of this network and of no other; they set
                   no port and no directory
    bridges.txt    with --bridge: its Bridge lines, first the plain one, then that of obfs4
    NODE/log       what each node says
    keeper.log     how it went

Several networks may be up at once, each in a DIR of its own.  Nothing outlives its owner: a
keeper process starts the nodes and ends them when `down` tells it, when the process `--owner` is
gone (`parent`: the one that started this script) or after `--lifetime`; and every node watches the
keeper.  Needs Debian's packages tor and obfs4proxy.
"""
import argparse
import concurrent.futures
import dataclasses
import errno
import math
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

AUTHORITIES = 3
RELAYS = 3  # onion services of version 3 need three besides the authorities
LIFETIME = 1800  # seconds
TIMEOUT = 120  # seconds; for what takes about fifteen
VOTE_EVERY = 5  # seconds, until there is a consensus: the shortest that tor takes
VOTE_AHEAD = 4  # seconds from a vote to its consensus: twice the shortest delay
BOOT = 1.5  # seconds in which all nodes are up and have told the authorities about themselves
SERVE = 1  # seconds from a consensus until an authority gives it to others

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


# --- files of a network

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


# --- processes

def birth(pid):
    """When a process began: tells it from a later one with the same id.  None: it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


class Keeper:
    """The process that owns the nodes."""

    def __init__(self, top, options):
        self.top, self.options = top, options
        self.began = time.monotonic()
        self.told = False
        self.nodes = []
        self.owners = [os.getppid()]  # the one that waits for the network; later only --owner
        if options.owner:
            self.owners.append(options.owner)
        self.births = {pid: birth(pid) for pid in self.owners}

    def run(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.be_told)
        try:
            (self.top / "keeper").write_text(f"{os.getpid()} {birth(os.getpid())}\n")
            self.bring_up()
            self.owners = self.owners[1:]
            print("ready", flush=True)
            os.dup2(os.open(self.top / "keeper.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT), 1)
            os.dup2(1, 2)
            self.keep()
        except NetworkError as error:
            print(error, flush=True)
            return 1
        finally:
            self.end_nodes()
        return 0

    def be_told(self, number, frame):
        self.told = True

    def say(self, what):
        print(f"{time.monotonic() - self.began:5.1f} s  {what}", flush=True)

    def over(self):
        """Why this network must end, or None."""
        if self.told:
            return "told to end"
        for pid in self.owners:
            if self.births[pid] is None or birth(pid) != self.births[pid]:
                return f"its owner {pid} is gone"
        if time.monotonic() - self.began > self.options.lifetime:
            return f"{self.options.lifetime} s have passed"
        return None

    def rest(self, seconds):
        """Waits; raises when the network must end, or a node has."""
        until = time.monotonic() + seconds
        while True:
            if why := self.over():
                raise NetworkError(f"stopped: {why}")
            for node in self.nodes:
                if node.process and node.process.poll() is not None:
                    raise node.blame(f"has ended with {node.process.returncode}")
            if time.monotonic() >= until:
                return
            time.sleep(min(0.1, seconds))

    def bring_up(self):
        address = self.options.address
        kinds = ["authority"] * AUTHORITIES + ["relay"] * RELAYS
        kinds += ["bridge"] * self.options.bridge
        ports = free_ports(address, 3 * len(kinds))
        nodes = []
        for kind in kinds:
            name = f"{kind}{sum(node.kind == kind for node in nodes)}"
            nodes.append(Node(kind, name, self.top / name, [ports.pop() for _ in range(3)]))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda node: make_keys(node, address), nodes))
        self.nodes = nodes
        self.say(f"keys of {len(nodes)} nodes")
        (self.top / "client.torrc").write_text(CLIENT + authority_lines(nodes, address))
        consensus_at = self.await_vote()
        for node in nodes:
            wait = math.ceil(consensus_at + SERVE - time.time())
            (node.folder / "torrc").write_text(torrc(node, nodes, address, wait))
            if node.kind == "authority":
                for name, text in remembered(nodes).items():
                    (node.folder / name).write_text(text)
            if node.kind != "bridge":
                self.start(node)
        self.say("started")
        self.rest(max(0, consensus_at - time.time()))
        self.await_nodes([node for node in nodes if node.kind != "bridge"])
        if self.options.bridge:
            # Earlier, it would ask relays for what they do not have yet, and wait for long.
            self.start(nodes[-1])
            self.await_nodes(nodes)
            (self.top / "bridges.txt").write_text(bridge_lines(nodes[-1], address))
        self.say("up")

    def await_vote(self):
        """Waits until there is just time enough for all to boot before a vote.  Those take place
        at fixed moments, and a relay that misses one waits twice as long for the next.  Returns
        when the consensus will be there."""
        self.rest((-VOTE_AHEAD - BOOT - time.time()) % VOTE_EVERY)
        return time.time() + BOOT + VOTE_AHEAD

    def start(self, node):
        with open(node.folder / "output", "wb") as output:
            node.process = subprocess.Popen(
                ["tor", "-f", node.folder / "torrc", "--defaults-torrc", "/dev/null", "--quiet"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)

    def await_nodes(self, nodes):
        """Until each has bootstrapped, and has a consensus that has all relays."""
        deadline, shown = time.monotonic() + self.options.timeout, ""
        while waiting := [node for node in nodes if not self.is_ready(node)]:
            progress = f"ready: {len(nodes) - len(waiting)} of {len(self.nodes)} nodes"
            if progress != shown:
                self.say(shown := progress)
            if time.monotonic() > deadline:
                raise waiting[0].blame(f"was not ready within {self.options.timeout} s")
            self.rest(0.1)

    def is_ready(self, node):
        if not node.log.exists() or "Bootstrapped 100%" not in node.log.read_text():
            return False
        consensus = node.folder / "cached-microdesc-consensus"
        if not consensus.exists():
            return False
        # The line of flags of each node follows its name.
        flags = dict(re.findall(r"^r (\w+) .*?^s (.*?)$", consensus.read_text(), re.M | re.S))
        wanted = {"Fast", "Guard", "HSDir", "Running", "Stable"}
        if any(not wanted <= set(flags.get(other.name, "").split())
               for other in self.nodes if other.kind != "bridge"):
            return False
        return node.kind != "bridge" or \
            (node.folder / "pt_state" / "obfs4_bridgeline.txt").exists()

    def keep(self):
        while True:
            try:
                self.rest(0.5)
            except NetworkError as error:
                if why := self.over():
                    self.say(f"ends: {why}")
                    return
                # A test may have killed a node; the rest of the network is still of use.
                self.say(error)
                self.nodes = [node for node in self.nodes if node.process.poll() is None]

    def end_nodes(self):
        running = [node.process for node in self.nodes if node.process]
        for send, patience in ((subprocess.Popen.terminate, 5), (subprocess.Popen.kill, 5)):
            for process in running:
                send(process)  # nothing, if it has been waited for
            deadline = time.monotonic() + patience
            while running and time.monotonic() < deadline:
                running = [process for process in running if process.poll() is None]
                time.sleep(0.02)


def keeper_of(top):
    """The id of the running keeper of a network, or None."""
    try:
        pid, born = (top / "keeper").read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if birth(int(pid)) == born else None


# --- for others

def up(directory, *, address="127.0.0.1", bridge=False, owner=None, lifetime=LIFETIME,
       timeout=TIMEOUT, say=print, prefix=()):
    """Brings a network up and returns its keeper, for whoever wants to wait for it after down().
    `prefix` is a command that runs the keeper elsewhere, in a network namespace say.  Raises
    NetworkError, with nothing left running."""
    top = pathlib.Path(directory).resolve()
    deadline = time.monotonic() + 5
    while (running := keeper_of(top)) and time.monotonic() < deadline:
        time.sleep(0.1)  # it may be ending
    if running:
        raise NetworkError(f"{top} already has a network that is up: run 'down' first")
    if top.exists() and any(top.iterdir()):
        if not (top / "keeper.log").exists():
            raise NetworkError(f"{top} has files that are of no network")
        shutil.rmtree(top)
    top.mkdir(parents=True, exist_ok=True)
    top.chmod(0o700)
    (top / "keeper.log").touch()
    options = [f"--address={address}", f"--lifetime={lifetime}", f"--timeout={timeout}"]
    options += ["--bridge"] * bridge + ([f"--owner={owner}"] if owner else [])
    process = subprocess.Popen([*prefix, sys.executable, "-B", __file__, "keep", top, *options],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    said = []
    try:
        with process.stdout, open(top / "keeper.log", "a") as log:
            for line in map(str.rstrip, process.stdout):
                if line == "ready":
                    return process
                said.append(line)
                print(line, file=log, flush=True)
                say(line)
    except BaseException:
        process.terminate()
        process.wait(15)
        raise
    process.wait(15)
    raise NetworkError(f"no private Tor network in {top}:\n" + "\n".join(said[-20:]))


def down(directory):
    """Ends a network and waits for it.  Its files stay for whoever wants to read them."""
    top = pathlib.Path(directory).resolve()
    pid = keeper_of(top)
    if not pid:
        return
    for number, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if keeper_of(top) is None:
                return
            time.sleep(0.02)
    raise NetworkError(f"the keeper {pid} of {top} does not end")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["up", "down", "keep"], metavar="up|down")
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--bridge", action="store_true")
    parser.add_argument("--owner", metavar="PID|parent",
                        type=lambda text: os.getppid() if text == "parent" else int(text))
    parser.add_argument("--lifetime", type=float, default=LIFETIME)
    parser.add_argument("--timeout", type=float, default=TIMEOUT)
    options = parser.parse_args()
    try:
        if options.action == "keep":
            sys.exit(Keeper(pathlib.Path(options.directory), options).run())
        if options.action == "down":
            return down(options.directory)
        up(options.directory, address=options.address, bridge=options.bridge,
           owner=options.owner, lifetime=options.lifetime, timeout=options.timeout)
        print(pathlib.Path(options.directory).resolve() / "client.torrc")
    except NetworkError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
