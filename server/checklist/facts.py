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
    gate_private: bool  # not that, and yet only addresses that the same network reaches
    turn: bool
    turn_over_tls: bool  # one of its ways in
    turn_relays: bool  # their addresses are named
    contact: bool
    debug: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFiles:
    """`readable`, `missing`: files that others may read, and those that are not there, as paths on this machine.
    `kek_given`: by the service manager, as a copy in memory; where its file lies cannot be seen then.
    `ring`: how many keys there are for authenticators; None: cannot be read."""

    kek_missing: bool
    kek_given: bool
    kek_in_vault: bool
    kek_beside_data: bool
    kek_on_same_volume: bool
    readable: tuple[str, ...]
    missing: tuple[str, ...]
    ring: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLife:
    """`kek_days`: for how long the version that wraps today has done so, as far as this log knows; None: not known yet.
    `recipients`: for how many auditors keys are wrapped; 0 without sealed mode. `overdue`: periods that are still open
    here more than a day after their hot window. `badge_days`: for how long the badge key has signed; None: not seen
    here, for instance since an issuer of its own has it."""

    kek_days: int | None
    badge_days: int | None
    recipients: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """`used`: the signing key has signed a log, so where there is no folder now there was one."""

    path: str
    used: bool
    there: bool
    writable: bool
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Counts alone. `officers` have what it takes to sign in: a passkey, or a password and a second factor, no block.
    `pending` have an enrolment link that is good, `lapsed` have none and have never enrolled. `without_passkey`:
    officers who have enrolled without one, which outside the demo keeps them out."""

    officers: int
    without_factor: int
    pending: int
    lapsed: int
    without_passkey: int


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


class WitnessState(StrEnum):
    """NONE: no policy is set. LATE: the quorum is not met lately though entries came. LOST: it is, and somebody is
    missing. REFUSED: somebody says that there is another history."""

    NONE = "none"
    UNREADABLE = "unreadable"
    SIGNED = "signed"
    LOST = "lost"
    LATE = "late"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """`named`: the witnesses that are missing or refuse. `sentence`: why policy or notes cannot be used."""

    state: WitnessState
    named: tuple[str, ...] = ()
    sentence: str = ""


class MailState(StrEnum):
    """SHOWN: the demo's, where mails are shown and leave for nowhere."""

    SET = "set"
    NONE = "none"
    SHOWN = "shown"


class PlacesState(StrEnum):
    """Of the file of places. NONE: none is named, and sign-ins are not compared by place."""

    NONE = "none"
    READ = "read"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Mails and webhooks that wait, that have waited for an hour, and that were given up within seven days."""

    waiting: int
    late: int
    dead: int


class ForwardingState(StrEnum):
    """NONE: no collector is set. LATE: it lacks entries for too long, as the log says."""

    NONE = "none"
    TAKEN = "taken"
    LATE = "late"
    UNREADABLE = "unreadable"


class BusState(StrEnum):
    """NONE: no Redis is set. FORGETS: when it is full it drops what is counted, and limits begin anew."""

    NONE = "none"
    ANSWERS = "answers"
    FORGETS = "forgets"
    OLD = "old"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """`version` and `eviction` as Redis says, "" where it was not asked."""

    state: BusState
    version: str = ""
    eviction: str = ""


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
    `trouble`: why it could not be started, where that was tried. `tried`: it was started for a moment, as no server
    runs."""

    running: bool
    load: float | None
    trouble: str | None = None
    tried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    demo: bool
    reach: Reach
    keys: KeyFiles
    key_life: KeyLife
    data: DataFolder
    people: People | None
    api_keys: ApiKeys | None
    record: Record
    schema: Schema | None
    backups: Backups
    witnesses: Witnesses
    forwarding: ForwardingState
    mail: MailState
    sign_in_places: PlacesState
    outgoing: Outgoing | None
    bus: Bus
    machine: Machine
    server: ServerState
    installation: Installation
    gate: GateState | None
