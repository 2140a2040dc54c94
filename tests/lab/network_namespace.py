"""One network namespace, which ends with whoever made it.

    space = Namespace("anna")        with the loopback up and nothing else
    space.run(["ip", "address"])     a command in there, as subprocess.run()
    space.popen(["turnserver"])      as subprocess.Popen(); space.prefix for starting it otherwise
    space.ip("link set lo down")     a command that must succeed
    space.close()

A namespace has no name, so any number of labs may be up at once and none is left behind.  It lives
as long as its holder, a process that ends with whoever made the namespace, also when that is
killed.  What still runs in the namespace then is killed.  Needs root, Debian's iproute2, nftables
and util-linux.
"""
import json
import os
import pathlib
import subprocess

PATIENCE = 30  # seconds, for commands that take milliseconds

# After the end of its standard input the holder kills what has not ended by itself.  A few rounds,
# for what is started meanwhile.
HOLD = """
echo held
cat
for round in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for path in $(find -L /proc/[0-9]*/ns/net -samefile /proc/$$/ns/net 2>/dev/null); do
    pid=${path#/proc/}
    pid=${pid%%/*}
    if [ "$pid" != $$ ] && [ -e "$path" ]; then left="$left $pid"; fi
  done
  [ "$left" ] || break
  kill -KILL $left 2>/dev/null
done
[ -z "$1" ] || rm -rf "$1"
"""


class LabError(Exception):
    """Why there is no lab."""


class Namespace:
    """A network namespace, with the loopback up; `alone`: with an empty /run as well; `folder`: one
    that is removed in the end."""

    def __init__(self, name, alone=False, folder=""):
        self.name, self.alone = name, alone
        self._servers = []
        unshare = ["unshare", "--net"] + ["--mount"] * alone
        hold = "mount -t tmpfs -o mode=755 none /run || exit\n" * alone + HOLD
        # A session of its own: what a terminal says to the test is not meant for the holder.
        self._holder = subprocess.Popen([*unshare, "sh", "-c", hold, "sh", folder],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True)
        if self._holder.stdout.readline() != b"held\n":
            said = self._holder.stderr.read().decode().strip()
            self.close()
            raise LabError(said)
        self.ip("link set lo up")

    @property
    def pid(self):
        """A process in it, as `ip` names namespaces."""
        return self._holder.pid

    @property
    def prefix(self):
        """Words in front of a command that run it here; its process id stays the same."""
        words = ["nsenter", f"--net=/proc/{self.pid}/ns/net"]
        if self.alone:
            words += [f"--mount=/proc/{self.pid}/ns/mnt", f"--wdns={os.getcwd()}"]
        return [*words, "--"]

    def run(self, argv, **more):
        """As subprocess.run(), in here."""
        return subprocess.run([*self.prefix, *argv], **more)

    def popen(self, argv, **more):
        """As subprocess.Popen(), in here."""
        return subprocess.Popen([*self.prefix, *argv], **more)

    def serve(self, argv, **more):
        """As popen(), for what may run until the end: close() waits for it then."""
        server = self.popen(argv, **more)
        self._servers.append(server)
        return server

    def do(self, argv, text=None, timeout=PATIENCE):
        """A command that must succeed; returns what it says."""
        done = self.run(argv, input=text, capture_output=True, text=True, timeout=timeout)
        if done.returncode:
            raise LabError(f"{self.name}: {' '.join(map(str, argv))}: {done.stderr.strip()}")
        return done.stdout

    def ip(self, *lines):
        """Commands of `ip`, all in one process."""
        if len(lines) == 1:
            return self.do(["ip", *lines[0].split()])
        return self.do(["ip", "-batch", "-"], "".join(f"{line}\n" for line in lines))

    def setting(self, key, value):
        """A setting under /proc/sys/net, of this namespace."""
        self.settings({key: value})

    def settings(self, values):
        self.do(["sh", "-e"], "".join(f"echo {value} > /proc/sys/net/{key}\n"
                                      for key, value in values.items()))

    def rules(self, text):
        self.do(["nft", "-f", "-"], text)

    def listed(self, kind):
        """What the rules here have of a kind, as nft tells it: counters, sets."""
        tables = json.loads(self.do(["nft", "-j", "list", "ruleset"]))["nftables"]
        return [entry[kind] for entry in tables if kind in entry]

    def counters(self):
        """Packets so far, by where they were counted."""
        return {counter["name"]: counter["packets"] for counter in self.listed("counter")}

    def received(self):
        """Packets that came out of the links of this namespace."""
        lines = self._read("dev").splitlines()[2:]
        counts = {line.split(":")[0].strip(): int(line.split(":")[1].split()[1]) for line in lines}
        return sum(count for link, count in counts.items() if link != "lo")

    def listens(self, protocol, port):
        """Whether somebody here waits at a port of "tcp" or "udp", of IPv4 or IPv6."""
        wanted = {"tcp": "0A", "udp": "07"}[protocol]  # TCP_LISTEN; unconnected
        rows = [line.split() for family in ("", "6")
                for line in self._read(protocol + family).splitlines()[1:]]
        return any(row[1].endswith(f":{port:04X}") and row[3] == wanted for row in rows)

    def _read(self, name):
        return pathlib.Path(f"/proc/{self.pid}/net/{name}").read_text()

    def release(self):
        """Lets the holder end, without waiting for it: many then end at once."""
        if not self._holder.stdin.closed:
            self._holder.stdin.close()

    def close(self):
        self.release()
        self._holder.stdout.close()
        self._holder.stderr.close()
        self._holder.wait(PATIENCE)
        for server in self._servers:
            server.wait(PATIENCE)
            if server.stdout:
                server.stdout.close()
