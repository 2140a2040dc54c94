"""A server of Debian's in a namespace of the laboratory."""
import pathlib
import subprocess
import time

from network_namespace import LabError

PATIENCE = 30  # seconds until a server listens, which takes a fraction of one


class Service:
    """A program that runs until it is stopped, or its namespace ends."""

    def __init__(self, space, argv, log, ports):
        """Returns once it listens at `ports`: ("udp", 3478), ..."""
        self.space, self.log = space, pathlib.Path(log)
        with open(self.log, "ab") as output:
            self._process = space.serve(argv, stdin=subprocess.DEVNULL, stdout=output,
                                        stderr=output)
        deadline = time.monotonic() + PATIENCE
        while not all(space.listens(*port) for port in ports):
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace").splitlines()[-12:]
                self.stop()
                raise LabError(f"{argv[0]} does not listen; the last of {self.log}:\n"
                               + "\n".join(f"    {line}" for line in said))
            time.sleep(0.02)

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
