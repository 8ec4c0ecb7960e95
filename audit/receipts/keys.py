"""The keys that a reader was told, given as text or as a file, and the policy that says which witnesses are enough."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from audit.note import KeyInvalid, Kind, Verifier
from audit.receipts.trust import LogKeys, Trust, WitnessPolicy
from audit.witnesses.policy import MAX_POLICY, Policy, PolicyInvalid, parse_policy

MAX_KEYS: Final = 65_536  # bytes of a file
MOST_KEYS: Final = 16
_LONGEST_NAME: Final = 255  # of a file: asking for a longer one is an error of its own


class KeysRefused(Exception):
    """No key that could be used. The sentence says what was looked for, and what to give."""


def trust_in(key: str | None, policy: Path | None) -> Trust:
    """What a reader believes who was told these. `key` is NAME+HASH+KEY, or a file with such lines, where a log's
    second key follows its first; without it the policy names the logs. Raises KeysRefused."""
    keys = None if key is None else _log_keys(key)
    if policy is None:
        if keys is None:
            raise KeysRefused("there is no key.")
        return LogKeys(keys)
    asked = policy_in(policy)
    logs = logs_of(asked) if keys is None else keys
    if not logs:
        raise KeysRefused("The policy names no log. Give the log's key too, with --key.")
    for verifier in logs:
        if not asked.accepts(verifier):
            raise KeysRefused(f"The policy is not for the log {verifier.name} with this key.")
    return WitnessPolicy(asked, logs)


def _log_keys(given: str) -> tuple[Verifier, ...]:
    itself = "+" in given and (len(given) > _LONGEST_NAME or not Path(given).is_file())
    text = given if itself else _read(Path(given))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 1 <= len(lines) <= MOST_KEYS:
        raise KeysRefused(f"A file of keys has 1 to {MOST_KEYS} lines NAME+HASH+KEY.")
    try:
        return tuple(Verifier.parse(text) for text in _each_log(lines))
    except KeyInvalid as error:
        raise KeysRefused(
            f"This is not a verifier key: {error}. Copy the whole line that you were told."
        ) from error


def _each_log(lines: Sequence[str]) -> list[str]:
    """A line of the same name as the one before it is that log's second key."""
    texts: list[str] = []
    for line in lines:
        if texts and "\n" not in texts[-1] and texts[-1].split("+", 1)[0] == line.split("+", 1)[0]:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return texts


def logs_of(policy: Policy) -> tuple[Verifier, ...]:
    """Those that it names. Both keys of one log are one verifier that asks for both signatures."""
    keys = [log.verifier for log in policy.logs]
    seconds = {key.name: key for key in keys if key.kind is Kind.ML_DSA_44}
    firsts = [key for key in keys if key.kind is Kind.ED25519]
    alone = [key for key in seconds.values() if all(first.name != key.name for first in firsts)]
    return tuple([replace(first, companion=seconds.get(first.name)) for first in firsts] + alone)


def policy_in(path: Path) -> Policy:
    """Raises KeysRefused."""
    try:
        with path.open("rb") as file:
            return parse_policy(file.read(MAX_POLICY + 1))
    except OSError as error:
        raise KeysRefused(f"The policy {path} cannot be read: {error.strerror}.") from error
    except PolicyInvalid as error:
        raise KeysRefused(f"{path} is not a policy: {error}.") from error


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEYS + 1)
    except OSError as error:
        raise KeysRefused(f"The key file {path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_KEYS or not content.isascii():
        raise KeysRefused(f"The file {path} holds no verifier key.")
    return content.decode("ascii")
