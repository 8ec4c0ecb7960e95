"""Every check, the states in which it may be found, and how grave each is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """OK and ADVICE let things be; WEAK should be mended this week; DANGER today."""

    OK = "ok"
    ADVICE = "advice"
    WEAK = "weak"
    DANGER = "danger"


OK, ADVICE, WEAK, DANGER = Severity.OK, Severity.ADVICE, Severity.WEAK, Severity.DANGER
GRAVEST_FIRST: Final = (DANGER, WEAK, ADVICE, OK)

CHECKS: Final[Mapping[str, Mapping[str, Severity]]] = {
    # how it is reached
    "tls": {"own": OK, "proxied": OK, "here_only": OK, "exposed": WEAK, "none": DANGER},
    "certificate": {"valid": OK, "ending": WEAK, "ended": DANGER, "unreadable": DANGER},
    "proxies": {"named": OK, "not_needed": OK, "missing": WEAK, "wide": WEAK, "everybody": DANGER},
    "gate_address": {"reachable": OK, "private": ADVICE, "here_only": WEAK},
    "turn": {"set": OK, "none": ADVICE, "without_tls": ADVICE, "relays_unnamed": WEAK},
    "contact": {"given": OK, "none": ADVICE},
    "logging": {"usual": OK, "debug": ADVICE},
    # keys
    "kek": {
        "apart": OK,
        "vault": OK,
        "given": ADVICE,
        "same_volume": WEAK,
        "beside_data": DANGER,
        "missing": DANGER,
    },
    "kek_age": {"young": OK, "unknown": ADVICE, "old": WEAK},
    "badge_key": {"young": OK, "old": WEAK},
    "sealed": {"on": OK, "off": ADVICE, "late": WEAK},
    "key_files": {"private": OK, "missing": DANGER, "readable": DANGER},
    "ring": {"one": OK, "several": ADVICE},
    "data_folder": {
        "private": OK,
        "not_there": ADVICE,
        "gone": DANGER,
        "open": DANGER,
        "not_writable": DANGER,
    },
    "user": {"own": OK, "root": WEAK},
    # people
    "officers": {"several": OK, "unknown": ADVICE, "one": WEAK, "none": DANGER},
    "second_factor": {"all": OK, "unknown": ADVICE, "missing": WEAK},
    "enrolment": {"done": OK, "unknown": ADVICE, "pending": ADVICE, "lapsed": WEAK},
    "passkeys": {"all": OK, "unknown": ADVICE, "missing": WEAK, "demo": ADVICE},
    "api_keys": {"none": OK, "in_use": OK, "unused": ADVICE, "ending": WEAK},
    # the record
    "log": {"healthy": OK, "not_there": ADVICE, "gone": DANGER, "damaged": DANGER, "stopped": DANGER},
    "schema": {"current": OK, "behind": DANGER, "newer": DANGER},
    "checkpoint": {"fresh": OK, "late": DANGER},
    "witness": {
        "none": ADVICE,
        "signed": OK,
        "lost": WEAK,
        "late": WEAK,
        "unreadable": WEAK,
        "refused": DANGER,
    },
    "collector": {"none": OK, "taken": OK, "late": WEAK, "unreadable": WEAK},
    "mail": {"set": OK, "shown": OK, "none": ADVICE},
    "sign_in_places": {"none": OK, "read": OK, "unreadable": WEAK},
    "outbox": {"sent": OK, "late": WEAK, "dead": WEAK},
    "backup": {"recent": OK, "old": WEAK, "never": WEAK, "unreadable": WEAK},
    "restore": {"untold": ADVICE},  # nothing here can know what was tried on another machine
    # the machine
    "clock": {"held": OK, "unknown": ADVICE, "free": WEAK, "moved": DANGER, "past": DANGER},
    "disk": {"roomy": OK, "little": WEAK, "full": DANGER},
    "descriptors": {"enough": OK, "few": DANGER},
    "udp_buffer": {"enough": OK, "unknown": ADVICE, "small": ADVICE},
    "bus": {"none": OK, "answers": OK, "forgets": WEAK, "old": DANGER, "silent": DANGER},
    "server": {"answers": OK, "none": OK, "silent": DANGER},
    "gate": {"running": OK, "able": OK, "down": DANGER, "unable": DANGER},
    "gate_load": {"light": OK, "heavy": WEAK},
    "python": {"new": OK, "old": DANGER},
    "packages": {"together": OK, "apart": DANGER},
    "demo": {"none": OK, "demo": ADVICE},
}

# In a demo on one machine, with invented people and public passwords, these protect nobody: they are shown as advice.
IN_EARNEST_ONLY: Final = frozenset(
    {
        "tls",
        "certificate",
        "proxies",
        "gate_address",
        "kek",
        "kek_age",
        "badge_key",
        "key_files",
        "data_folder",
        "user",
        "officers",
        "second_factor",
        "enrolment",
        "passkeys",
        "api_keys",
        "backup",
        "clock",
    }
)
# But these would make any demo lie about what it shows.
NEVER_LENIENT: Final = frozenset({("clock", "moved"), ("clock", "past"), ("data_folder", "not_writable")})
