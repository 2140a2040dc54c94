"""The process that owns the nodes of a private Tor network: starts them, tells when the network is
up, and ends them when it has to.
"""
import concurrent.futures
import math
import os
import re
import signal
import subprocess
import time

from processes import birth
from tor_node import (CLIENT, VOTE_AHEAD, VOTE_EVERY, NetworkError, Node, authority_lines,
                      bridge_lines, free_ports, make_keys, remembered, torrc)

AUTHORITIES = 3
RELAYS = 3  # onion services of version 3 need three besides the authorities
BOOT = 1.5  # seconds in which all nodes are up and have told the authorities about themselves
SERVE = 1  # seconds from a consensus until an authority gives it to others


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
