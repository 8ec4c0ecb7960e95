"""What a process has used, from /proc: the same way for ours and for any peer, all threads, in nanoseconds."""

from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Of all threads that live now. A thread that ended in between is missing: the peers here keep theirs."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory_bytes(pid: int) -> int:
    """What would be free if it ended: its own pages, and its part of those that it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"the kernel does not tell what process {pid} holds")
