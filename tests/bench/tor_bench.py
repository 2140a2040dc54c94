"""What is about Tor, on one private Tor network.

Everything runs on this machine, relays included: figures are of sotto and tor sharing its
processors.  So each is taken beside that of the same thing without sotto, a stream through the
SOCKS port of the same tor to a plain onion service of the other one, in turns.
"""
import datetime
import os
import socket
import time

import harness
import onionshare
import services
import stage
import tor_network
import tor_test_support
from owner_socket import RpcConnection
from stage import SECTION, median, shown, since
from tor_test_support import PATIENCE

ROOMS = 180  # seconds until all rooms are ready
RECORD = bytes(514)  # what a short message, and its receipt, is on the wire


class TorBench(tor_test_support.TorTest):
    """The harness of the integration tests, without its framework."""

    def runTest(self):
        pass

    def __init__(self, this):
        super().__init__()
        self.table, self.rounds = this.table, this.rounds

    def two_tors(self):
        """One for anna, who hosts, and one for everybody else."""
        self.here, self.there = self.tor("here"), self.tor("there")
        self.use(self.here, "anna")
        self.use(self.there, "bob", "carl")

    def hosting(self, *flags, room="lobby", home="anna"):
        """A host with a connection file that takes no time to open."""
        stream = self.stream(home, "host", room, *self.tor_flags(home), "--export",
                             self.path(room), "--unsealed", "--uses", "99", *flags)
        stream.ready = stream.expect("ready", timeout=PATIENCE)
        return stream

    def control(self, tor):
        control = tor.control()
        self.addCleanup(control.close)
        return control

    def onion(self, tor, target):
        """A plain onion service of this tor."""
        return self.control(tor).add_onion(target) + ".onion"

    def echo(self, tor):
        echo = tor_network.Echo(self.path(f"echo-{len(os.listdir(self.folder))}"))
        self.addCleanup(echo.close)
        return self.onion(tor, echo.target)

    def dial(self, tor, name):
        """A stream through SOCKS, over circuits of its own."""
        stream = tor_network.connect_patiently(tor.socks_socket, name, user="bench",
                                               password=os.urandom(8).hex())
        stream.settimeout(SECTION)
        self.addCleanup(stream.close)
        return stream

    def raw_contact(self, tor, name):
        """Milliseconds until an echo has answered on a stream that was not there before."""
        start = time.monotonic()
        assert tor_network.says_back(self.dial(tor, name), RECORD)
        return since(start)

    # --- sections

    def ready(self):
        self.two_tors()
        watch = self.control(self.here)
        watch.command("SETEVENTS HS_DESC")
        whole, after_fetch, after_upload = [], [], []
        for number in range(self.rounds(5, 2)):
            watch.events.clear()
            start = time.monotonic()
            host = self.stream("anna", "host", f"room{number}", *self.tor_flags("anna"))
            fetched = watch.wait_event("^HS_DESC RECEIVED ").split()[2]
            fetched_at = time.monotonic()
            address = host.expect("ready", timeout=PATIENCE)["routes"][0]["address"]
            assert address.startswith(fetched), (address, fetched)
            whole.append(time.monotonic() - start)
            after_fetch.append(time.monotonic() - fetched_at)
            after_upload.append(moment(host.all[-1]) - moment(
                next(e for e in host.all if e.get("phase") == "uploaded")))
            failed = sum(event.startswith("HS_DESC FAILED") for event in watch.events)
            if failed:
                self.table.note(f"round {number + 1}: {failed} fetches failed before")
            host.stop()
        self.table.row("host --tor to ready, with a bootstrapped tor", median(whole), "s")
        self.table.row("    of that after its descriptor was first fetched",
                       median(after_fetch), "s", at_most=1)
        self.table.note(f"each: {shown(after_fetch)} s; after its upload {shown(after_upload)} s")
        cold = []
        for number in range(self.rounds(3, 1)):
            start = time.monotonic()
            host = self.stream(f"cold{number}", "host", "lobby",
                               *self.tor_flags(f"cold{number}"))
            host.expect("ready", timeout=PATIENCE)
            cold.append(time.monotonic() - start)
            host.stop()
        self.table.row("host --tor to ready, with a tor of its own that is new",
                       median(cold), "s")

    def talk(self):
        self.two_tors()
        host, echo = self.hosting(), self.echo(self.here)
        self.join_to_first_message(host, echo)
        self.cold_send(host, echo)
        self.warm_send(echo)
        host.stop()

    def join_to_first_message(self, host, echo):
        """Each with a tor that has bootstrapped, and knows nothing of the service."""
        joins, raws = [], []
        for number in range(self.rounds(4, 2)):
            name = f"new{number}"
            tor = self.tor(name)
            self.use(tor, name)
            self.init(name)
            if number % 2:
                raws.append(self.raw_contact(tor, echo))
            start = time.monotonic()
            member = self.stream(name, "join", self.path("lobby"), *self.tor_flags(name),
                                 stdin=-1)
            member.type(f"hello from {name}\n")
            host.expect("message", text=f"hello from {name}", timeout=PATIENCE)
            joins.append(since(start) / 1000)
            if not number % 2:
                raws.append(self.raw_contact(tor, echo))
            member.end_input()
            member.wait(PATIENCE)
            tor.stop()
        self.table.row("join to first message, of somebody new", median(joins), "s")
        self.table.note(f"first answer of a plain echo over raw SOCKS: {median(raws) / 1000:.1f} s")

    def cold_send(self, host, echo):
        self.delivered_by_onion(self.send_tor("carl", "first", self.path("lobby")))
        sends, raws = [], []
        for number in range(self.rounds(8, 3)):
            raws.append(self.raw_contact(self.there, echo))
            start = time.monotonic()
            self.delivered_by_onion(self.sotto(
                "carl", "--json", "send", "lobby", *self.tor_flags("carl")[1:],
                stdin=f"cold {number}", timeout=PATIENCE))
            sends.append(since(start))
        self.table.row("cold send by a room's name, until delivered", median(sends), "ms")
        self.table.note(f"connecting and one answer over raw SOCKS: {median(raws):.0f} ms")

    def warm_send(self, echo):
        self.init("bob")
        member = self.join_tor("bob", self.path("lobby"))
        client = RpcConnection(self.home("bob") / "agent.sock", PATIENCE)
        self.addCleanup(client.close)
        raw = self.dial(self.there, echo)
        sends, raws = [], []
        for number in range(self.rounds(60, 20) + 1):
            start = time.monotonic()
            assert tor_network.says_back(raw, RECORD)
            raws.append(since(start))
            start = time.monotonic()
            sent = client.call("send", {"target": {"name": "lobby"}, "texts": [f"warm {number}"]})
            assert sent["status"] == "delivered", sent
            sends.append(since(start))
        client.close()
        member.kill()
        self.table.row("warm send to delivered, beyond a raw SOCKS round trip",
                       median(sends[1:]) - median(raws[1:]), "ms", at_most=50)
        self.table.note(f"send {median(sends[1:]):.1f} ms, raw {median(raws[1:]):.1f} ms, "
                        f"{len(sends) - 1} of each")

    def bulk(self):
        self.two_tors()
        sink = services.Service(take_bulk)
        self.addCleanup(sink.close)
        host = self.hosting("--allow", "chat,forward:sink", "--expose", f"sink={sink.address}")
        self.init("bob")
        member = self.join_tor("bob", self.path("lobby"), "--forward", "0:sink")
        port = int(member.expect("forward")["address"].rsplit(":", 1)[1])
        through = socket.create_connection(("127.0.0.1", port), timeout=SECTION)
        self.addCleanup(through.close)
        raw = self.dial(self.there, self.onion(self.here, sink.address))
        size = self.rounds(40, 8) << 20
        processes = {"host": host.pid, "member": member.pid,
                     "its tor": self.here.process.pid, "the member's": self.there.process.pid}
        speeds = {raw: [], through: []}
        spent = {raw: dict.fromkeys(processes, 0.0), through: dict.fromkeys(processes, 0.0)}
        for stream in speeds:
            push(stream, size // 4)
        for _ in range(self.rounds(5, 3)):
            for stream, results in speeds.items():
                before = {name: harness.cpu_seconds(pid) for name, pid in processes.items()}
                results.append(push(stream, size))
                for name, pid in processes.items():
                    spent[stream][name] += harness.cpu_seconds(pid) - before[name]
        self.table.row("bulk through --forward, against raw SOCKS",
                       median(speeds[through]) / median(speeds[raw]), "of raw", at_least=0.9)
        for name, stream in (("forward", through), ("raw", raw)):
            rounds = len(speeds[stream])
            cpu = ", ".join(f"{who} {seconds / rounds:.2f}"
                            for who, seconds in spent[stream].items())
            self.table.note(f"{name}: {median(speeds[stream]):.1f} MB/s ({shown(speeds[stream])})"
                            f"; processor seconds of {size >> 20} MiB: {cpu}")
        member.kill()
        host.stop()

    def recovery(self):
        self.two_tors()
        host = self.hosting()
        self.init("bob")
        member = self.join_tor("bob", self.path("lobby"))
        for whose, tor, rounds in (("host", self.here, self.rounds(3, 1)),
                                   ("member", self.there, self.rounds(3, 1))):
            back = []
            for number in range(rounds):
                member.type(f"{whose} before {number}\n")
                host.expect("message", text=f"{whose} before {number}", timeout=PATIENCE)
                tor.kill()
                member.type(f"{whose} meanwhile {number}\n")
                tor.start()
                start = time.monotonic()
                host.expect("message", text=f"{whose} meanwhile {number}", timeout=PATIENCE)
                back.append(time.monotonic() - start)
            self.table.row(f"the {whose}'s tor killed: from the new one's 100 % to delivered",
                           max(back), "s", at_most=10)
            self.table.note(f"the longest of {shown(back)} s")
        member.kill()
        host.stop()

    def rooms(self):
        count = self.rounds(100, 20)
        self.make_rooms(count)
        tor = self.tor("hundred")
        before = harness.resident_bytes(tor.process.pid)[0]
        start = time.monotonic()
        stream = self.stream("anna", "listen", "--tor-control", str(tor.control_socket))
        ready, reached = [], set()
        while len(reached) < count and since(start) < ROOMS * 1000:
            try:
                event = stream.expect("ready", timeout=ROOMS - since(start) / 1000)
            except AssertionError as why:
                self.table.note(str(why).splitlines()[0])
                break
            reached.add(event["routes"][0]["address"])
            ready.append(time.monotonic() - start)
        sizes = [harness.resident_bytes(pid)[0] / (1 << 20)
                 for pid in (stream.pid, tor.process.pid)]
        self.table.row(f"rooms of {count} that one tor has ready within {ROOMS} s", len(reached),
                       "rooms", at_least=count)
        if ready:
            self.table.note(f"half of them after {median(ready):.1f} s, the last after "
                            f"{ready[-1]:.1f} s")
        self.table.note(f"resident: sotto {sizes[0]:.1f} MiB, tor {sizes[1]:.1f} MiB "
                        f"(before {before / (1 << 20):.1f} MiB)")
        stream.kill()

    def make_rooms(self, count):
        """So that their keys and addresses are there already."""
        tor = self.tor("making")
        self.use(tor, "anna")
        self.init("anna")
        owner = self.stream("anna", "host", "room0", *self.tor_flags("anna"))
        owner.expect("ready", timeout=PATIENCE)
        client = RpcConnection(self.home("anna") / "agent.sock", ROOMS)
        self.addCleanup(client.close)
        for number in range(1, count):
            client.send('{"jsonrpc":"2.0","id":%d,"method":"host","params":'
                        '{"room":"room%d","tor":{"only":true}}}\n' % (number, number))
        waiting = set(range(1, count))
        while waiting:
            answer = client.line()
            assert "error" not in answer, answer
            waiting.discard(answer.get("id"))
        client.close()
        owner.kill()
        tor.stop()

    def onionshare(self):
        self.two_tors()
        size = self.rounds(40, 8) << 20
        if not onionshare.PROGRAM:
            self.table.note("onionshare-cli is not installed (contrib/install-deps bench): "
                            "nothing to compare with")
            return
        shown_after, speeds = [], []
        for number in range(self.rounds(3, 1)):
            peer, name, seconds = self.onionshare_on("--receive", f"receive{number}")
            shown_after.append(seconds)
            stream = self.dial(self.there, name)
            start = time.monotonic()
            onionshare.upload(stream, name, size)
            speeds.append(size / 1e6 / (time.monotonic() - start))
            peer.stop()
        self.table.row("onionshare-cli --receive to an address, whether it works or not",
                       median(shown_after), "s")
        self.table.row("    uploads over raw SOCKS", median(speeds), "MB/s")
        peer, name, _ = self.onionshare_on("--chat", "chat")
        chat = onionshare.Chat(lambda: self.dial(self.there, name), name)
        self.addCleanup(chat.close)
        times = []
        for number in range(self.rounds(60, 20) + 1):
            start = time.monotonic()
            chat.say(f"warm {number}")
            times.append(since(start))
        self.table.row("    --chat: a message until it comes back, over raw SOCKS",
                       median(times[1:]), "ms")
        peer.stop()

    def onionshare_on(self, flag, name):
        peer = onionshare.OnionShare(self.folder / name, self.here, flag)
        self.addCleanup(peer.stop)
        return peer, *peer.await_address(PATIENCE)


def moment(event):
    return datetime.datetime.fromisoformat(event["ts"]).timestamp()


def take_bulk(connection):
    """Takes what is announced, and says so each time."""
    connection.settimeout(SECTION)
    space = bytearray(1 << 18)
    while head := connection.recv(8, socket.MSG_WAITALL):
        left = int.from_bytes(head, "big")
        while left:
            if not (count := connection.recv_into(space, min(left, len(space)))):
                return
            left -= count
        connection.sendall(b"k")


def push(stream, size):
    """MB/s until the sink has everything."""
    start = time.monotonic()
    stream.sendall(size.to_bytes(8, "big"))
    block = memoryview(bytes(1 << 18))
    for at in range(0, size, len(block)):
        stream.sendall(block[:min(len(block), size - at)])
    assert stream.recv(1) == b"k"
    return size / 1e6 / (time.monotonic() - start)


def section(method):
    on_network = stage.with_bench(TorBench, method)

    def started(this):
        TorBench.network = tor_network.shared()
        on_network(this)
    return started


SECTIONS = {f"tor-{name}": section(name)
            for name in ("ready", "talk", "bulk", "recovery", "rooms", "onionshare")}
