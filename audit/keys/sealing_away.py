"""Sealed mode at work: wraps for recipients of today, and the end of a period's hot window (FORMAT.md, section 15)."""

from typing import Final

from audit.kek import KeyUnavailable
from audit.keys.tables import SealedPeriod
from audit.keystore import PERIOD_MS, Keystore

DAY_MS: Final = 86_400_000


class NotWrapped(Exception):
    """A period stays open: one of its keys is not wrapped for every recipient."""


def wrap_for_recipients(keystore: Keystore) -> int:
    """Every open key of a period gets the wraps that it lacks, durable on return; how many keys did. Nothing without
    sealed mode. Raises KeystoreFailed, KeyUnavailable."""
    if keystore.sealing is None:
        return 0
    done: set[bytes] = set()
    for recipient in keystore.sealing.recipients.all():
        while rows := keystore.tables.not_sealed_for(recipient.fingerprint):
            secrets = keystore.kek.unwrap_all(
                [(row.wrapped or b"", b"data-key" + row.key_id) for row in rows]
            )
            wraps = {
                row.key_id: keystore.sealed_wraps(row, secret)
                for row, secret in zip(rows, secrets, strict=True)
            }
            keystore.tables.add_sealed(wraps)
            if (fresh := set(wraps)) <= done:
                raise KeyUnavailable("keys of the log cannot be wrapped for the recipients")
            done |= fresh
    return len(done)


def over(now_ms: int, hot_days: int) -> int:
    """The first period that is still hot: all below it are over their window."""
    return max(0, (now_ms - hot_days * DAY_MS) // PERIOD_MS)


def seal_away(keystore: Keystore, now_ms: int, hot_days: int) -> list[SealedPeriod]:
    """Destroys the wraps of all periods over their hot window; the periods whose entry is still to be written, those of
    an earlier call that was interrupted among them. Raises NotWrapped, KeystoreFailed, KeyUnavailable."""
    if keystore.sealing is None:
        return []
    wanted = [one.fingerprint for one in keystore.sealing.recipients.all()]
    for period in keystore.tables.periods_with_wraps(over(now_ms, hot_days)):
        wrap_for_recipients(keystore)
        if keystore.tables.seal_period(period, wanted, now_ms) is None:
            raise NotWrapped(
                f"Week {period} stays open to this server: a key of it is not wrapped for every recipient."
            )
        keystore.forget()
    return [one for one in keystore.tables.sealed_periods() if one.entry is None]
