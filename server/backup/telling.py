"""What a backup, a restore or an upgrade did: in sentences for people, in documents for programs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from server.backup.restoring import Restored
from server.backup.taking import Taken
from server.backup.upgrading import Upgraded

_NAMES: Final = {
    "logins": "sign-ins ended",
    "customer_cookies": "customers' pages signed off",
    "customer_logins": "customers signed out of their own page",
    "handoffs": "ways to a customer's own page void",
    "handoff_keys": "keys of the organisation's site removed",
    "visits": "waits without a sign-in ended",
    "contacts": "announced contacts ended",
    "invitations": "invitations withdrawn",
    "enrolments": "enrolment links withdrawn",
    "resets": "requests for a reset closed",
    "api_keys": "API keys revoked",
    "webhooks": "webhooks removed",
    "recovery_codes": "recovery codes void: those customers make new ones",
    "factor_requests": "requests about customers' factors closed",
    "known_devices": "browsers of customers known no more",
    "actions": "changes that waited for their day cancelled",
    "badges": "agents' badges ended",
    "passkey_challenges": "questions to passkeys void",
    "provider_sign_ins": "sign-ins at the provider given up",
    "block_lifts": "requests to lift a block closed",
    "leaders": "turns at sending given up",
    "authenticators": "authenticators whose codes work again from the next one on (within a minute)",
}


def taken_document(taken: Taken, target: Path) -> dict[str, Any]:
    manifest = taken.manifest
    return {
        "path": str(target.resolve()),
        "taken_at_ms": manifest.taken_at_ms,
        "size_bytes": manifest.size_bytes,
        "files": len(manifest.files),
        "entries": manifest.log_size,
        "schema": manifest.schema,
        "with_keys": manifest.with_keys,
        "manifest_sha256": taken.manifest_sha256,
        "entry": taken.entry,
        "beside_data": taken.beside_data,
    }


def taken_words(taken: Taken, target: Path) -> str:
    manifest = taken.manifest
    keys = (
        "It holds the server's keys, each under the key-encryption key: who has both has everything. Keep them apart."
        if manifest.with_keys
        else "It holds no keys: keep the folder of the server's keys elsewhere, or nothing can be restored."
    )
    size = f"{len(manifest.files)} files, {manifest.size_bytes} bytes, {manifest.log_size} log entries"
    lines = [
        f"Backed up to {target.resolve()}: {size}; verified, and recorded as entry {taken.entry}.",
        f"Manifest: SHA-256 {taken.manifest_sha256}",
        keys,
        "The key-encryption key is NOT in it, and a backup without it cannot be restored: keep a copy of it offline,",
        "in another place than the backups. Where Vault has it, back Vault up: no backup opens without it.",
    ]
    if taken.beside_data:
        lines.append(
            "It lies on the same volume as the data: bring a copy to another machine, or one fire takes both."
        )
    return "\n".join(lines)


def restored_document(done: Restored) -> dict[str, Any]:
    plan = done.plan
    missing = None if plan.first_missing is None else {"first": plan.first_missing, "last": plan.last_missing}
    return {
        "taken_at_ms": plan.taken_at_ms,
        "entries": plan.log_size,
        "schema": plan.schema,
        "resumed": done.resumed,
        "lockstate_survived": plan.lockstate_survived,
        "missing": missing,
        "ended": plan.ended,
        "accept_restart": plan.restart or None,
    }


def restored_words(done: Restored) -> str:
    plan = done.plan
    taken = datetime.fromtimestamp(plan.taken_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    ended = "; ".join(f"{_NAMES.get(table, table)}: {count}" for table, count in plan.ended.items() if count)
    begun = "An interrupted restore was finished" if done.resumed else "Restored"
    lines = [
        f"{begun}: the state of {taken}, {plan.log_size} log entries, verified.",
        f"Ended, so that nothing used or stolen since comes back to life: {ended or 'there was nothing to end'}.",
        "Accounts and passkeys are as they were then. Before you serve, disable again whoever was disabled or blocked",
        "since, and remove again the passkeys that were removed.",
    ]
    if plan.first_missing is not None:
        lines.append(
            f"LOSS: entries {plan.first_missing} to {plan.last_missing} are gone. The log says so, and every verifier "
            "that saw them will. Tell your auditors, and give them the new checkpoint."
        )
    elif not plan.lockstate_survived:
        lines.append(
            "No lockstate outlived the data, so nobody can tell here what was recorded after the backup. "
            "Compare with an auditor's state file: tachiai audit verify --state."
        )
    if plan.restart:
        lines.append(
            "A backup never holds the key that seals the log, so the seals began anew. Verifiers ask about that until "
            f"they are given: --accept-restart {plan.restart}"
        )
    lines.append("Next: tachiai migrate (if this version is newer), tachiai doctor, tachiai serve.")
    return "\n".join(lines)


def upgraded_words(done: Upgraded) -> str:
    if done.copy is None:
        return f"The database has the schema {done.after} already. Nothing was changed."
    return (
        f"The database went from schema {done.before} to {done.after}. As it was before, it lies in {done.copy}: "
        "remove that copy when you are content, for it holds what is erased from now on."
    )
