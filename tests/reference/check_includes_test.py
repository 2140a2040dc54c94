"""contrib/check-includes against small trees, each with one thing wrong."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "contrib" / "check-includes"

TABLE = """
| floor | rooms | may also include |
|---|---|---|
| 0 | base | |
| 1 | crypto, transport | base |
| 2 | wire, store | base, crypto |
| 5 | node | everything below |
| 6 | cli | base, node |
"""


class CheckIncludes(unittest.TestCase):
    def check(self, files, table=TABLE):
        """Exit code and output for a tree of {path under src/: text}."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in {f"src/{k}": v for k, v in files.items()}.items():
                path = Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            docs = Path(root, "docs")
            docs.mkdir()
            (docs / "architecture.md").write_text(table)
            run = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)
            return run.returncode, run.stdout

    def assert_ok(self, files):
        code, out = self.check(files)
        self.assertEqual((code, out.count("\n")), (0, 1), out)

    def assert_offence(self, expected, files, table=TABLE):
        code, out = self.check(files, table)
        self.assertEqual(code, 1, out)
        self.assertIn(expected, out)
        self.assertEqual(out.count("\n"), 1, out)

    def test_downward_and_own_includes_pass(self):
        self.assert_ok({
            "base/bytes.h": "#include <vector>\n",
            "crypto/keys.h": '#include "base/bytes.h"\n#include "crypto/errors.h"\n',
            "node/agent.cpp": '#include "wire/card.h"\n#include <boost/asio/io_context.hpp>\n',
            "wire/card.cpp": '#include "card.pb.h"\n',
            "transport/byte_stream.h": "#include <boost/asio/awaitable.hpp>\n",
        })

    def test_upward(self):
        self.assert_offence("src/base/bytes.h:2: base may not include crypto/keys.h: it points up",
                            {"base/bytes.h": '// why\n#include "crypto/keys.h"\n'})

    def test_sideways(self):
        self.assert_offence("src/wire/a.cpp:1: wire may not include store/b.h",
                            {"wire/a.cpp": '#include "store/b.h"\n'})

    def test_below_but_not_listed(self):
        self.assert_offence("src/wire/a.cpp:1: wire may not include transport/b.h",
                            {"wire/a.cpp": '#include "transport/b.h"\n'})

    def test_room_outside_the_table(self):
        self.assert_offence("the room attic is not in the table",
                            {"attic/a.cpp": '#include "base/bytes.h"\n'})

    def test_include_without_a_room(self):
        self.assert_offence("bytes.h is in no room", {"base/a.cpp": '#include "bytes.h"\n'})

    def test_generated_header_outside_wire_sources(self):
        for path in ("wire/card.h", "store/a.cpp"):
            self.assert_offence(f"src/{path}:1: card.pb.h", {path: '#include "card.pb.h"\n'})

    def test_libraries_out_of_place(self):
        for path, header in {
            "base/a.cpp": "nlohmann/json.hpp",
            "node/a.cpp": "sqlite3.h",
            "wire/a.cpp": "sodium.h",
            "transport/a.cpp": "boost/asio/ip/tcp.hpp",
            "crypto/a.cpp": "boost/asio.hpp",
            "store/a.cpp": "sys/socket.h",
            "store/b.cpp": "thread",
            "node/b.cpp": "random",
            "node/c.cpp": "CLI/CLI.hpp",
        }.items():
            with self.subTest(header=header):
                self.assert_offence(f"src/{path}:1: {header}", {path: f"#include <{header}>\n"})

    def test_command_line_library_twice(self):
        self.assert_offence("src/cli/b.cpp:1: CLI/CLI.hpp is already included by src/cli/a.cpp",
                            {"cli/a.cpp": "#include <CLI/CLI.hpp>\n",
                             "cli/b.cpp": "#include <CLI/CLI.hpp>\n"})

    def test_table_that_points_up(self):
        self.assert_offence("base may include crypto, which is not on a lower floor",
                            {"base/a.h": ""}, TABLE.replace("base | |", "base | crypto |"))

    def test_missing_table(self):
        self.assert_offence("no table of floors found", {"base/a.h": ""}, "nothing\n")


if __name__ == "__main__":
    unittest.main()
