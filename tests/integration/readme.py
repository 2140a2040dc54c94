"""README.md as a script: its blocks of code by name, and what in them is never twice the same."""
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "README.md"
# A comment in front of a block names it: <!-- tested: talk-anna -->
BLOCK = re.compile(r"(<!-- tested: ([\w-]+) -->\n```\w*\n)(.*?)(\n```\n)", re.S)


def blocks():
    return {name: text for _, name, text, _ in BLOCK.findall(PAGE.read_text())}


def write(texts):
    """Puts these texts in the place of the blocks of those names."""
    def replaced(found):
        return found[1] + texts.get(found[2], found[3]) + found[4]

    PAGE.write_text(BLOCK.sub(replaced, PAGE.read_text()))


def commands(block):
    """The lines that somebody types, with who does: ("anna", "sotto host lobby")."""
    return [(who, line.split("   #")[0].rstrip())
            for who, line in re.findall(r"^(\w+)\$ (.*)$", block, re.M)]


# Nobody's: kept for documents (RFC 5737), and made up.
ADDRESSES = {"anna": "192.0.2.10:40713", "bob": "198.51.100.7:38356"}
FINGERPRINTS = {"anna": "lsbc-hoi6-l5lc-mrdb-hm45-l4cy-fcdi-iub6",
                "bob": "kwby-2lcb-g2lc-khvu-ko5k-5ynf-drwg-yods"}
EMOJI = ["🐼 Panda", "🎸 Guitar", "⚓ Anchor", "🌵 Cactus", "🎩 Hat", "🔔 Bell", "🐙 Octopus"]


def settled(text, fingerprints, host_port):
    """`text` with the same addresses, fingerprints, times and emoji each time."""
    for name, fingerprint in fingerprints.items():
        text = text.replace(fingerprint, FINGERPRINTS[name])
    text = text.replace(f"127.0.0.1:{host_port}", ADDRESSES["anna"])
    text = re.sub(r"127\.0\.0\.1:\d+", ADDRESSES["bob"], text)
    text = re.sub(r"\b\d+ ms\b", "38 ms", text)
    text = re.sub(r"^(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)? ", "23:30 ", text, flags=re.M)
    text = re.sub(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \w+ \d{4}",
                  "Fri Nov 20 23:30:13 UTC 2026", text)
    # What takes over a second is said to go on; on an idle machine nothing does.
    text = re.sub(r"^[a-z][\w ]* \.\.\.\n", "", text, flags=re.M)
    lines = []
    for line in text.splitlines():
        # Seven pictures with their names, and the three numbers that say the same.
        if len(re.findall(r"  [^\w\s]+ [A-Z]", line)) == 7:
            line = "  " + "  ".join(EMOJI)
        lines.append(re.sub(r"^  \d{4}  \d{4}  \d{4}$", "  1576  3511  3640", line).rstrip())
    return "\n".join(lines)
