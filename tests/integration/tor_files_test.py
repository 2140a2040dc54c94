"""Files through onion services, over a private Tor network."""
import pathlib
import time

import harness
import services
import tor_test_support
from tor_test_support import PATIENCE

MEGABYTE = 1 << 20


class Files(tor_test_support.TorTest):
    def test_a_file_arrives_and_words_pass_it(self):
        self.use_shared("host", "anna")
        self.use_shared("member", "bob")
        inbox = self.folder / "inbox"
        inbox.mkdir()
        host = self.host_tor("anna", "lobby", "--uses", "2", "--allow", "chat,files", "--accept",
                             str(inbox))
        path = self.file("large", services.noise(12))
        member = self.join_tor("bob")
        sender = self.start("bob", "--json", "send", "lobby", "--file", path)
        services.until(lambda: any(part.stat().st_size > MEGABYTE
                                   for part in inbox.glob(".sotto-*.part")),
                       "some of the file in its part", timeout=PATIENCE)
        began = time.monotonic()
        member.type("a word\n")
        host.expect("message", text="a word", timeout=PATIENCE)
        waited = time.monotonic() - began
        done = self.finish(sender, timeout=3 * PATIENCE)
        self.check(done)
        self.assertEqual((done.json["status"], done.json["route"]), ("delivered", "onion"))
        event = host.expect("file", timeout=PATIENCE)
        self.assertEqual(pathlib.Path(event["path"]).read_bytes(),
                         pathlib.Path(path).read_bytes())
        self.assertLess(waited, 10)
        print(f"the word took {waited * 1000:.0f} ms beside 12 MB, "
              f"which took {done.json['elapsed_ms']} ms")


if __name__ == "__main__":
    harness.main()
