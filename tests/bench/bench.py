#!/usr/bin/env python3
"""The goals in numbers, measured on the built program: a table of goal, figure and verdict.

Every process is real: a host and its members are `sotto host` and `sotto join`, a send is
`sotto send`.  Figures are medians where something is repeated.  Wall time depends on what else the
machine does; the processor time beside it does not.

    SOTTO_BINARY=build/sotto tests/bench/bench.py [fan-out] [warm] [cold] [idle]
"""
import json
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import harness  # noqa: E402
from owner_socket import RpcConnection  # noqa: E402
from table import Table  # noqa: E402


class Bench(harness.SottoTest):
    """The harness of the integration tests, without its framework."""

    def runTest(self):
        pass

    def rooms(self, members):
        host = self.host("anna", "lobby")
        path = self.invite("anna", "lobby", "--uses", str(members + 1))
        names = [f"m{number}" for number in range(members)]
        self.init(*names)
        return host, path, names

    def fan_out(self, members=20, each=200, limit=300):
        """Everyone sends; every other one must get everything once, in its author's order."""
        host, path, names = self.rooms(members)
        streams = [self.quiet_join(name, path) for name in names]
        for _ in names:
            host.expect("member", joined=True)
        pids = [host.pid] + [stream.process.pid for stream in streams]
        cpu = sum(map(harness.cpu_seconds, pids))
        host_cpu = harness.cpu_seconds(host.pid)
        start = time.monotonic()
        for name, stream in zip(names, streams):
            stream.process.stdin.write("".join(f"{name} {n}\n" for n in range(each)).encode())
            stream.process.stdin.flush()
        wanted = each * (members - 1)
        for stream in streams:
            stream.wait_for(wanted, start + limit)
        seconds = max(stream.done_at for stream in streams) - start
        cpu = sum(map(harness.cpu_seconds, pids)) - cpu
        host_cpu = harness.cpu_seconds(host.pid) - host_cpu
        for name, stream in zip(names, streams):
            stream.check({other: each for other in names if other != name})
        return seconds, cpu, host_cpu

    def quiet_join(self, name, path):
        stream = Counting([harness.BINARY, "--home", str(self.home(name)), "--no-input", "--json",
                           "join", path], harness.environment(self.folder))
        self.addCleanup(stream.kill)
        return stream

    def cold(self, rounds=30):
        host, path, _ = self.rooms(0)
        self.delivered(self.send("bob", path, "first"))
        times, sizes = [], []
        peak, size = self.path("peak"), pathlib.Path(self.path("size"))
        subprocess.run(["cc", "-O1", "-o", peak, pathlib.Path(__file__).with_name("peak.c")],
                       check=True)
        for number in range(rounds):
            start = time.monotonic()
            done = subprocess.run(
                [peak, size, harness.BINARY, "--home", str(self.home("bob")), "--no-input",
                 "--json", "send", "lobby", "-m", f"cold {number}"], stdout=subprocess.PIPE,
                env=harness.environment(self.folder), check=True)
            times.append((time.monotonic() - start) * 1000)
            sizes.append(int(size.read_text()) / 1024)
            assert json.loads(done.stdout)["status"] == "delivered", done.stdout
        host.stop()
        return statistics.median(times), statistics.median(sizes)

    def warm(self, rounds=200):
        """Requests on the owner's socket, as a script makes them; and the whole command."""
        host, path, _ = self.rooms(0)
        self.delivered(self.send("bob", path, "first"))
        den = self.host("bob", "den")
        client = RpcConnection(self.home("bob") / "agent.sock")
        self.addCleanup(client.close)
        times = []
        for number in range(rounds + 1):
            start = time.monotonic()
            sent = client.call("send", {"target": {"name": "lobby"}, "texts": [f"warm {number}"]})
            assert sent["status"] == "delivered", sent
            times.append((time.monotonic() - start) * 1000)
        commands = []
        for number in range(20):
            start = time.monotonic()
            self.delivered(self.send("bob", "lobby", f"command {number}"))
            commands.append((time.monotonic() - start) * 1000)
        client.close()
        den.stop()
        host.stop()
        return statistics.median(times[1:]), statistics.median(commands)

    def idle(self):
        host, path, _ = self.rooms(0)
        self.delivered(self.send("bob", path, "first"))
        time.sleep(1)
        pages = pathlib.Path(f"/proc/{host.pid}/smaps_rollup").read_text()
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024
                 for line in pages.splitlines() if line.endswith("kB")}
        host.stop()
        return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


class Counting:
    """A member whose events are counted as they come, which costs less than keeping them."""

    def __init__(self, arguments, env):
        self.process = subprocess.Popen(arguments, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.texts = []
        self.done_at = 0.0
        import threading
        self.more = threading.Condition()
        self.linked = False
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if b'"event":"message"' in line[:40]:
                with self.more:
                    self.texts.append(line)
                    self.done_at = time.monotonic()
                    self.more.notify()

    def wait_for(self, count, deadline):
        with self.more:
            done = self.more.wait_for(lambda: len(self.texts) >= count,
                                      max(0.0, deadline - time.monotonic()))
        assert done, f"{len(self.texts)} of {count} messages came"

    def check(self, wanted):
        texts = [json.loads(line)["text"] for line in self.texts]
        assert len(texts) == len(set(texts)), "something came twice"
        for author, count in wanted.items():
            own = [text for text in texts if text.split()[0] == author]
            assert own == [f"{author} {n}" for n in range(count)], f"{author} is out of order"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(5)
        self.process.stdin.close()
        self.process.stdout.close()


def main():
    wanted = sys.argv[1:] or ["fan-out", "warm", "cold", "idle"]
    table = Table()

    def measured(name):
        bench = Bench()
        bench.setUp()
        try:
            return getattr(bench, name)()
        finally:
            bench.doCleanups()

    if "fan-out" in wanted:
        seconds, cpu, host_cpu = measured("fan_out")
        table.row("20 members x 200 messages = 76,000 deliveries (21 processes)", seconds, "s",
                  at_most=15)
        table.note(f"processor time of all {cpu:.1f} s, of the host {host_cpu:.1f} s")
    if "warm" in wanted:
        socket_ms, command_ms = measured("warm")
        table.row("warm send through the socket", socket_ms, "ms", at_most=5)
        table.note(f"as a command, with its own start: {command_ms:.1f} ms")
    if "cold" in wanted:
        ms, size = measured("cold")
        table.row("cold send by a room's name, until delivered", ms, "ms", at_most=20)
        table.row("    its largest resident size", size, "MiB", at_most=12)
    if "idle" in wanted:
        resident, private = measured("idle")
        table.row("idle direct host, resident", resident, "MiB", at_most=14)
        table.row("    of that its own", private, "MiB", at_most=6)
    return 0 if table.all_met else 1


if __name__ == "__main__":
    sys.exit(main())
