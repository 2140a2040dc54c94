"""The manual pages and what else `make install` puts in place, as their readers find it."""
import os
import pathlib
import shutil
import subprocess

import harness

BUILD = pathlib.Path(harness.BINARY).resolve().parent


class Installed(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.prefix = self.folder / "usr"
        done = subprocess.run(["cmake", "--install", BUILD, "--prefix", self.prefix],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.pages = sorted((self.prefix / "share/man/man1").iterdir())

    def run_tool(self, *arguments, **more):
        env = {"PATH": f"{self.prefix}/bin:" + os.environ["PATH"], "HOME": str(self.folder),
               "LC_ALL": "C.UTF-8", "MANWIDTH": "80"} | more
        return subprocess.run(arguments, capture_output=True, text=True, env=env)

    def test_there_is_a_page_for_each_command(self):
        text = self.run_tool(f"{self.prefix}/bin/sotto", "completion", "words", "--", "").stdout
        commands = [line.split("\t")[0] for line in text.splitlines()[1:]]
        self.assertGreater(len(commands), 20)
        self.assertEqual([page.name for page in self.pages],
                         sorted(["sotto.1", *(f"sotto-{name}.1" for name in commands)]))

    def test_mandoc_finds_no_fault(self):
        if not shutil.which("mandoc"):
            self.skipTest("there is no mandoc")
        for page in self.pages:
            done = self.run_tool("mandoc", "-T", "lint", "-W", "style", str(page))
            # It looks for pages that are referred to where the system keeps its own.
            said = [line for line in done.stdout.splitlines()
                    if "referenced manual not found" not in line]
            self.assertEqual(said, [])

    def test_groff_finds_no_fault(self):
        for page in self.pages:
            done = self.run_tool("man", "--warnings", "-l", str(page), PAGER="cat",
                                 MANPAGER="cat")
            self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)

    def test_man_finds_the_pages(self):
        # By the path of the program, and by $MANPATH.
        for env in ({}, {"MANPATH": f"{self.prefix}/share/man", "PATH": os.environ["PATH"]}):
            for name in ("sotto", "sotto-send", "sotto-completion"):
                done = self.run_tool("man", name, MANPAGER="cat", **env)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(name.upper() + "(1)", done.stdout)
                self.assertIn("EXIT STATUS", done.stdout)
                self.assertLess(max(map(len, done.stdout.splitlines())), 101)

    def test_pages_refer_to_pages_that_exist(self):
        names = {page.name for page in self.pages}
        for page in self.pages:
            words = [line.split()[1].replace("\\-", "-")
                     for line in page.read_text().splitlines() if line.startswith(".BR ")]
            self.assertTrue(words, page.name)
            for word in words:
                self.assertTrue(word == "tor" or f"{word}.1" in names, f"{page.name}: {word}")

    def test_completions_lie_where_shells_look(self):
        for shell, place in (("bash", "bash-completion/completions/sotto"),
                             ("zsh", "zsh/site-functions/_sotto"),
                             ("fish", "fish/vendor_completions.d/sotto.fish")):
            script = self.check(self.run_binary(["completion", shell])).out
            self.assertEqual((self.prefix / "share" / place).read_text(), script)


if __name__ == "__main__":
    harness.main()
