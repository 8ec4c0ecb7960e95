"""`./run soak NAME [--cycles N]`: the long forms of tests that `./run test` has only time for in short."""

import sys
from importlib import import_module

SOAKS = {
    "audit-bits": (
        "tests.soak.audit_bits",
        "every single bit of a small log turned over: each is found (1 log)",
    ),
    "audit-crash": (
        "tests.soak.audit_crash",
        "kill -9 at random moments under 64 writers: nothing acknowledged is lost (200 cycles)",
    ),
    "crashes": (
        "tests.soak.crashes",
        "an init, a backup, a restore and a migration killed at moments spread over all of each (30 moments)",
    ),
    "detectors": (
        "tests.soak.detectors",
        "entries of made-up floors through all detectors: CPU and memory (10,000,000)",
    ),
    "media-fuzz": (
        "tests.soak.media_fuzz",
        "broken STUN, DTLS, RTP, RTCP and SDP, with and without keys, beside a share that loses no frame (1,000,000)",
    ),
    "messages": (
        "tests.soak.messages",
        "broken messages, a tenth of them over real sockets, beside a share that goes on (1,000,000)",
    ),
    "races": (
        "tests.soak.races",
        "fifty uses at once of what is good once: exactly one succeeds (200 rounds of each race)",
    ),
}


def main(arguments: list[str]) -> int:
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    cycles = int(rest[1]) if len(rest) == 2 and rest[0] == "--cycles" and rest[1].isdecimal() else 0
    if name not in SOAKS or (rest and not cycles):
        sys.stderr.write("Use: ./run soak NAME [--cycles N], where NAME is one of\n")
        sys.stderr.writelines(f"  {name:<12} {purpose}\n" for name, (_, purpose) in SOAKS.items())
        return 2
    status: int = import_module(SOAKS[name][0]).main(cycles)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
