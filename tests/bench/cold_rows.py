"""A text sent by a command that starts for it, from start to exit, which is when it has arrived: to
a running `sotto host`, and beside it by others' programs to a receiver that waits."""
import json
import os
import signal
import subprocess

import harness
import wormholes
from stage import Bench, median, with_bench

TEXT = "the backup of the night is done"


class Cold(Bench):
    def cold(self):
        self.pin(0, "anna")
        host = self.host("anna", "lobby")
        self.delivered(self.send("bob", self.invite("anna", "lobby", "--uses", "2"), "first"))
        contenders = {"sotto": self.sotto_round}
        if why := self.cannot_compare():
            self.table.note(why)
        else:
            mailbox = wormholes.Mailbox(self.folder, self.launcher(0))
            self.addCleanup(mailbox.stop)
            for client in wormholes.CLIENTS:
                contenders[client.name] = self.wormhole_round(client, mailbox)
        times = {name: [] for name in contenders}
        sizes = {name: [] for name in contenders}
        receiving = {name: [] for name in contenders}
        for number in range(self.rounds(15, 5)):
            for name, contender in contenders.items():
                ms, size, receiver = contender(number)
                times[name].append(ms)
                sizes[name].append(size)
                receiving[name].append(receiver)
        receiving["sotto"] = [harness.resident_bytes(host.pid)[1] / (1 << 20)]
        host.stop()
        self.rows(times, sizes, receiving)

    def rows(self, times, sizes, receiving):
        ours = median(times["sotto"])
        self.table.row("cold send by a room's name, until delivered", ours, "ms", at_most=20)
        self.table.row("    its largest resident size", median(sizes["sotto"]), "MiB", at_most=12)
        self.table.row("    of the host that receives it", median(receiving["sotto"]), "MiB",
                       at_most=14)
        for name in list(times)[1:]:
            self.table.row(f"cold send, against {name}", ours / median(times[name]),
                           "of its time", at_most=1)
            self.table.row("    its time", median(times[name]), "ms")
            self.table.row("    largest resident size of who sends", median(sizes[name]), "MiB")
            self.table.row("    and of who receives", median(receiving[name]), "MiB")

    def cannot_compare(self):
        if not self.stage.alone:
            return ("not compared with wormholes: the system allows no network namespace, and "
                    "without one they could reach out")
        if not wormholes.installed():
            return "not compared with wormholes: not installed (contrib/install-deps bench)"
        return None

    def launcher(self, core):
        return "taskset", "-c", str(self.stage.cores[core])

    def sotto_round(self, number):
        ms, size, out = self.measured(1, *self.words_of("bob", "--json", "send", "lobby", "-m",
                                                        f"{TEXT} {number}"),
                                      env=harness.environment(self.folder))
        assert json.loads(out)["status"] == "delivered", out
        return ms, size, 0

    def wormhole_round(self, client, mailbox):
        def round(number):
            code = f"{number + 1}-bench-row"
            env = wormholes.environment(self.folder)
            report = self.folder / "receiver"
            receiver = subprocess.Popen(
                [self.stage.programs / "measure", report, str(self.stage.cores[0]),
                 *client.receive(mailbox.url, code)], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env, start_new_session=True)
            self.addCleanup(end, receiver)
            mailbox.await_receiver()
            ms, size, _ = self.measured(1, *client.send(mailbox.url, code, TEXT), env=env,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            out, err = receiver.communicate(timeout=30)
            assert out.decode().strip() == TEXT, (out, err)
            return ms, size, int(report.read_text().split()[1]) / 1024
        return round


def end(process):
    """With what it started: its session is its own."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()
    process.stderr.close()


SECTIONS = {"cold": with_bench(Cold, "cold")}
