"""What a relay is compared with: HAProxy and nginx with TLS on both sides, magic-wormhole's transit
relay, coturn.  Each runs on one core, with one thread, the same cipher and the same certificate.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import harness

CIPHER = "TLS_AES_128_GCM_SHA256"
PATIENCE = 30  # seconds until it listens


class Server:
    """A process that listens on `port`; `kind` is what relay_load calls the way through it."""

    kind = "tls"

    def __init__(self, folder, launcher):
        self.folder = pathlib.Path(folder) / type(self).__name__
        self.folder.mkdir()
        self.port, self.back = harness.free_port(), harness.free_port()
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [*launcher, *self.words()], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, start_new_session=True,
            env=os.environ | {"HOME": str(self.folder), "LD_PRELOAD": ""})
        deadline = time.monotonic() + PATIENCE
        while not self.listens():
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def certificate(self, source):
        """relay_load knows servers by what lies here under these names."""
        for name in ("crt", "key"):
            shutil.copy(source / name, self.folder / name)

    def listens(self):
        # Without a connection: it would be one that a transit relay waits for.
        row = f"0100007F:{self.port:04X} 00000000:0000 0A"
        return row in pathlib.Path("/proc/net/tcp").read_text()

    def said(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def pids(self):
        """The process and its workers."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return ",".join([str(self.process.pid), *children.read_text().split()])

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


class Relay(Server):
    kind = "relay"

    def words(self):
        self.store = self.folder / "store"
        return [harness.BINARY, "relay", "--listen", f"127.0.0.1:{self.port}", "--self-signed",
                "--store", self.store, "--threads", "1", "--connections-per-block", "20000",
                "--requests-per-block", "1000000"]

    def listens(self):
        if not super().listens():
            return False
        for name, made in (("crt", "certificate.pem"), ("key", "key.pem")):
            shutil.copy(self.store / made, self.folder / name)
        return True


class WithCertificate(Server):
    """Those that do not make one for themselves use that of a relay."""

    def __init__(self, folder, launcher, certificate):
        self.source = certificate
        super().__init__(folder, launcher)

    def both(self):
        self.certificate(self.source)
        both = self.folder / "both.pem"
        both.write_bytes((self.folder / "crt").read_bytes() + (self.folder / "key").read_bytes())
        return both


class HAProxy(WithCertificate):
    def words(self):
        config = self.folder / "haproxy.cfg"
        config.write_text(f"""
global
  maxconn 9900
  nbthread 1
  ssl-default-bind-ciphersuites {CIPHER}
  ssl-default-server-ciphersuites {CIPHER}
  ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
  mode tcp
  timeout connect 10s
  timeout client 10m
  timeout server 10m
frontend front
  bind 127.0.0.1:{self.port} ssl crt {self.both()}
  default_backend back
backend back
  server one 127.0.0.1:{self.back} ssl verify none
""")
        return ["haproxy", "-db", "-f", config]


class Nginx(WithCertificate):
    def words(self):
        both, config = self.both(), self.folder / "nginx.conf"
        config.write_text(f"""
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
user root;
pid {self.folder}/pid;
error_log {self.folder}/error;
worker_processes 1;
events {{ worker_connections 19000; }}
stream {{
  server {{
    listen 127.0.0.1:{self.port} ssl backlog=4096;
    tcp_nodelay on;
    ssl_certificate {both};
    ssl_certificate_key {both};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites {CIPHER};
    proxy_pass 127.0.0.1:{self.back};
    proxy_ssl on;
    proxy_ssl_protocols TLSv1.3;
    proxy_ssl_conf_command Ciphersuites {CIPHER};
    proxy_timeout 10m;
  }}
}}
""")
        return ["nginx", "-p", self.folder, "-c", config]


class Transit(WithCertificate):
    """It passes TCP on and decrypts nothing."""

    kind = "transit"

    def words(self):
        self.both()
        twist = shutil.which("twist3") or shutil.which("twist")
        return [twist, "transitrelay", f"--port=tcp:{self.port}:interface=127.0.0.1"]


class Turn(WithCertificate):
    """coturn, over TLS from its own clients to its own clients."""

    def words(self):
        self.both()
        return ["turnserver", "-n", "--no-cli", "-L", "127.0.0.1", "-E", "127.0.0.1",
                "--listening-port", str(harness.free_port()),
                "--tls-listening-port", str(self.port), "--cert", "crt", "--pkey", "key",
                "--lt-cred-mech", "-u", "user:password", "-r", "bench", "--allow-loopback-peers",
                "--relay-threads", "1", "--no-dtls", "--log-file", "stdout", "--simple-log",
                "--pidfile", "pid", "--userdb", "db"]

    def load(self, launcher, messages, size):
        """CPU seconds a gigabyte, of two of its clients that send to each other through it."""
        before = harness.cpu_seconds(self.process.pid)
        done = subprocess.run(
            [*launcher, "turnutils_uclient", "-S", "-t", "-y", "-u", "user", "-w", "password",
             "-p", str(self.port), "-m", "2", "-n", str(messages), "-l", str(size), "-z", "0",
             "127.0.0.1"], cwd=self.folder, capture_output=True, text=True, timeout=120)
        cpu = harness.cpu_seconds(self.process.pid) - before
        got = re.findall(r"tot_recv_bytes ?~? ?(\d+)", done.stdout)
        assert got, done.stdout[-2000:] + done.stderr[-500:]
        return cpu / (int(got[-1]) / 1e9)
