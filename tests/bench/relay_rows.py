"""What a relay costs beside what others use in its place: processor, memory, time.

Servers are on the first core, all that talks through them on the second, in a process of its own
(relay_load.cpp).  HAProxy passes bytes on between two TLS connections, as a relay does, but has no
WebSocket to unmask.
"""
import json
import resource
import shutil
import subprocess

import harness
import relay_servers
from stage import Bench, median, paired, with_bench


class Relays(Bench):
    def serve(self, kind, *more):
        server = kind(self.folder, ("taskset", "-c", str(self.stage.cores[0])), *more)
        self.addCleanup(server.stop)
        return server

    def beside(self, relay, kind, program):
        """Another's server, with the relay's certificate; None where it is not installed."""
        if shutil.which(program):
            return self.serve(kind, relay.folder)
        self.table.note(f"{program} is not installed: contrib/install-deps bench")
        return None

    def load(self, server, what, *words):
        """{figure: value} of one run."""
        folder = server.folder
        done = subprocess.run(
            [self.stage.programs / "relay_load", what, server.kind, str(server.port),
             str(server.back), folder, str(self.stage.cores[1]), server.pids(),
             *map(str, words)], stdout=subprocess.PIPE, timeout=180, check=True)
        return {line["name"]: line["figures"][0]
                for line in map(json.loads, done.stdout.splitlines())}

    def take_turns(self, servers, rounds, what, *words):
        """{server: [figures of each round]}; another one is first each time."""
        got = {server: [] for server in servers}
        for round_ in range(rounds):
            for turn in range(len(servers)):
                server = servers[(turn + round_) % len(servers)]
                got[server].append(self.load(server, what, *words))
        return got

    def relay_bulk(self):
        relay = self.serve(relay_servers.Relay)
        self.table.row("sotto relay at start, resident",
                       harness.resident_bytes(relay.process.pid)[0] / 1e6, "MB", at_most=20)
        others = [self.beside(relay, *other) for other in (
            (relay_servers.HAProxy, "haproxy"), (relay_servers.Nginx, "nginx"),
            (relay_servers.Transit, "twist3"))]
        servers = [relay, *filter(None, others)]
        got = self.take_turns(servers, self.rounds(9, 3), "bulk", self.rounds(1000, 300))

        def figures(server, name):
            return [round_[name] for round_ in got[server]]
        haproxy = others[0]
        if haproxy:
            self.table.row("splice, processor a gigabyte, against HAProxy with TLS on both sides",
                           paired(figures(relay, "cpu_seconds_a_gigabyte"),
                                  figures(haproxy, "cpu_seconds_a_gigabyte")),
                           "x HAProxy", at_most=1.5)
        for server in servers:
            cpu = median(figures(server, "cpu_seconds_a_gigabyte"))
            speed = median(figures(server, "megabytes_a_second"))
            self.table.note(f"{type(server).__name__}: {cpu:.2f} CPU seconds a GB, "
                            f"{speed:.0f} MB/s")
        if shutil.which("turnserver"):
            turn = self.serve(relay_servers.Turn, relay.folder)
            launcher = ("taskset", "-c", str(self.stage.cores[1]))
            self.table.note(f"coturn: {turn.load(launcher, 1000, 1400):.1f} CPU seconds a GB, in "
                            "messages of 1,400 bytes over TLS")

    def relay_round_trip(self):
        relay = self.serve(relay_servers.Relay)
        haproxy = self.beside(relay, relay_servers.HAProxy, "haproxy")
        count = self.rounds(5000, 1000)

        class Direct:  # no server between
            kind, port, back, folder = "direct", 0, harness.free_port(), relay.folder
            pids = staticmethod(relay.pids)
        servers = [relay, Direct, *filter(None, [haproxy])]
        got = self.take_turns(servers, self.rounds(15, 5), "round_trip", count)
        times = {server: [round_["microseconds"] for round_ in got[server]] for server in servers}
        if haproxy:
            added = [[with_it - without for with_it, without in zip(times[one], times[Direct])]
                     for one in (relay, haproxy)]
            self.table.row("round trip that a relay adds, against HAProxy's",
                           median(added[0]) / median(added[1]), "x HAProxy", at_most=1.5)
        self.table.note("microseconds: " + ", ".join(
            f"{name} {median(times[server]):.0f}" for name, server in
            (("relay", relay), ("direct", Direct), ("HAProxy", haproxy)) if server))

    def relay_connections(self):
        relay = self.serve(relay_servers.Relay)
        haproxy = self.beside(relay, relay_servers.HAProxy, "haproxy")
        servers = [relay, *filter(None, [haproxy])]
        got = self.take_turns(servers, self.rounds(5, 3), "connections", self.rounds(2000, 500))
        self.table.row("connections that come to listen, a second",
                       median([one["connections_a_second"] for one in got[relay]]), "a second")
        for server in servers:
            cost = median([one["cpu_microseconds"] for one in got[server]])
            self.table.note(f"{type(server).__name__}: {cost:.0f} microseconds of processor each"
                            + ("" if server is relay else ", both handshakes"))

    def relay_crowd(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        if hard < 12_000:
            self.table.note(f"only {hard} file descriptors are allowed here: fewer connections")
        most = min(hard - 2000, 10_000)
        relay = self.serve(relay_servers.Relay)
        got = self.load(relay, "crowd", most, 0, 0)
        self.table.row(f"memory an idle connection, {most} of them",
                       got["kibibytes_a_connection"], "KiB", at_most=40)
        relay.stop()
        haproxy = None
        if shutil.which("haproxy"):
            haproxy = self.serve(relay_servers.HAProxy, relay.folder)
            others = self.load(haproxy, "crowd", most // 2, 0, 0)
            self.table.note(f"HAProxy: {others['kibibytes_a_connection']:.1f} KiB")
            haproxy.stop()
        shutil.rmtree(relay.folder)
        relay = self.serve(relay_servers.Relay)
        idle, pairs = most - most // 10, most // 20
        got = self.load(relay, "crowd", idle, pairs, self.rounds(20, 5))
        self.table.row(f"dropped of {idle} idle connections and {pairs} busy pairs",
                       got["idle_dropped"] + got["pairs_dropped"], "dropped", at_most=0)
        self.table.note(f"the pairs moved {got['crowd_megabytes_a_second']:.0f} MB/s; the relay "
                        f"was at {got['kibibytes_full'] / 1024:.0f} MiB")


SECTIONS = {name: with_bench(Relays, name) for name in
            ("relay_bulk", "relay_round_trip", "relay_connections", "relay_crowd")}
