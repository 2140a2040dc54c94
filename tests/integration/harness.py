"""Drives the real binary: homes of their own, commands, and streams of JSON Lines.

SOTTO_BINARY names the program.  Whatever a test starts is ended by its process id, also when
the test fails.  Nothing here sleeps to let things happen: it waits for what must happen, with a
limit.
"""
import json
import os
import pathlib
import queue
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

BINARY = os.environ.get("SOTTO_BINARY") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "sotto")
PATIENCE = 20.0  # seconds; for what takes a fraction of one on an idle machine


def environment(home):
    return {"HOME": str(home), "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "tester", "LOGNAME": "tester",
            "XDG_RUNTIME_DIR": str(home)} | {
                key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}


class Done:
    """A command that has ended."""

    def __init__(self, arguments, code, out, err, seconds):
        self.arguments, self.code, self.seconds = arguments, code, seconds
        self.raw_out, self.raw_err = out, err
        self.out, self.err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return (f"sotto {' '.join(self.arguments)}\nexit {self.code} after {self.seconds:.2f} s"
                f"\n--- out\n{self.out[:4000]}\n--- err\n{self.err[:4000]}")


class Stream:
    """A running `host` or `join` with --json."""

    def __init__(self, arguments, env, stdin, launcher=()):
        self.arguments = arguments
        self.process = subprocess.Popen([*launcher, BINARY, *arguments], env=env, stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pending = []  # events that nobody has asked for yet
        self.all = []
        self.err = ""
        self._lines = queue.Queue()
        self._readers = [threading.Thread(target=self._read_out, daemon=True),
                         threading.Thread(target=self._read_err, daemon=True)]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self):
        return self.process.pid

    def _read_out(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_err(self):
        for line in self.process.stderr:
            self.err += line.decode("utf-8", "replace")

    def __str__(self):
        tail = "\n".join(json.dumps(event) for event in self.all[-30:])
        return (f"sotto {' '.join(self.arguments)}\n--- events\n{tail[-6000:]}"
                f"\n--- err\n{self.err[-4000:]}")

    def _next(self, deadline):
        """The next event off the pipe, or None at its end."""
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"nothing more came in time from\n{self}") from None
        if line is None:
            self._lines.put(None)
            return None
        event = json.loads(line)
        assert list(event)[:2] == ["event", "ts"], f"event and ts come first: {line}"
        self.all.append(event)
        return event

    def expect(self, kind, /, timeout=PATIENCE, **fields):
        """The first event of this kind and these fields that was not asked for before."""
        deadline = time.monotonic() + timeout

        def fits(event):
            return event["event"] == kind and all(event.get(k) == v for k, v in fields.items())

        for index, event in enumerate(self.pending):
            if fits(event):
                return self.pending.pop(index)
        while True:
            event = self._next(deadline)
            if event is None:
                raise AssertionError(f"ended before {kind} {fields}:\n{self}")
            if fits(event):
                return event
            self.pending.append(event)

    def expect_err(self, text, timeout=PATIENCE):
        """Waits for this text on standard error, which comes when it comes."""
        deadline = time.monotonic() + timeout
        while text not in self.err:
            assert time.monotonic() < deadline, f"'{text}' was not said by\n{self}"
            time.sleep(0.01)

    def messages(self):
        """The texts of all messages so far, in order."""
        deadline = time.monotonic()
        try:
            while (event := self._next(deadline)) is not None:
                self.pending.append(event)
        except AssertionError:
            pass
        return [event["text"] for event in self.all if event["event"] == "message"]

    def type(self, text):
        self.process.stdin.write(text.encode() if isinstance(text, str) else text)
        self.process.stdin.flush()

    def end_input(self):
        self.process.stdin.close()

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait(self, timeout=PATIENCE):
        """Waits for the end, reads what is left, and returns the exit code."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {timeout} s:\n{self}") from None
        for reader in self._readers:
            reader.join(timeout)
        deadline = time.monotonic() + timeout
        while (event := self._next(deadline)) is not None:
            self.pending.append(event)
        return code

    def stop(self, number=signal.SIGTERM):
        self.send_signal(number)
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                if pipe:
                    pipe.close()
            except BrokenPipeError:
                pass


class SottoTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.surroundings = {}  # by home: what its commands find in their environment besides
        self.launchers = {}  # by home: words in front of its commands, which end in an exec

    def home(self, name):
        return self.folder / name

    def file(self, name, content=b"", mode=0o600):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return str(path)

    def path(self, name):
        return str(self.folder / name)

    # --- commands

    def sotto(self, home, *arguments, stdin=b"", timeout=PATIENCE, env=None):
        """Runs a command to its end; `stdin` None closes it."""
        arguments = ["--home", str(self.home(home)), "--no-input", *map(str, arguments)]
        env = self.surroundings.get(home, {}) | (env or {})
        return self.run_binary(arguments, stdin=stdin, timeout=timeout, env=env,
                               launcher=self.launchers.get(home, ()))

    def run_binary(self, arguments, stdin=b"", timeout=PATIENCE, env=None, launcher=()):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        start = time.monotonic()
        try:
            done = subprocess.run([*launcher, BINARY, *arguments], input=stdin,
                                  capture_output=True, timeout=timeout,
                                  env=environment(self.folder) | (env or {}))
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"sotto {' '.join(arguments)} still runs after {timeout} s\n"
                                 f"{late.stdout}\n{late.stderr}") from None
        return Done(arguments, done.returncode, done.stdout, done.stderr,
                    time.monotonic() - start)

    def check(self, done, code=0):
        self.assertEqual(done.code, code, str(done))
        return done

    def refused(self, done, code, name):
        """A failure: this exit code, this short name, and one line for the person."""
        self.assertEqual(done.code, code, str(done))
        self.assertIn(f"[{name}]", done.err, str(done))
        if "--json" in done.arguments:
            shown = json.loads(done.out.splitlines()[-1])
            error = shown if shown.get("event") == "error" else shown["error"]
            self.assertEqual(error["code"], name, str(done))
        return done

    def init(self, *homes):
        """Profiles that are called like their homes."""
        for home in homes:
            self.check(self.sotto(home, "init", "--name", home))

    def identity(self, home):
        return self.check(self.sotto(home, "--json", "id")).json

    def start(self, home, *arguments, stdin=b""):
        """Starts a command that may be killed; `Done` comes from finish()."""
        arguments = ["--home", str(self.home(home)), "--no-input", *map(str, arguments)]
        env = environment(self.folder) | self.surroundings.get(home, {})
        launcher = self.launchers.get(home, ())
        process = subprocess.Popen([*launcher, BINARY, *arguments], env=env,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.arguments = arguments
        process.began = time.monotonic()
        try:
            process.stdin.write(stdin.encode() if isinstance(stdin, str) else stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.stdin = None
        return process

    def finish(self, process, timeout=PATIENCE):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{process.args} still ran after {timeout} s\n{out}\n{err}") \
                from None
        return Done(process.arguments, process.returncode, out, err,
                    time.monotonic() - process.began)

    # --- streams

    def stream(self, home, *arguments, stdin=subprocess.DEVNULL):
        arguments = ["--home", str(self.home(home)), "--no-input", "--json", *map(str, arguments)]
        env = environment(self.folder) | self.surroundings.get(home, {})
        stream = Stream(arguments, env, stdin, self.launchers.get(home, ()))
        self.addCleanup(stream.kill)
        return stream

    def host(self, home, room="lobby", *flags, stdin=subprocess.DEVNULL):
        """A host on the loopback that is ready."""
        bind = [] if "--bind" in flags else ["--bind", "127.0.0.1"]
        stream = self.stream(home, "host", room, "--direct", *bind, *flags, stdin=stdin)
        stream.ready = stream.expect("ready")
        return stream

    def host_behind_proxy(self, home, room="lobby", *flags, cut_after=None, allow="chat", **more):
        """A host, the proxy in front of it, and a connection file that leads to the proxy.

        The host is as if on another machine: what that keeps for its own would lead past the proxy.
        """
        elsewhere = pathlib.Path(self.path("elsewhere"))
        elsewhere.mkdir(mode=0o700, exist_ok=True)
        self.surroundings.setdefault(home, {})["XDG_RUNTIME_DIR"] = str(elsewhere)
        outside = self.host(home, room, "--bind", "127.0.0.2", *flags)
        port = port_of(outside)
        path = self.invite(home, room, "--uses", "5", "--allow", allow, file="proxied")
        outside.stop()
        host = self.host(home, room, "--port", str(port), *flags, **more)
        proxy = Proxy(("127.0.0.2", port), ("127.0.0.1", port), cut_after)
        self.addCleanup(proxy.close)
        return host, proxy, path

    def join(self, home, target, *flags, stdin=subprocess.PIPE):
        """A member whose link stands."""
        stream = self.stream(home, "join", target, *flags, stdin=stdin)
        stream.link = stream.expect("link")
        return stream

    def invite(self, home, room="lobby", *flags, file="inv"):
        """A connection file; unsealed unless the flags say otherwise, which is fast."""
        path = self.path(file)
        locks = {"--unsealed", "--for", "--invite-passphrase-file"}
        lock = [] if locks & set(flags) else ["--unsealed"]
        self.check(self.sotto(home, "export", room, "-o", path, *lock, *flags))
        return path

    def send(self, home, target, text, *flags, **more):
        return self.sotto(home, "--json", "send", target, *flags, stdin=text, **more)

    def delivered(self, done):
        self.check(done)
        self.assertEqual(done.json["status"], "delivered", str(done))
        return done.json

    def history(self, home, who="lobby", *flags):
        return self.check(self.sotto(home, "--json", "history", who, *flags)).json["messages"]

    def texts(self, home, who="lobby"):
        return [message["text"] for message in self.history(home, who)]


class Proxy:
    """A piece of network between members and a host, which can cut and stall what it carries.

    `cut_after` is the life of each connection in seconds; without it they live until cut().
    """

    def __init__(self, listen, target, cut_after=None):
        self.target, self.cut_after = target, cut_after
        self.connections = 0
        self.stalled = False
        self.rate = None  # bytes a second, of all together
        self.carried = 0  # bytes
        self._listener = socket.create_server(listen)
        self._links = []  # (member's end, host's end, when it is cut)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self):
        """Ends every connection now, losing what is on its way."""
        with self._lock:
            for link in self._links:
                self._close(link)
            self._links.clear()

    def stall(self):
        """Nothing passes any more, and nobody is told."""
        self.stalled = True

    def close(self):
        self._ended.set()
        self._thread.join()
        self.cut()
        self._listener.close()

    @staticmethod
    def _close(link):
        for end in link[:2]:
            # A reset: what the system still holds is lost as well.
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()

    def _run(self):
        while not self._ended.is_set():
            with self._lock:
                now = time.monotonic()
                for link in [link for link in self._links if link[2] and now >= link[2]]:
                    self._links.remove(link)
                    self._close(link)
                peers = {a: b for link in self._links for a, b in (link[:2], link[1::-1])}
            ends = [] if self.stalled else [self._listener, *peers]
            try:
                ready, _, _ = select.select(ends, [], [], 0.01)
            except (OSError, ValueError):
                continue  # cut meanwhile
            for end in ready:
                if end is self._listener:
                    self._accept()
                else:
                    self._pass_on(end, peers[end])

    def _accept(self):
        member, _ = self._listener.accept()
        try:
            host = socket.create_connection(self.target, timeout=5)
        except OSError:
            member.close()
            return
        self.connections += 1
        due = self.cut_after and time.monotonic() + self.cut_after
        with self._lock:
            self._links.append((member, host, due))

    def _pass_on(self, end, other):
        try:
            data = end.recv(1 << 16)
            if data:
                other.sendall(data)
                self.carried += len(data)
                if self.rate:
                    time.sleep(len(data) / self.rate)
                return
        except OSError:
            pass
        with self._lock:
            for link in [link for link in self._links if end in link[:2]]:
                self._links.remove(link)
                for one in link[:2]:
                    one.close()


def resident_bytes(pid):
    """What a process has in memory now, and at most."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in status.splitlines()
             if line.startswith(("VmRSS", "VmHWM"))}
    return sizes["VmRSS"], sizes["VmHWM"]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port(family=socket.AF_INET, address="127.0.0.1"):
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def port_of(stream):
    return int(stream.ready["routes"][0]["address"].rsplit(":", 1)[1])


def main():
    unittest.main(verbosity=2)
