"""The policy that `witnesses.policy` names: read, and judged as what this server can keep."""

from pathlib import Path
from urllib.parse import urlsplit

from audit.note import Verifier
from audit.plain_file import read_plain
from audit.witnesses.policy import MAX_POLICY, Policy, PolicyInvalid, parse_policy
from server.setting_rules import LOCAL_NAMES
from server.settings import Settings, SettingsRefused


def read_policy(settings: Settings) -> Policy | None:
    """None where none is named. Raises SettingsRefused, also for a quorum that the witnesses with an address cannot
    meet."""
    if not settings.witnesses.policy:
        return None
    file = Path(settings.witnesses.policy)
    try:
        content = read_plain(file.resolve(), MAX_POLICY)
        if content is None:
            raise SettingsRefused(
                f"The policy of witnesses, {file}, does not exist. Write it (docs/witnesses.md), or empty the setting "
                "witnesses.policy."
            )
        policy = parse_policy(content)
    except (OSError, PolicyInvalid) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsRefused(f"The policy of witnesses, {file}, cannot be used: {reason}.") from error
    for witness in policy.witnesses:
        if witness.name != witness.shown:
            raise SettingsRefused(
                f"The policy of witnesses, {file}, names a witness by bytes that are no UTF-8 text. Name it in letters."
            )
        if witness.url is not None and not _can_be_asked(witness.url):
            raise SettingsRefused(
                f"The policy of witnesses, {file}, gives {witness.shown} the address {witness.url!r}. Give an https "
                "address without a user, a question or a fragment; http is for a witness on this machine alone."
            )
    if not policy.met_by({witness.name for witness in policy.witnesses if witness.url is not None}):
        raise SettingsRefused(
            f"The policy of witnesses, {file}, asks for a quorum that those with an address cannot meet. Write each "
            "witness's address behind its key."
        )
    return policy


def policy_for(settings: Settings, verifier: Verifier) -> Policy | None:
    """As `read_policy`, and only if it is for the log of this key. Raises SettingsRefused."""
    policy = read_policy(settings)
    if policy is not None and not policy.accepts(verifier):
        raise SettingsRefused(
            f"The policy of witnesses, {settings.witnesses.policy}, is for other logs than {verifier.name} with this "
            "key. Its log line holds the verifier key, as verifier.key in the log's folder has it."
        )
    return policy


def _can_be_asked(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_NAMES)
        port_can_be = parts.port != 0
    except ValueError:
        return False
    bare = "@" not in parts.netloc and "?" not in url and "#" not in url
    return known and port_can_be and bare and bool(parts.hostname) and url.isascii() and url.isprintable()
