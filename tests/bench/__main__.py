"""`./run bench NAME [--json]`: which module measures what. Each has `main(json: bool) -> int` and prints rows."""

import sys
from importlib import import_module

BENCHES = {
    "audit": (
        "tests.bench.audit",
        "all that is measured of the log: the four that follow, one after the other",
    ),
    "append": (
        "tests.bench.audit_append",
        "entries made durable in a second, against a plain file, SQLite and Redis",
    ),
    "verify": ("tests.bench.audit_verify", "entries verified in a second, against hashing alone"),
    "memory": (
        "tests.bench.audit_memory",
        "what a writer's memory grows by from 10,000 entries to 1,000,000",
    ),
    "search": ("tests.bench.audit_search", "milliseconds for a search, against looking through the log"),
    "timing": ("tests.bench.timing", "whether answers tell by their time what is known and what is not"),
    "verification": (
        "tests.bench.verification",
        "codes and sign-ins a second through HTTP with their durable entries, against privacyIDEA",
    ),
    "signalling": (
        "tests.bench.signalling",
        "a message from page to page: CPU, delay, memory, against aiohttp alone and PeerJS",
    ),
    "detectors": (
        "tests.bench.floors.report",
        "insiders found on made-up floors, or in events of your own (--events F --labels F), against three baselines",
    ),
    "media": (
        "tests.bench.media",
        "the gate against Janus and aiortc's relay; with names, parts of it: cpu latency loss revoke flood lossy",
    ),
    "screen": (
        "tests.bench.screen",
        "what people see in Chromium: first picture, delay, dark after a pause, against peer to peer",
    ),
}
WITH_OPTIONS = frozenset({"detectors", "media"})


def main(arguments: list[str]) -> int:
    name, options = (arguments[0] if arguments else ""), [word for word in arguments[1:] if word != "--json"]
    if name not in BENCHES or (options and name not in WITH_OPTIONS):
        sys.stderr.write("Use: ./run bench NAME [--json], where NAME is one of\n")
        sys.stderr.writelines(f"  {name:<12} {purpose}\n" for name, (_, purpose) in BENCHES.items())
        return 2
    module = import_module(BENCHES[name][0])
    more = {"options": options} if options else {}
    status: int = module.main(json="--json" in arguments, **more)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
