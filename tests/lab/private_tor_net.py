#!/usr/bin/env python3
"""A private Tor network on this machine: three authorities, three relays, on request a bridge.

    private_tor_net.py up DIR [--address 127.0.0.1] [--bridge] [--owner PID|parent]
                              [--lifetime SECONDS] [--timeout SECONDS]
    private_tor_net.py down DIR

`up` returns once every node has bootstrapped and knows all relays, typically after 15 s,
and leaves in DIR:

    client.torrc   the lines that make any tor a client of this network and of no other; they set
                   no port and no directory
    bridges.txt    with --bridge: its Bridge lines, first the plain one, then that of obfs4
    NODE/log       what each node says
    keeper.log     how it went

Several networks may be up at once, each in a DIR of its own.  Nothing outlives its owner: a
keeper process starts the nodes and ends them when `down` tells it, when the process `--owner` is
gone (`parent`: the one that started this script) or after `--lifetime`; and every node watches the
keeper.  Needs Debian's packages tor and obfs4proxy.
"""
import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from tor_net_keeper import Keeper, keeper_of
from tor_node import NetworkError

LIFETIME = 1800  # seconds
TIMEOUT = 120  # seconds; for what takes about fifteen


def up(directory, *, address="127.0.0.1", bridge=False, owner=None, lifetime=LIFETIME,
       timeout=TIMEOUT, say=print, prefix=()):
    """Brings a network up and returns its keeper, for whoever wants to wait for it after down().
    `prefix` is a command that runs the keeper elsewhere, in a network namespace say.  Raises
    NetworkError, with nothing left running."""
    top = pathlib.Path(directory).resolve()
    deadline = time.monotonic() + 5
    while (running := keeper_of(top)) and time.monotonic() < deadline:
        time.sleep(0.1)  # it may be ending
    if running:
        raise NetworkError(f"{top} already has a network that is up: run 'down' first")
    if top.exists() and any(top.iterdir()):
        if not (top / "keeper.log").exists():
            raise NetworkError(f"{top} has files that are of no network")
        shutil.rmtree(top)
    top.mkdir(parents=True, exist_ok=True)
    top.chmod(0o700)
    (top / "keeper.log").touch()
    options = [f"--address={address}", f"--lifetime={lifetime}", f"--timeout={timeout}"]
    options += ["--bridge"] * bridge + ([f"--owner={owner}"] if owner else [])
    process = subprocess.Popen([*prefix, sys.executable, "-B", __file__, "keep", top, *options],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    said = []
    try:
        with process.stdout, open(top / "keeper.log", "a") as log:
            for line in map(str.rstrip, process.stdout):
                if line == "ready":
                    return process
                said.append(line)
                print(line, file=log, flush=True)
                say(line)
    except BaseException:
        process.terminate()
        process.wait(15)
        raise
    process.wait(15)
    raise NetworkError(f"no private Tor network in {top}:\n" + "\n".join(said[-20:]))


def down(directory):
    """Ends a network and waits for it.  Its files stay for whoever wants to read them."""
    top = pathlib.Path(directory).resolve()
    pid = keeper_of(top)
    if not pid:
        return
    for number, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if keeper_of(top) is None:
                return
            time.sleep(0.02)
    raise NetworkError(f"the keeper {pid} of {top} does not end")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["up", "down", "keep"], metavar="up|down")
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--bridge", action="store_true")
    parser.add_argument("--owner", metavar="PID|parent",
                        type=lambda text: os.getppid() if text == "parent" else int(text))
    parser.add_argument("--lifetime", type=float, default=LIFETIME)
    parser.add_argument("--timeout", type=float, default=TIMEOUT)
    options = parser.parse_args()
    try:
        if options.action == "keep":
            sys.exit(Keeper(pathlib.Path(options.directory), options).run())
        if options.action == "down":
            return down(options.directory)
        up(options.directory, address=options.address, bridge=options.bridge,
           owner=options.owner, lifetime=options.lifetime, timeout=options.timeout)
        print(pathlib.Path(options.directory).resolve() / "client.torrc")
    except NetworkError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
