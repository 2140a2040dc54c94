"""`sotto relay` as its operator sees it: start, address, settings, signals, and what goes wrong."""
import os
import pathlib
import signal
import sqlite3
import subprocess
import unittest

import harness
import relay_client
from relay_client import GET, Owner, field


class Start(relay_client.RelayTest):
    def relay(self, *flags, **more):
        return self.sotto("relay-home", "--json", "relay", *flags, **more)

    def test_the_url_is_the_same_before_during_and_after_the_first_start(self):
        port = harness.free_port()
        ask = ["relay", "url", "--listen", f"127.0.0.1:{port}", "--store", self.path("relay")]
        before = self.check(self.sotto("relay-home", *ask)).out
        self.assertRegex(before, rf"\Awss://127\.0\.0\.1:{port}/#pin=[A-Za-z0-9_-]{{43}}\n\Z")
        relay = self.start_relay(port=port)
        self.assertEqual(self.check(self.sotto("relay-home", *ask)).out, before)
        self.assertEqual(relay.all[0]["url"], before.strip())
        connection = self.connect(relay)
        pin = before.strip().partition("#pin=")[2]
        self.assertEqual(relay_client.pin_text(connection.spki), pin)
        self.assertEqual(relay.stop(), 143)
        self.assertEqual(self.check(self.sotto("relay-home", *ask)).out, before)

    def test_a_relay_on_all_addresses_needs_its_name(self):
        ask = ["relay", "url", "--listen", "0.0.0.0:8443", "--store", self.path("relay")]
        self.assertIn("--host", self.refused(self.sotto("h", *ask), 2, "usage.syntax").err)
        named = self.check(self.sotto("h", *ask, "--host", "relay.example")).out
        self.assertTrue(named.startswith("wss://relay.example:8443/#pin="), named)

    def test_a_first_start_says_what_to_do_next(self):
        store = self.path("relay")
        words = ["relay", "--listen", "127.0.0.1:0", "--self-signed", "--store", store]
        for first in (True, False):
            process = self.start("relay-home", *words)
            lines = [process.stdout.readline().decode() for _ in range(2)]
            self.assertRegex(lines[0], r"\Alistening on 127\.0\.0\.1:\d+\n\Z")
            self.assertRegex(lines[1], r"\Awss://127\.0\.0\.1:\d+/#pin=\S+\n\Z")
            os.kill(process.pid, signal.SIGTERM)
            done = self.finish(process)
            self.assertEqual(done.code, 143, str(done))
            self.assertEqual("sotto host ROOM --relay 'wss://" in done.err, first, done.err)

    def test_files_are_for_their_owner_alone(self):
        self.start_relay()
        for name in ("relay.db", "key.pem", "certificate.pem"):
            mode = (self.folder / "relay" / name).stat().st_mode
            self.assertEqual(mode & 0o777, 0o600, name)
        self.assertEqual((self.folder / "relay").stat().st_mode & 0o777, 0o700)

    def test_settings_come_from_the_file(self):
        config = self.file("config.toml", "[relay_server]\nlisten = [\"127.0.0.1:0\"]\n"
                           f"self_signed = true\nstore = \"{self.path('relay')}\"\n"
                           "mailbox_size = \"2M\"\n")
        relay = self.stream("relay-home", "--config", config, "relay")
        relay.expect("ready")
        self.assertEqual(relay.stop(), 143)

    def test_wrong_flags_are_exit_2(self):
        store = ["--store", self.path("relay")]
        at = ["--listen", "127.0.0.1:0"]
        for words in ([*store, "--self-signed"], [*at, "--self-signed"], [*at, *store],
                      [*at, *store, "--cert", "c"], [*at, *store, "--key", "k"],
                      [*at, *store, "--self-signed", "--cert", "c", "--key", "k"],
                      ["--listen", "localhost:1", *store, "--self-signed"],
                      ["--listen", "127.0.0.1", *store, "--self-signed"],
                      ["--listen", "::1:443", *store, "--self-signed"],
                      ["--listen", "127.0.0.1:65536", *store, "--self-signed"],
                      [*at, *store, "--self-signed", "--admin", "0.0.0.0:1"],
                      [*at, *store, "--self-signed", "--admin", "192.0.2.1:1"],
                      [*at, *store, "--self-signed", "--memory", "lots"],
                      [*at, *store, "--self-signed", "--drain", "0"],
                      [*at, *store, "--self-signed", "--host", "x"],
                      ["url", *at, *store], ["url", "--listen", "127.0.0.1:1", *at, *store],
                      ["url", "--listen", "0.0.0.0:1", *store, "--host", "a b"],
                      ["stop", *at, *store]):
            with self.subTest(words=words):
                self.refused(self.relay(*words), 2, "usage.syntax")
        self.assertFalse((self.folder / "relay").exists())

    def test_a_port_that_is_taken_is_exit_6(self):
        first = self.start_relay()
        done = self.relay("--listen", f"127.0.0.1:{first.port}", "--self-signed", "--store",
                          self.path("other"))
        self.refused(done, 6, "route.port_taken")

    def test_a_store_that_is_in_use_is_exit_7(self):
        self.start_relay()
        done = self.relay("--listen", "127.0.0.1:0", "--self-signed", "--store",
                          self.path("relay"))
        self.refused(done, 7, "store.locked")

    def test_a_damaged_store_is_exit_7(self):
        self.start_relay().stop()
        database = self.folder / "relay" / "relay.db"
        for suffix in ("-wal", "-shm"):
            pathlib.Path(str(database) + suffix).unlink(missing_ok=True)
        database.write_bytes(b"\x55" * 8192)
        done = self.relay("--listen", "127.0.0.1:0", "--self-signed", "--store",
                          self.path("relay"))
        self.refused(done, 7, "store.damaged")

    def test_a_newer_store_is_exit_7(self):
        self.start_relay().stop()
        with sqlite3.connect(self.folder / "relay" / "relay.db") as database:
            database.execute("PRAGMA user_version = 99")
        done = self.relay("--listen", "127.0.0.1:0", "--self-signed", "--store",
                          self.path("relay"))
        self.refused(done, 7, "store.newer")

    def test_certificates_and_tokens_that_cannot_be_read_are_named(self):
        words = ["--listen", "127.0.0.1:0", "--store", self.path("relay")]
        missing = self.path("missing")
        self.refused(self.relay(*words, "--cert", missing, "--key", missing), 6,
                     "tls.certificate")
        tokens = self.file("tokens", "two words and a name\ncaf\xe9\n")
        self.refused(self.relay(*words, "--self-signed", "--tokens", tokens), 9,
                     "relay.tokens")


class Signals(relay_client.RelayTest):
    def certificate(self, name):
        """Two PEM files of this name, made by OpenSSL's own program."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days",
                        "30", "-keyout", self.path("key.pem"), "-out", self.path("cert.pem")],
                       check=True, capture_output=True)

    def name_of(self, relay):
        return self.connect(relay).certificate.subject.rfc4514_string()

    def test_sighup_reads_certificate_and_tokens_again(self):
        self.certificate("first")
        tokens = self.file("tokens", "one Anna\n")
        relay = self.start_relay("--tokens", tokens, certificate=(
            "--cert", self.path("cert.pem"), "--key", self.path("key.pem")))
        self.assertEqual(self.name_of(relay), "CN=first")
        staying = self.connect(relay)
        self.assertEqual(staying.listen(Owner(), token="one"), ("done", None))

        self.certificate("second")
        self.file("tokens", "two Ben\n")
        relay.send_signal(signal.SIGHUP)
        relay.expect("notice", code="reloaded")
        self.assertEqual(self.name_of(relay), "CN=second")
        late = self.connect(relay)
        self.assertEqual(late.listen(Owner(), token="one"), ("refused", "token"))
        self.assertEqual(late.expect_close().code, 4001)
        self.assertEqual(self.connect(relay).listen(Owner(), token="two"), ("done", None))
        # Who was let in stays.
        self.assertEqual(staying.listen(Owner()), ("done", None))

        self.file("tokens", "# nobody\n")
        relay.send_signal(signal.SIGHUP)
        failed = relay.expect("notice", code="reload_failed")
        self.assertEqual((failed["level"], failed["error"]), ("error", "relay.tokens"))
        self.assertEqual(self.connect(relay).listen(Owner(), token="two"), ("done", None))

    def spliced(self, relay, owner):
        host, joiner, taker = (self.connect(relay) for _ in range(3))
        self.assertEqual(host.listen(owner), ("done", None))
        joiner.ask(relay_client.OPEN, field(1, owner.key))
        self.assertEqual(taker.request(relay_client.TAKE, field(1, host.next_ticket())),
                         ("spliced", None))
        self.assertEqual(joiner.answer(), ("spliced", None))
        return host, joiner, taker

    def test_sigterm_lets_those_who_speak_finish(self):
        relay = self.start_relay("--drain", "60s", "--admin", "127.0.0.1:0")
        host, joiner, taker = self.spliced(relay, Owner())
        idle = self.connect(relay)
        self.assertEqual(self.page(relay, "/healthz"), (200, "ok\n"))
        relay.send_signal(signal.SIGTERM)
        for connection in (host, idle):
            closed = connection.expect_close()
            self.assertEqual(closed.code, 1012)
            self.assertIn("ends soon", closed.reason)
        relay.expect("notice", code="draining")
        self.assertEqual(self.page(relay, "/healthz"), (503, "draining\n"))
        self.assertEqual(self.metric(relay, "draining"), 1)
        with self.assertRaises(OSError):
            relay_client.Relayed(relay.port)
        joiner.write(b"still here")
        self.assertEqual(taker.read(), b"still here")
        joiner.leave()
        self.assertEqual(taker.expect_close().code, 1000)
        self.assertEqual(relay.wait(), 143)

    def test_the_time_to_finish_has_an_end(self):
        relay = self.start_relay("--drain", "1s")
        _, joiner, taker = self.spliced(relay, Owner())
        relay.send_signal(signal.SIGTERM)
        self.assertEqual(relay.wait(), 143)
        for connection in (joiner, taker):
            connection.expect_close()

    def test_a_second_signal_ends_it_at_once(self):
        relay = self.start_relay("--drain", "1h")
        self.spliced(relay, Owner())
        relay.send_signal(signal.SIGINT)
        relay.expect("notice", code="draining")
        relay.send_signal(signal.SIGINT)
        self.assertEqual(relay.wait(), 130)


class Pages(relay_client.RelayTest):
    def test_metrics_and_health(self):
        relay = self.start_relay("--admin", "127.0.0.1:0")
        owner = Owner()
        connection = self.connect(relay)
        self.assertEqual(connection.listen(owner), ("done", None))
        self.assertEqual(connection.request(relay_client.PUT, field(1, owner.record(1))),
                         ("done", None))
        self.assertEqual(connection.request(GET, field(1, Owner().key)), ("refused", "unknown"))
        for name, value in (("connections", 1), ("connections_total", 1), ("listening_slots", 1),
                            ("records", 1), ("stored_bytes", 996),
                            ('requests_total{action="put"}', 1),
                            ('refusals_total{reason="unknown"}', 1), ("splices", 0)):
            with self.subTest(name=name):
                self.assertEqual(self.metric(relay, name), value)
        status, page = self.page(relay, "/metrics")
        self.assertEqual(status, 200)
        # Neither who was here nor from where.
        for secret in (owner.key.hex(), "127.0.0"):
            self.assertNotIn(secret, page)
        self.assertEqual(self.page(relay, "/healthz"), (200, "ok\n"))
        self.assertEqual(self.page(relay, "/")[0], 404)
        self.assertEqual(self.page(relay, "/metrics/../secret")[0], 404)

    def test_an_idle_relay_needs_little_memory(self):
        relay = self.start_relay("--admin", "127.0.0.1:0")
        self.assertLess(self.metric(relay, "resident_bytes"), 20_000_000)


if __name__ == "__main__":
    unittest.main()
