"""`./run bench media`: all that is measured of the gate, in a network of its own, beside Janus and aiortc's MediaRelay.

Janus refuses loopback addresses. So the bench starts itself again in a new network namespace, which holds loopback and
one pair of virtual interfaces with an address, and ends with the bench: nothing is left to remove. It needs root, or a
kernel that gives namespaces to everybody.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable

from tests.bench import media_cpu, media_flood, media_latency, media_loss, media_lossy, media_revoke
from tests.bench.table import Row, show

ADDRESS = "10.77.0.1"
_NETWORK = (
    ("link", "set", "lo", "up"),
    ("link", "add", "tachiai0", "type", "veth", "peer", "name", "tachiai1"),
    ("addr", "add", f"{ADDRESS}/24", "dev", "tachiai0"),
    ("link", "set", "tachiai0", "up"),
    ("link", "set", "tachiai1", "up"),
)
PARTS: dict[str, Callable[[str], Iterable[Row]]] = {
    "cpu": media_cpu.rows,
    "latency": media_latency.rows,
    "loss": media_loss.rows,
    "revoke": media_revoke.rows,
    "flood": media_flood.rows,
    "lossy": media_lossy.rows,
}


def main(*, json: bool, options: list[str] | None = None) -> int:
    """`options` are names of parts; none means all. Prints each part's rows as it is done."""
    wrong = set(options or ()) - PARTS.keys()
    if wrong:
        sys.stderr.write(
            f"Parts of this bench: {', '.join(PARTS)}. There is no {', '.join(sorted(wrong))}.\n"
        )
        return 2
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    inside = [sys.executable, "-P", "-m", "tests.bench.media", *(options or PARTS)]
    return subprocess.run([*alone, *inside, *(["--json"] if json else [])], check=False).returncode


def measure(arguments: list[str]) -> int:
    """Inside the namespace."""
    for command in _NETWORK:
        subprocess.run(["ip", *command], check=True)
    for part in (each for each in arguments if each != "--json"):
        show(PARTS[part](ADDRESS), as_json="--json" in arguments)
    return 0


if __name__ == "__main__":
    sys.exit(measure(sys.argv[1:]))
