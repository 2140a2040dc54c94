"""The running program: hosts, members and sends are `sotto host`, `sotto join` and `sotto send`.

Wall time depends on what else the machine does; the processor time beside it does not.
"""
import json
import pathlib
import subprocess
import threading
import time

import harness
from owner_socket import RpcConnection
from stage import Bench, median, since, with_bench


class Talk(Bench):
    def rooms(self, members):
        host = self.host("anna", "lobby")
        path = self.invite("anna", "lobby", "--uses", str(members + 1))
        names = [f"m{number}" for number in range(members)]
        self.init(*names)
        return host, path, names

    def delivered_row(self):
        """A request on the socket of a member who is in the room, until it is answered that the
        host has committed the message; in turns with a commit alone."""
        self.pin(0, "anna")
        self.pin(1, "bob")
        host, path, _ = self.rooms(0)
        self.init("bob")
        member = self.join("bob", path)
        client = RpcConnection(self.home("bob") / "agent.sock")
        self.addCleanup(client.close)
        sends, commits = [], []
        for number in range(self.rounds(15, 5) + 1):
            times = []
            for each in range(30):
                time.sleep(0.02)  # what follows the one before: receipts, and their commits
                start = time.monotonic()
                sent = client.call("send", {"target": {"name": "lobby"},
                                            "texts": [f"{number} {each}"]})
                times.append(since(start))
                assert sent["status"] == "delivered", sent
            sends.append(median(times))
            folder = self.folder / f"commits{number}"
            folder.mkdir()
            commits += self.stage.figures("store_bench", "commit", folder, self.stage.cores[1],
                                          1)["commit"]
        beyond = [send - commit for send, commit in zip(sends[1:], commits[1:])]
        self.table.row("send to delivered, beyond one commit alone", median(beyond), "ms",
                       at_most=1)
        self.table.note(f"send {median(sends[1:]):.2f} ms, commit {median(commits[1:]):.2f} ms; a "
                        "message is committed on both sides, one after the other")
        client.close()
        member.kill()
        host.stop()

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
            times.append(since(start))
        commands = []
        for number in range(20):
            start = time.monotonic()
            self.delivered(self.send("bob", "lobby", f"command {number}"))
            commands.append(since(start))
        client.close()
        den.stop()
        host.stop()
        self.table.row("warm send through the socket", median(times[1:]), "ms", at_most=5)
        self.table.note(f"as a command, with its own start: {median(commands):.1f} ms")

    def fan_out(self, members=20, each=200, limit=300):
        """Everyone sends; every other one must get everything once, in its author's order."""
        host, path, names = self.rooms(members)
        streams = [quiet_join(self, name, path) for name in names]
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
        self.table.row(f"20 members x 200 messages = {each * members * (members - 1):,} deliveries "
                       "(21 processes)", seconds, "s", at_most=15)
        self.table.note(f"processor time of all {cpu:.1f} s, of the host {host_cpu:.1f} s")

    def idle(self):
        host, path, _ = self.rooms(0)
        self.delivered(self.send("bob", path, "first"))
        time.sleep(1)
        pages = pathlib.Path(f"/proc/{host.pid}/smaps_rollup").read_text()
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024
                 for line in pages.splitlines() if line.endswith("kB")}
        host.stop()
        self.table.row("idle direct host, resident", sizes["Rss"], "MiB", at_most=14)
        self.table.row("    of that its own", sizes["Private_Clean"] + sizes["Private_Dirty"],
                       "MiB", at_most=6)
        self.table.note(f"written to: {sizes['Private_Dirty']:.1f} MiB; the rest is the program and "
                        "libraries that no other process uses now")


class Counting:
    """A member whose events are counted as they come, which costs less than keeping them."""

    def __init__(self, arguments, env):
        self.process = subprocess.Popen(arguments, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.texts = []
        self.done_at = 0.0
        self.more = threading.Condition()
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


def quiet_join(bench, name, path):
    launcher = bench.launchers.get(name, ())
    stream = Counting([*launcher, *bench.words_of(name, "--json", "join", path)],
                      harness.environment(bench.folder))
    bench.addCleanup(stream.kill)
    return stream


SECTIONS = {"delivered": with_bench(Talk, "delivered_row"), "warm": with_bench(Talk, "warm"),
            "fan-out": with_bench(Talk, "fan_out"), "idle": with_bench(Talk, "idle")}
