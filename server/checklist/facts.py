"""What the probes learned. None everywhere means: could not be learned."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From the settings. `here_only`: the server listens on loopback alone. `own_certificate`: it speaks TLS itself."""

    https: bool
    here_only: bool
    own_certificate: bool
    certificate_named: bool
    certificate_days: int | None  # until it ends, negative afterwards; None: unreadable
    proxies: tuple[str, ...]  # networks as the operator wrote them
    gate_here_only: bool  # browsers are told a loopback address, or one that is no address of any machine
    contact: bool
    debug: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFiles:
    """`readable`, `missing`: files that others may read, and those that are not there, as paths on this machine.
    `kek_given`: by the service manager, as a copy in memory; where its file lies cannot be seen then."""

    kek_missing: bool
    kek_given: bool
    kek_beside_data: bool
    kek_on_same_volume: bool
    readable: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    path: str
    there: bool
    writable: bool
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Counts alone. `officers` can sign in now: a password, a second factor, no block. `pending` have an enrolment link
    that is good, `lapsed` have none and have never enrolled."""

    officers: int
    without_factor: int
    pending: int
    lapsed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeys:
    """Of those neither revoked nor ended. `unused`: not used for 30 days, or never since they were made 30 days ago.
    `ending`: within 14 days."""

    live: int
    unused: int
    ending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`trouble` is the verifier's or the log's own sentence, None if all is well. `late_s`: for how long durable
    entries have waited for their signature, 0 if none do."""

    there: bool
    trouble: str | None
    stopped: bool
    entries: int | None
    late_s: int


class Schema(StrEnum):
    """The database's, compared with what this version needs."""

    CURRENT = "current"
    BEHIND = "behind"
    NEWER = "newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """`last_days` None: never. `readable` False: the notes of backups cannot be read."""

    readable: bool
    last_days: int | None
    remind_after_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The fuller of the volumes of data and log."""

    path: str
    free_mib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`clock_held`: something keeps the clock right, the kernel says. `drift_ms`: moved since the server's start."""

    clock_held: bool | None
    clock_past: bool
    drift_ms: int
    disk: Disk | None
    descriptors: int | None  # how many files the process may open; None: as many as it likes
    descriptors_needed: int
    udp_buffer_kib: int | None
    root: bool | None  # whether the server runs as root; None: no server runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """`folder` holds all packages; `trouble` says in a sentence why it cannot be told."""

    python: tuple[int, int, int]
    folder: str
    trouble: str | None


class ServerState(StrEnum):
    """SILENT: somebody listens on the control socket and does not answer."""

    ANSWERS = "answers"
    NONE = "none"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateState:
    """`load` is the share of one core that the gate used lately, 0.0 to 1.0; None before it was measured twice.
    `trouble`: why it could not be started, where that was tried."""

    running: bool
    load: float | None
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    demo: bool
    reach: Reach
    keys: KeyFiles
    data: DataFolder
    people: People | None
    api_keys: ApiKeys | None
    record: Record
    schema: Schema | None
    backups: Backups
    machine: Machine
    server: ServerState
    installation: Installation
    gate: GateState | None
