"""What can be told of processes by their ids."""
import pathlib


def birth(pid):
    """When a process began: tells it from a later one with the same id.  None: it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
