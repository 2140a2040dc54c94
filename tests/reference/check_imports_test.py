"""contrib/check-imports against small libraries, each with one thing wrong."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "contrib" / "check-imports"
COMPILER = os.environ.get("CXX", "c++")

SOCKET = '#include <sys/socket.h>\nint f() { return ::socket(AF_INET, SOCK_STREAM, 0); }\n'
HARMLESS = '#include <unistd.h>\nint f() { return ::getpid(); }\n'
NET = {"libsotto_net.a": {"tcp.cpp": SOCKET}}


def asio(scope, call):
    """Code that calls a function which Asio has compiled elsewhere."""
    return f"namespace boost::asio::{scope} {{ {call} }}\n"


class CheckImports(unittest.TestCase):
    def check(self, libraries):
        """Exit code and output for {library: {source: text}}."""
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            for library, sources in libraries.items():
                objects = []
                for name, text in sources.items():
                    (folder / name).write_text(text)
                    objects.append(folder / f"{name}.o")
                    subprocess.run([COMPILER, "-std=c++17", "-O2", "-c", "-o", objects[-1],
                                    folder / name], check=True)
                subprocess.run(["ar", "rc", folder / library, *objects], check=True)
            run = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True)
            return run.returncode, run.stdout

    def assert_offence(self, expected, libraries):
        code, out = self.check(libraries)
        self.assertEqual(code, 1, out)
        self.assertIn(expected, out)
        self.assertEqual(out.count("\n"), 1, out)

    def test_sockets_in_net_alone_pass(self):
        code, out = self.check(NET | {"libsotto_node.a": {"a.cpp": HARMLESS}})
        self.assertEqual((code, out.count("\n")), (0, 1), out)

    def test_calls_of_the_system(self):
        for call in ("connect(0, 0, 0)", "bind(0, 0, 0)", "accept4(0, 0, 0, 0)", "listen(0, 0)",
                     "sendto(0, 0, 0, 0, 0, 0)", "sendmsg(0, 0, 0)", "getaddrinfo(0, 0, 0, 0)",
                     "gethostbyname_r(0)", "getnameinfo(0)", "res_query(0)", "__res_nsearch(0)",
                     "syscall(41)", "bufferevent_socket_new(0)", "evdns_base_resolve_ipv4(0)",
                     "BIO_new_connect(0)", "SSL_new(0)"):
            name = call.partition("(")[0]
            with self.subTest(name):
                code = f'extern "C" int {name}(...);\nint f() {{ return {call}; }}\n'
                self.assert_offence(f": {name}\n", NET | {"libsotto_node.a": {"a.cpp": code}})

    def test_calls_of_asio(self):
        for scope, code in {
            "detail::socket_ops": "int connect(int); int f() { return connect(1); }",
            "detail": "struct reactive_socket_service_base { void do_open(int); };"
                      "void f() { reactive_socket_service_base().do_open(1); }",
            "detail ": "struct resolver_service_base { void start_resolve_op(); };"
                       "void f() { resolver_service_base().start_resolve_op(); }",
            "ip": "int host_name(); int f() { return host_name(); }",
        }.items():
            with self.subTest(code):
                self.assert_offence("Asio's", NET | {"libsotto_node.a": {"a.cpp": asio(scope, code)}})

    def test_timers_and_executors_of_asio_pass(self):
        code = asio("detail", "struct epoll_reactor { void do_add_timer_queue(int); };"
                              "struct signal_set_service { void add(int); };"
                              "void f() { epoll_reactor().do_add_timer_queue(1);"
                              " signal_set_service().add(1); }")
        self.assertEqual(self.check(NET | {"libsotto_node.a": {"a.cpp": code}})[0], 0)

    def test_only_the_object_that_has_asio_is_left_out(self):
        asio_impl = {"asio_impl.cpp": SOCKET}
        self.assertEqual(self.check(NET | {"libsotto_base.a": asio_impl})[0], 0)
        self.assert_offence("libsotto_base.a: a.cpp.o opens a socket: socket",
                            NET | {"libsotto_base.a": asio_impl | {"a.cpp": SOCKET.replace(
                                "f()", "g()")}})
        self.assert_offence("libsotto_node.a: asio_impl.cpp.o opens a socket: socket",
                            NET | {"libsotto_node.a": asio_impl})

    def test_each_may_only_what_is_its_own(self):
        move, speak = ('extern "C" int recv(...);\nint f() { return recv(0); }\n',
                       'extern "C" int SSL_read(...);\nint f() { return SSL_read(0); }\n')
        ask = 'extern "C" int getaddrinfo(...);\nint f() { return getaddrinfo(0); }\n'
        for library, may, may_not in (("tls", move, SOCKET), ("tls", speak, SOCKET),
                                      ("tls", speak, ask), ("relay", SOCKET, speak),
                                      ("relay", SOCKET, ask), ("net", ask, speak)):
            with self.subTest(library):
                name = f"libsotto_{library}.a"
                libraries = NET | {name: {"a.cpp": may}}
                self.assertEqual(self.check(libraries)[0], 0)
                self.assert_offence("b.cpp.o", NET | {name: {"a.cpp": may, "b.cpp": may_not.replace(
                    "f()", "g()")}})

    def test_a_check_that_sees_nothing_fails(self):
        self.assert_offence("build first", {"libsotto_node.a": {"a.cpp": HARMLESS}})
        self.assert_offence("sees nothing", {"libsotto_net.a": {"a.cpp": HARMLESS}})
        self.assert_offence("sees nothing", NET | {"libsotto_tls.a": {"a.cpp": HARMLESS}})


if __name__ == "__main__":
    unittest.main()
