"""Small services on the loopback, for what is forwarded to them, and clients of theirs."""
import hashlib
import os
import socket
import struct
import threading
import time

PATIENCE = 20.0


class Service:
    """Runs `serve(connection)` on a thread for each connection; remembers what it has seen."""

    def __init__(self, serve, listener=None):
        self.listener = listener or socket.create_server(("127.0.0.1", 0))
        self.connections = []
        self.seen = []  # what each connection's serve() returned, or the error it ended with
        self._serve = serve
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            self.connections.append(connection)
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        try:
            self.seen.append(self._serve(connection))
        except OSError as error:
            self.seen.append(error)
        connection.close()

    def close(self):
        # shutdown() wakes the thread that waits in accept().
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for connection in self.connections:
            connection.close()
        self._thread.join(5)


def echo(connection):
    """Sends back what comes, as it comes."""
    total = 0
    while data := connection.recv(1 << 16):
        connection.sendall(data)
        total += len(data)
    return total


def digest_of_all(connection):
    """Reads to the end, then answers with the hash of it."""
    total = hashlib.sha256()
    while data := connection.recv(1 << 18):
        total.update(data)
    connection.sendall(total.hexdigest().encode())
    return total.hexdigest()


def read_all(connection):
    parts = []
    while data := connection.recv(1 << 18):
        parts.append(data)
    return b"".join(parts)


def connect(port, address="127.0.0.1"):
    connection = socket.create_connection((address, port), timeout=PATIENCE)
    connection.settimeout(PATIENCE)
    return connection


def hang_up(connection):
    """Closes with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def was_reset(connection):
    """Whether the next thing to be read is a reset, not an end."""
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        return True
    return False


def round_trip(connection, data):
    """What an echo makes of `data`, which is written and read at the same time."""
    writer = threading.Thread(target=_write, args=(connection, data), daemon=True)
    writer.start()
    back = read_all(connection)
    writer.join(PATIENCE)
    return back


def _write(connection, data):
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def until(holds, what, timeout=PATIENCE):
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.01)


def noise(megabytes):
    return os.urandom(1 << 20) * megabytes
