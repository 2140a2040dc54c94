"""A private Tor network for tests, tors that are its clients, and what speaks to those without
sotto: a control connection, SOCKS, and an onion service that echoes.

SOTTO_TOR_NETWORK names the folder of a network that is up (tests/lab/private_tor_net.py, which
ctest brings up once for all scripts); without it a script brings up its own.
"""
import atexit
import base64
import hashlib
import hmac
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import private_tor_net  # noqa: E402

PATIENCE = 90.0  # seconds; for what takes a few on an idle machine
RETRIED = {0x01, 0xF0, 0xF2, 0xF3, 0xF7}  # SOCKS errors that another attempt may mend


class Network:
    """A network that is up, as its folder describes it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.client_torrc = self.folder / "client.torrc"

    def bridges(self, transport=None):
        """The lines of torrc that lead through the bridge, plainly or by a transport."""
        plain, obfs4 = (self.folder / "bridges.txt").read_text().splitlines()
        if transport is None:
            return ["UseBridges 1", plain]
        assert transport == "obfs4", transport
        return ["UseBridges 1", f"ClientTransportPlugin obfs4 exec {shutil.which('obfs4proxy')}",
                obfs4]


_shared = []


def shared():
    """The network of ctest, or one of this script's own that ends with it."""
    if not _shared:
        folder = os.environ.get("SOTTO_TOR_NETWORK")
        if not folder:
            folder = tempfile.mkdtemp(prefix="sotto-tor-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            keeper = private_tor_net.up(folder, bridge=True, owner=os.getpid(),
                                        say=lambda line: print(line, file=sys.stderr))
            atexit.register(keeper.wait)
            atexit.register(private_tor_net.down, folder)
        _shared.append(Network(folder))
    return _shared[0]


class ControlError(Exception):
    """A command was refused; the text is tor's."""


class Control:
    """A control connection over a unix socket, one command at a time (control-spec)."""

    SERVER = b"Tor safe cookie authentication server-to-controller hash"
    CLIENT = b"Tor safe cookie authentication controller-to-server hash"

    def __init__(self, path, timeout=PATIENCE):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\r\n")
        self.events = []  # the first lines of those that came and were not waited for

    def close(self):
        self._lines.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _line(self):
        line = self._lines.readline()
        if not line:
            raise ControlError("tor has closed the control connection")
        return line.rstrip("\r\n")

    def _reply(self):
        """The lines of one reply, without their codes; data stands in the line it belongs to."""
        lines = []
        while True:
            line = self._line()
            code, kind, text = line[:3], line[3], line[4:]
            if kind == "+":
                while (data := self._line()) != ".":
                    text += "\n" + data.removeprefix(".")
            lines.append(text)
            if kind == " ":
                return code, lines

    def command(self, text):
        """Sends a command and returns the lines of its reply; raises what is no 25x."""
        self._socket.sendall(text.encode() + b"\r\n")
        while True:
            code, lines = self._reply()
            if code == "650":
                self.events.append(lines[0])
            elif code.startswith("25"):
                return lines
            else:
                raise ControlError(f"{text.split()[0]}: {code} {' '.join(lines)}")

    def authenticate(self):
        """By SAFECOOKIE; checks that tor knows the cookie, too."""
        (line,) = [line for line in self.command("PROTOCOLINFO 1") if line.startswith("AUTH ")]
        cookie = pathlib.Path(re.search(r'COOKIEFILE="([^"]+)"', line)[1]).read_bytes()
        ours = os.urandom(32)
        (reply,) = self.command(f"AUTHCHALLENGE SAFECOOKIE {ours.hex()}")
        answer = dict(word.split("=") for word in reply.split()[1:])
        message = cookie + ours + bytes.fromhex(answer["SERVERNONCE"])
        wanted = hmac.new(self.SERVER, message, hashlib.sha256).hexdigest()
        assert wanted == answer["SERVERHASH"].lower(), "this tor does not know its own cookie"
        self.command("AUTHENTICATE " + hmac.new(self.CLIENT, message, hashlib.sha256).hexdigest())
        return self

    def get_info(self, key):
        return self.command(f"GETINFO {key}")[0].removeprefix(f"{key}=")

    def wait_event(self, pattern, timeout=PATIENCE):
        """The first event, of those that SETEVENTS asked for, that matches."""
        deadline = time.monotonic() + timeout
        while True:
            for index, event in enumerate(self.events):
                if re.search(pattern, event):
                    return self.events.pop(index)
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                code, lines = self._reply()
            finally:
                self._socket.settimeout(PATIENCE)
            assert code == "650", lines
            self.events.append(lines[0])

    def add_onion(self, target, port=80, key="NEW:ED25519-V3", clients=()):
        """An onion service that leads to `target` (unix:PATH or ADDRESS:PORT); only for `clients`,
        public keys in base32, when there are any.  Returns its address once it was uploaded."""
        self.command("SETEVENTS HS_DESC")
        flags = ["DiscardPK"] + ["V3Auth"] * bool(clients)
        allowed = "".join(f" ClientAuthV3={client}" for client in clients)
        flags = ",".join(flags)
        reply = self.command(f"ADD_ONION {key} Flags={flags} Port={port},{target}{allowed}")
        (name,) = [line.removeprefix("ServiceID=") for line in reply if "ServiceID=" in line]
        self.wait_event(f"HS_DESC UPLOADED {name} ")
        self.command("SETEVENTS")
        return name


class Tor:
    """A tor that is a client of the network; what sotto finds as the system's.

    Its files are in `folder`, whose path must be short: control.sock, socks.sock, cookie, log.
    `prefix` is a command that runs it elsewhere, in a network namespace say.  It ends with the
    process `owner`, by itself with this one.
    """

    def __init__(self, network, folder, lines=(), prefix=(), owner=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.control_socket = self.folder / "control.sock"
        self.socks_socket = self.folder / "socks.sock"
        self.log = self.folder / "log"
        self.prefix = [*prefix]
        self.process = None
        (self.folder / "torrc").write_text(network.client_torrc.read_text() + "\n".join([
            f"DataDirectory {self.folder}/data", f"Log notice file {self.log}",
            f"ControlPort unix:{self.control_socket}", "CookieAuthentication 1",
            f"CookieAuthFile {self.folder}/cookie",
            f"SocksPort unix:{self.socks_socket} IsolateSOCKSAuth ExtendedErrors",
            f"__OwningControllerProcess {owner or os.getpid()}", "ShutdownWaitLength 0",
            *lines, ""]))

    @property
    def flags(self):
        """What makes sotto use this tor."""
        return ["--tor", "--tor-control", str(self.control_socket)]

    def start(self, wait=True):
        self.log.unlink(missing_ok=True)
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                [*self.prefix, "tor", "-f", self.folder / "torrc", "--defaults-torrc",
                 "/dev/null", "--quiet"], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if wait:
            self.wait_bootstrapped()
        return self

    def wait_bootstrapped(self, timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while "Bootstrapped 100%" not in self.said():
            assert self.process.poll() is None, f"tor has ended:\n{self.said()}"
            assert time.monotonic() < deadline, f"tor does not bootstrap:\n{self.said()}"
            time.sleep(0.05)

    def said(self):
        return "".join((self.folder / name).read_text(errors="replace")
                       for name in ("log", "output") if (self.folder / name).exists())

    def control(self):
        control = Control(self.control_socket)
        try:
            return control.authenticate()
        except BaseException:
            control.close()
            raise

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class SocksError(Exception):
    """An error of SOCKS5 or of tor's extension; `code` is the byte."""

    def __init__(self, code):
        super().__init__(f"SOCKS error 0x{code:02X}")
        self.code = code


def exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("the SOCKS port has closed the connection")
        data += more
    return data


def connect(path, host, port=80, user="", password="", timeout=PATIENCE):
    """A stream through the SOCKS socket at `path` (RFC 1928, 1929); each user and password has
    circuits of its own.  Raises SocksError."""
    stream = socket.socket(socket.AF_UNIX)
    try:
        stream.settimeout(timeout)
        stream.connect(str(path))
        stream.sendall(b"\x05\x01\x02" if user else b"\x05\x01\x00")
        chosen = exactly(stream, 2)
        if user:
            assert chosen == b"\x05\x02", chosen
            words = [user.encode(), (password or "-").encode()]
            stream.sendall(b"\x01" + b"".join(bytes([len(word)]) + word for word in words))
            assert exactly(stream, 2)[1] == 0
        name = host.encode()
        stream.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
        _, code, _, kind = exactly(stream, 4)
        if code:
            raise SocksError(code)
        exactly(stream, {1: 4, 4: 16}[kind] + 2)
        return stream
    except BaseException:
        stream.close()
        raise


def connect_patiently(path, host, port=80, timeout=PATIENCE, **more):
    """As connect(), again and again after errors that may pass."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return connect(path, host, port, **more)
        except SocksError as error:
            if error.code not in RETRIED or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


class Echo:
    """Answers each connection to a unix socket with what came over it."""

    def __init__(self, path):
        self.target = f"unix:{path}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    @staticmethod
    def _serve(stream):
        with stream:
            try:
                while data := stream.recv(1 << 16):
                    stream.sendall(data)
            except OSError:
                pass


def says_back(stream, data=b"are you there?"):
    """Whether an echo answers over this stream."""
    stream.sendall(data)
    return exactly(stream, len(data)) == data


def client_key():
    """A key for client authorization: (public in base32, private in base64)."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    private = X25519PrivateKey.generate()
    raw = serialization.Encoding.Raw
    public = private.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
    secret = private.private_bytes(raw, serialization.PrivateFormat.Raw,
                                   serialization.NoEncryption())
    return base64.b32encode(public).decode().rstrip("="), base64.b64encode(secret).decode()
