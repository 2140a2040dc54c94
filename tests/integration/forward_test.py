"""Services of a host, reached by members through their own ports (--expose, --forward)."""
import functools
import hashlib
import http.server
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.request

import harness
import services
from services import connect


class ForwardTest(harness.SottoTest):
    def service(self, serve=services.echo, listener=None):
        service = services.Service(serve, listener)
        self.addCleanup(service.close)
        return service

    def expose(self, *exposures, allow="chat,forward:web", **more):
        """A host that exposes these, and a connection file of many uses."""
        flags = [word for exposure in exposures for word in ("--expose", exposure)]
        host = self.host("anna", "lobby", *flags, **more)
        return host, self.invite("anna", "lobby", "--uses", "5", "--allow", allow)

    def forward(self, path, home="bob", *forwards, **more):
        """A member with these ports, and the port of the first."""
        flags = [word for forward in forwards or ("0:web",) for word in ("--forward", forward)]
        member = self.join(home, path, *flags, **more)
        return member, self.port_of(member.expect("forward"))

    def echo_at_hand(self):
        """An echo that a member reaches: the host, the member, its port, the echo."""
        echo = self.service()
        host, path = self.expose(f"web={echo.address}", stdin=subprocess.PIPE)
        member, port = self.forward(path)
        return host, member, port, echo

    @staticmethod
    def port_of(event):
        return int(event["address"].rsplit(":", 1)[1])

    def opened(self, port, address="127.0.0.1"):
        connection = connect(port, address)
        self.addCleanup(connection.close)
        return connection

    def turned_away(self, port):
        """A connection is reset, which may happen before connect() returns."""
        try:
            connection = self.opened(port)
        except ConnectionResetError:
            return
        self.assertTrue(services.was_reset(connection))

    def answered(self, port):
        """A connection on which the echo has answered."""
        connection = self.opened(port)
        connection.sendall(b"ping")
        self.assertEqual(connection.recv(4), b"ping")
        return connection


class Streams(ForwardTest):
    def test_a_page_over_http(self):
        folder = self.folder / "pages"
        folder.mkdir()
        (folder / "index.html").write_text("hello from anna")
        (folder / "large").write_bytes(services.noise(5))
        handler = functools.partial(Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _, path = self.expose(f"web=127.0.0.1:{server.server_port}")
        member, port = self.forward(path)
        url = f"http://127.0.0.1:{port}/"
        for _ in range(5):
            with urllib.request.urlopen(url, timeout=harness.PATIENCE) as page:
                self.assertEqual(page.read(), b"hello from anna")
        with urllib.request.urlopen(url + "large", timeout=harness.PATIENCE) as page:
            self.assertEqual(page.read(), (folder / "large").read_bytes())
        member.end_input()

    def test_fifty_megabytes_each_way_arrive_unchanged(self):
        _, _, port, echo = self.echo_at_hand()
        data = services.noise(50)
        back = services.round_trip(self.opened(port), data)
        self.assertEqual(hashlib.sha256(back).digest(), hashlib.sha256(data).digest())
        services.until(lambda: echo.seen, "the end at the service")
        self.assertEqual(echo.seen, [len(data)])

    def test_twenty_streams_at_once(self):
        _, _, port, echo = self.echo_at_hand()
        datas = [bytes([number]) * (1 << 20) + services.noise(1) for number in range(20)]
        backs = [None] * 20

        def one(number):
            backs[number] = services.round_trip(self.opened(port), datas[number])

        threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertTrue(backs == datas)
        self.assertEqual(len(echo.connections), 20)

    def test_hundreds_of_short_streams_one_after_the_other(self):
        _, member, port, _ = self.echo_at_hand()
        for number in range(300):
            data = b"%d" % number
            connection = connect(port)
            self.assertEqual(services.round_trip(connection, data), data)
            connection.close()
        self.assertEqual(member.messages(), [])

    def test_more_streams_than_a_session_carries_wait_for_their_turn(self):
        _, _, port, echo = self.echo_at_hand()
        held = [self.answered(port) for _ in range(64)]
        late = [self.opened(port) for _ in range(3)]
        for connection in late:
            connection.sendall(b"late")
        time.sleep(0.3)
        self.assertEqual(len(echo.connections), 64)
        for connection in held:
            connection.close()
        for connection in late:
            self.assertEqual(connection.recv(4), b"late")

    def test_the_end_of_one_direction_leaves_the_other_open(self):
        digest = self.service(services.digest_of_all)
        _, path = self.expose(f"web={digest.address}")
        _, port = self.forward(path)
        connection = self.opened(port)
        connection.sendall(b"all of it")
        connection.shutdown(socket.SHUT_WR)
        # The service answers only once it has read to the end.
        answer = services.read_all(connection)
        self.assertEqual(answer.decode(), hashlib.sha256(b"all of it").hexdigest())

    def test_a_service_may_end_first_and_go_on_listening(self):
        heard = []

        def speak_first(connection):
            connection.sendall(b"welcome")
            connection.shutdown(socket.SHUT_WR)
            heard.append(services.read_all(connection))

        service = self.service(speak_first)
        _, path = self.expose(f"web={service.address}")
        _, port = self.forward(path)
        connection = self.opened(port)
        self.assertEqual(services.read_all(connection), b"welcome")
        connection.sendall(b"and thank you")
        connection.shutdown(socket.SHUT_WR)
        services.until(lambda: heard, "what came after the end")
        self.assertEqual(heard, [b"and thank you"])

    def test_what_a_service_said_before_it_went_arrives(self):
        def answer_and_go(connection):
            connection.recv(1)
            connection.sendall(bytes(3_000_000))

        service = self.service(answer_and_go)
        _, path = self.expose(f"web={service.address}")
        _, port = self.forward(path)
        connection = self.opened(port)
        connection.sendall(b"x")
        self.assertEqual(len(services.read_all(connection)), 3_000_000)

    def test_a_reset_is_passed_on_in_both_directions(self):
        def hang_up(connection):
            connection.recv(4)
            services.hang_up(connection)

        service = self.service(hang_up)
        echo = self.service()
        _, path = self.expose(f"web={service.address}", f"echo={echo.address}",
                              allow="chat,forward:web,forward:echo")
        member, port = self.forward(path, "bob", "0:web", "0:echo")
        connection = self.opened(port)
        connection.sendall(b"ping")
        self.assertTrue(services.was_reset(connection))
        connection = self.answered(self.port_of(member.expect("forward", name="echo")))
        services.hang_up(connection)
        services.until(lambda: echo.seen, "the reset at the service")
        self.assertIsInstance(echo.seen[0], ConnectionResetError)

    def test_a_unix_socket_is_a_service_too(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path("echo.sock"))
        listener.listen()
        self.service(listener=listener)
        _, path = self.expose(f"web=unix:{self.path('echo.sock')}")
        _, port = self.forward(path)
        self.assertEqual(services.round_trip(self.opened(port), b"local"), b"local")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Words(ForwardTest):
    def test_chat_does_not_wait_for_bulk(self):
        sink = self.service(services.read_all)
        host, path = self.expose(f"web={sink.address}", stdin=subprocess.PIPE)
        member, port = self.forward(path)
        stop = threading.Event()
        sent = []

        def push():
            connection, chunk, total = connect(port), bytes(1 << 20), 0
            while not stop.is_set():
                connection.sendall(chunk)
                total += len(chunk)
            connection.close()
            sent.append(total)

        pushers = [threading.Thread(target=push) for _ in range(4)]
        for pusher in pushers:
            pusher.start()
        time.sleep(0.5)
        slowest = 0
        for number in range(20):
            start = time.monotonic()
            member.type(f"bob {number}\n")
            self.assertEqual(host.expect("message")["text"], f"bob {number}")
            host.type(f"anna {number}\n")
            self.assertEqual(member.expect("message")["text"], f"anna {number}")
            slowest = max(slowest, time.monotonic() - start)
        stop.set()
        for pusher in pushers:
            pusher.join(30)
        self.assertLess(slowest, 1.0)
        self.assertGreater(sum(sent), 50 << 20, "there was no bulk to speak of")

    def test_a_service_that_does_not_read_stops_its_client_and_nothing_else(self):
        release = threading.Event()

        def read_late(connection):
            release.wait(60)
            return len(services.read_all(connection))

        slow, echo = self.service(read_late), self.service()
        host, path = self.expose(f"web={slow.address}", f"echo={echo.address}",
                                 allow="chat,forward:web,forward:echo")
        member, port = self.forward(path, "bob", "0:web", "0:echo")
        other = self.port_of(member.expect("forward", name="echo"))
        connection = self.opened(port)
        connection.settimeout(2)
        sent = 0
        with self.assertRaises(TimeoutError):
            while True:
                sent += connection.send(bytes(1 << 16))
        # What the system's buffers and ours hold, and not more.
        self.assertLess(sent, 40 << 20)
        for process in (host, member):
            self.assertLess(harness.resident_bytes(process.pid)[1], 60 << 20)
        self.assertEqual(services.round_trip(self.opened(other), b"meanwhile"), b"meanwhile")
        member.type("and words\n")
        self.assertEqual(host.expect("message")["text"], "and words")
        release.set()
        connection.shutdown(socket.SHUT_WR)
        services.until(lambda: slow.seen, "the end at the service")
        self.assertEqual(slow.seen, [sent])


class Links(ForwardTest):
    def test_streams_outlive_links_that_are_cut(self):
        echo = self.service()
        _, proxy, path = self.host_behind_proxy("anna", "lobby", "--expose",
                                                f"web={echo.address}", cut_after=0.15,
                                                allow="chat,forward:web")
        member, port = self.forward(path)
        data = services.noise(50)
        # On a fast machine the first is through before the link was cut often enough.
        for stream in range(1, 9):
            back = services.round_trip(self.opened(port), data)
            self.assertEqual(hashlib.sha256(back).digest(), hashlib.sha256(data).digest())
            self.assertEqual(len(echo.connections), stream)
            if proxy.connections > 3:
                break
        self.assertGreater(proxy.connections, 3)
        member.end_input()

    def test_a_host_that_was_killed_and_came_back_knows_no_old_streams(self):
        echo = self.service()
        host, path = self.expose(f"web={echo.address}")
        member, port = self.forward(path)
        connection = self.answered(port)
        where = str(harness.port_of(host))
        host.kill()
        services.until(lambda: echo.seen, "the end at the service")
        again = self.host("anna", "lobby", "--port", where, "--expose", f"web={echo.address}")
        member.expect("link")
        self.assertTrue(services.was_reset(connection))
        self.answered(port)
        again.stop()

    def test_leaving_ends_every_stream_and_closes_every_port(self):
        _, member, port, echo = self.echo_at_hand()
        connection = self.answered(port)
        member.stop(signal.SIGINT)
        self.assertTrue(services.was_reset(connection))
        services.until(lambda: echo.seen, "the end at the service")
        with self.assertRaises(ConnectionRefusedError):
            connect(port)

    def test_a_member_who_is_killed_ends_its_streams_at_the_host(self):
        host, member, port, echo = self.echo_at_hand()
        connection = self.answered(port)
        member.kill()
        connection.close()
        # The host keeps the session a while, for whoever lost a network only.
        host.stop()
        services.until(lambda: echo.seen, "the end at the service")

    def test_a_host_that_leaves_ends_streams(self):
        host, _, port, _ = self.echo_at_hand()
        connection = self.answered(port)
        host.stop()
        self.assertTrue(services.was_reset(connection))

    def test_who_is_kicked_loses_their_streams_at_once(self):
        self.init("bob")
        _, _, port, echo = self.echo_at_hand()
        connection = self.answered(port)
        start = time.monotonic()
        self.check(self.sotto("anna", "rooms", "kick", "lobby", "bob", "--yes"))
        services.until(lambda: echo.seen, "the end at the service")
        self.assertLess(time.monotonic() - start, 2.0)
        self.assertTrue(services.was_reset(connection))


class Refusals(ForwardTest):
    def refused(self, member, port, code):
        self.turned_away(port)
        return member.expect("notice", code=code)["text"]

    def test_what_is_not_allowed_looks_like_what_is_not_there(self):
        secret = self.service()
        _, path = self.expose(f"web={secret.address}", f"secret={secret.address}")
        member, port = self.forward(path, "bob", "0:secret", "0:nothing")
        other = self.port_of(member.expect("forward", name="nothing"))
        first = self.refused(member, port, "forward.refused")
        second = self.refused(member, other, "forward.refused")
        self.assertEqual(first.replace("secret", "nothing"), second)
        self.assertEqual(secret.connections, [])

    def test_a_file_that_allows_no_forward_allows_none(self):
        echo = self.service()
        _, path = self.expose(f"web={echo.address}", allow="chat")
        member, port = self.forward(path)
        self.refused(member, port, "forward.refused")
        self.assertEqual(echo.connections, [])

    def test_a_host_without_services_refuses(self):
        _, path = self.expose()
        member, port = self.forward(path)
        self.refused(member, port, "forward.refused")
        member.type("words go on\n")
        member.expect("delivered")

    def test_what_the_file_allows_lasts_beyond_the_first_link(self):
        echo = self.service()
        _, path = self.expose(f"web={echo.address}")
        member, port = self.forward(path)
        self.answered(port)
        member.stop()
        # By the access that entering has brought; the file is not looked at again.
        pathlib.Path(path).unlink()
        _, port = self.forward("lobby")
        self.answered(port)

    def test_a_service_that_is_down_is_told_to_both_sides(self):
        closed = harness.free_port()
        host, path = self.expose(f"web=127.0.0.1:{closed}")
        member, port = self.forward(path)
        self.refused(member, port, "forward.unreachable")
        self.assertIn(str(closed), host.expect("notice", code="forward.unreachable")["text"])
        service = self.service(listener=socket.create_server(("127.0.0.1", closed)))
        self.answered(port)
        self.assertEqual(len(service.connections), 1)


class Commands(ForwardTest):
    def test_a_join_that_attaches_brings_its_own_ports(self):
        echo = self.service()
        _, path = self.expose(f"web={echo.address}")
        first, port = self.forward(path)
        second = self.stream("bob", "join", "lobby", "--forward", "0:web",
                             stdin=subprocess.PIPE)
        own = self.port_of(second.expect("forward"))
        self.assertNotEqual(own, port)
        kept, lost = self.answered(port), self.answered(own)
        self.assertEqual(second.stop(), 143)
        with self.assertRaises(ConnectionRefusedError):
            connect(own)
        # Another port leads to the same service: its streams are nobody's alone.
        for connection in (kept, lost):
            connection.sendall(b"still")
            self.assertEqual(connection.recv(5), b"still")
        first.end_input()

    def test_a_host_that_attaches_exposes_more_for_as_long_as_it_stays(self):
        echo = self.service()
        _, path = self.expose()
        member, port = self.forward(path)
        more = self.stream("anna", "host", "lobby", "--expose", f"web={echo.address}")
        more.expect("ready")
        connection = self.answered(port)
        other = self.sotto("anna", "host", "lobby", "--expose", "web=127.0.0.1:1")
        self.refused_as(other, 2, "expose.taken")
        self.assertEqual(more.stop(), 143)
        self.assertTrue(services.was_reset(connection))
        self.turned_away(port)
        member.expect("notice", code="forward.refused")

    refused_as = harness.SottoTest.refused

    def test_a_port_that_is_taken(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        _, path = self.expose()
        self.init("bob")
        done = self.sotto("bob", "join", path, "--forward",
                          f"{taken.getsockname()[1]}:web")
        self.refused_as(done, 6, "route.port_taken")

    def test_words_that_make_no_sense(self):
        for flags in (["host", "lobby", "--expose", "web"],
                      ["host", "lobby", "--expose", "Web=127.0.0.1:80"],
                      ["host", "lobby", "--expose", "web=127.0.0.1"],
                      ["host", "lobby", "--expose", "web=a:1", "--expose", "web=a:2"],
                      ["join", "lobby", "--forward", "web"],
                      ["join", "lobby", "--forward", "80:web"],
                      ["join", "lobby", "--forward", "localhost:8080:web"],
                      ["join", "lobby", "--forward", "8080:web", "--forward", "8080:other"]):
            self.refused_as(self.sotto("anna", *flags), 2, "usage.syntax")

    def test_a_port_for_other_machines_is_asked_for_and_warned_about(self):
        echo = self.service()
        _, path = self.expose(f"web={echo.address}")
        member = self.join("bob", path, "--forward", "0.0.0.0:0:web", "--forward", "[::1]:0:web")
        everywhere = member.expect("forward")
        self.assertTrue(everywhere["address"].startswith("0.0.0.0:"))
        self.assertIn(everywhere["address"],
                      member.expect("notice", code="forward.reachable")["text"])
        own = self.port_of(member.expect("forward"))
        connection = self.opened(own, "::1")
        self.assertEqual(services.round_trip(connection, b"six"), b"six")
        self.assertEqual([event["code"] for event in member.all
                          if event["event"] == "notice"].count("forward.reachable"), 1)

    def test_with_ports_the_end_of_input_ends_typing_only(self):
        echo = self.service()
        _, path = self.expose(f"web={echo.address}")
        member, port = self.forward(path, stdin=subprocess.DEVNULL)
        self.answered(port)
        time.sleep(0.3)
        self.answered(port)
        self.assertEqual(member.stop(), 143)


if __name__ == "__main__":
    harness.main()
