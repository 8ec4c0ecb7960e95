"""What a report needs beside the log's entries: the verifier's result, accounts, keys, and the checklist."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from audit.commands import Manner, verify_command
from audit.seals.checking import EVERY_RESTART
from audit.self_audit.surroundings import Account, KeyAge, Verified, Weakness
from audit.self_audit.table import Severity
from audit.verify import Asked, ExitCode
from audit.witnesses.policy import Policy
from server.checklist.finding import Finding
from server.settings import SettingsRefused
from server.storage.stores import Stores
from support.ports import StoreUnavailable
from support.staff import Role

PolicyInForce = Callable[[], Policy | None]  # raises SettingsRefused
EVERY_ROLE: Final = frozenset(Role)
_FOREVER_MS: Final = 2**53 - 1  # disabled: blocked until somebody lifts it


def verified(
    folder: Path, key: str, lockstate: Path, state: Path | None, now_ms: int, policy: PolicyInForce
) -> Verified:
    """Reads the log's files: call it in a thread. `state` is a memory of its own. With a policy the report is as strict
    as whoever verifies the log with it; one that cannot be read leaves the log unverified."""
    try:
        in_force = policy()
    except SettingsRefused as error:
        return Verified(exit_code=int(ExitCode.USAGE), sentence=f"Not verified: {error}", size=0, root="")
    lines: list[str] = []
    verify_command(
        folder,
        key,
        state,
        lines.append,
        lockstate,
        # Whether a restart of the seals was right is for those outside who were told of it; the report counts them.
        # All is read anew each time; the memory only tells an older copy of the whole log.
        asked=Asked(full=True, now_ms=now_ms, accepted=EVERY_RESTART, policy=in_force),
        manner=Manner(as_json=True),
    )
    told = json.loads(lines[0])
    return Verified(
        exit_code=told["exit_code"],
        sentence=told["sentence"],
        size=told["size"],
        root=told["root"],
        read_from=told["read_from"],
        findings=tuple(finding["sentence"] for finding in told["findings"]),
    )


async def accounts(stores: Stores, now_ms: int) -> tuple[Account, ...] | None:
    """None where the database does not tell."""
    try:
        roll = await stores.staff_roll.everybody()
        able = set(await stores.staff_roll.able_to_sign_in(EVERY_ROLE, now_ms))
        with_factor = able | set(await stores.staff_roll.able_to_sign_in(EVERY_ROLE, _FOREVER_MS + 1))
    except StoreUnavailable:
        return None
    found = []
    for one in roll:
        staff = one.staff
        state = "pending" if one.pending else "active"
        if staff.blocked(now_ms):
            state = "disabled" if staff.blocked_until_ms == _FOREVER_MS else "blocked"
        found.append(
            Account(
                id=staff.id,
                role=staff.role.value,
                state=state,
                factor=staff.id in with_factor,
            )
        )
    return tuple(found)


async def key_ages(stores: Stores, now_ms: int) -> tuple[KeyAge, ...] | None:
    """Of the keys that are good now; None where the database does not tell."""
    try:
        keys = await stores.api_keys.all_keys()
    except StoreUnavailable:
        return None
    return tuple(
        KeyAge(id=key.id, created_at_ms=key.created_at_ms, expires_at_ms=key.expires_at_ms)
        for key in keys
        if key.live(now_ms)
    )


def weaknesses(findings: Sequence[Finding]) -> tuple[Weakness, ...]:
    """All of them: that something is well is worth a line in a report, too."""
    return tuple(
        Weakness(
            check=one.check, state=one.state, severity=Severity(one.severity.value), values=dict(one.values)
        )
        for one in findings
    )
