"""What the customer signs, and whether a signature holds. The format is laid down in CONSENT.md. Pure.

Rules of `check`, in this order:
1. Sizes: the document at most 4,096 bytes, the signature exactly 86 characters.
2. The public key is canonical and is the device's that the proposal names.
3. The signature holds over the UTF-8 bytes of the document (ECDSA P-256, SHA-256), before anything in it is believed.
4. The document is canonical JSON of exactly the known members and types.
5. Every member is the proposal's own; surface, extras, duration and language are among what was offered.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from session.agreeing import longer
from session.device_key import DeviceKeyInvalid, decode, device_id, parse
from session.events import ConsentGranted
from session.identity import DeviceId, SessionId
from session.model import SURFACES, Consent, Level, Scope, Session, State
from session.policy import DURATIONS_MS, LEVEL_FOR_SURFACE, surfaces_at

VERSION: Final = 1
KIND: Final = "tachiai-consent"
DOCUMENT_LIMIT_BYTES: Final = 4_096
SIGNATURE_CHARACTERS: Final = 86
SIGNATURE_BYTES: Final = 64
TRANSCRIPT_BYTES: Final = 32
LARGEST_INTEGER: Final = 2**53 - 1  # what a page can hold without rounding


class Reason(StrEnum):
    """Why a consent does not count. A closed list; recorded, so append only."""

    TOO_LONG = "too_long"
    KEY_INVALID = "key_invalid"
    OTHER_DEVICE = "other_device"
    SIGNATURE_INVALID = "signature_invalid"
    NOT_CANONICAL = "not_canonical"
    WRONG_FORM = "wrong_form"
    OTHER_SESSION = "other_session"
    OTHER_AGENT = "other_agent"
    OTHER_PROMPT = "other_prompt"  # the nonce or the transcript is another one
    OTHER_WORDING = "other_wording"
    NOT_OFFERED = "not_offered"  # a surface, an extra or a duration


class ConsentInvalid(Exception):
    """The consent does not count; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__("This agreement could not be checked, so it does not count. Nothing is shared.")
        self.reason = reason


class NothingToPropose(Exception):
    """The session is not at the point where a consent is asked for."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The exact text above the customer's button. `language` is a tag such as "ja"."""

    version: int
    language: str
    text: str

    @property
    def sha256(self) -> str:
        """Lower-case hex, over UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one consent prompt offers. All but the choices and the page's clock is fixed by it."""

    session: SessionId
    agent_number: str
    agent_name: str
    organisation: str
    device: DeviceId
    nonce: str
    surfaces: tuple[Scope, ...]
    wordings: tuple[Wording, ...]
    durations_ms: tuple[int, ...] = DURATIONS_MS
    extras: tuple[Scope, ...] = ()
    transcript: str = ""
    levels: Mapping[Scope, Level] = field(default_factory=lambda: LEVEL_FOR_SURFACE)

    def members(self) -> dict[str, Any]:
        """What the page gets, as JSON members (CONSENT.md, "The proposal")."""
        return {
            "v": VERSION,
            "session": self.session,
            "agent": {"name": self.agent_name, "number": self.agent_number},
            "organisation": self.organisation,
            "device": self.device,
            "nonce": self.nonce,
            "transcript": self.transcript,
            "surfaces": [surface.value for surface in self.surfaces],
            "extras": [extra.value for extra in self.extras],
            "durations_ms": list(self.durations_ms),
            "wordings": [
                {
                    "version": wording.version,
                    "language": wording.language,
                    "sha256": wording.sha256,
                    "text": wording.text,
                }
                for wording in self.wordings
            ],
        }


def propose(
    session: Session,
    *,
    agent_number: str,
    agent_name: str,
    organisation: str,
    wordings: tuple[Wording, ...],
    levels: Mapping[Scope, Level] = LEVEL_FOR_SURFACE,
    durations_ms: tuple[int, ...] = DURATIONS_MS,
    extras: tuple[Scope, ...] = (),
) -> Proposal:
    """The prompt of a session in `consenting`, or of one that its customer wants to go on for longer: the same until it
    is answered. Raises NothingToPropose."""
    nonce = session.extension.nonce if session.extension else session.consent_nonce
    if nonce is None or (session.state is not State.CONSENTING and session.extension is None):
        raise NothingToPropose("No agreement is asked for at this point.")
    if session.device is None or session.verification is None:
        raise NothingToPropose("No agreement is asked for before the customer is verified.")
    return Proposal(
        session=session.id,
        agent_number=agent_number,
        agent_name=agent_name,
        organisation=organisation,
        device=session.device.id,
        nonce=nonce,
        transcript=decode(session.transcript, TRANSCRIPT_BYTES).hex() if session.transcript else "",
        wordings=wordings,
        levels=levels,
        **_offered(session, session.verification.level, levels, durations_ms, extras),
    )


def _offered(
    session: Session,
    level: Level,
    levels: Mapping[Scope, Level],
    durations_ms: tuple[int, ...],
    extras: tuple[Scope, ...],
) -> dict[str, Any]:
    """What may be chosen; where it is about more time, what is agreed to already, and for how long."""
    agreed = session.consent
    if session.extension is None or agreed is None:
        surfaces = surfaces_at(level, levels)
        return {"surfaces": surfaces, "extras": extras, "durations_ms": durations_ms}
    return {
        "surfaces": (agreed.surface,),
        "extras": tuple(sorted(agreed.scopes - SURFACES)),
        "durations_ms": longer(session, durations_ms),
    }


def check(document: str, signature: str, public_key: str, expected: Proposal, now: int) -> ConsentGranted:
    """The event that grants what `document` says, from `now` (UTC ms) on. Raises ConsentInvalid."""
    if len(document) > DOCUMENT_LIMIT_BYTES or len(signature) > SIGNATURE_CHARACTERS:
        raise ConsentInvalid(Reason.TOO_LONG)
    _signature_must_hold(_octets(document), signature, _key(public_key, expected.device))
    found = _parsed(document)
    scopes, wording = _must_match(found, expected)
    surface = next(iter(scopes & SURFACES))
    consent = Consent(
        scopes=scopes,
        granted_at=now,
        until=now + int(found["duration_ms"]),
        wording_version=wording.version,
        language=wording.language,
        document=document,
        signature=signature,
        level_needed=expected.levels[surface],
    )
    return ConsentGranted(consent, expected.nonce)


def canonical(members: Mapping[str, Any]) -> str:
    """The one text for these members: RFC 8785 for strings, integers, lists and objects with ASCII names."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _octets(document: str) -> bytes:
    try:
        octets = document.encode()
    except UnicodeEncodeError as error:
        raise ConsentInvalid(Reason.NOT_CANONICAL) from error
    if len(octets) > DOCUMENT_LIMIT_BYTES:
        raise ConsentInvalid(Reason.TOO_LONG)
    return octets


def _key(public_key: str, device: DeviceId) -> ec.EllipticCurvePublicKey:
    try:
        key, found = parse(public_key), device_id(public_key)
    except DeviceKeyInvalid as error:
        raise ConsentInvalid(Reason.KEY_INVALID) from error
    if found != device:
        raise ConsentInvalid(Reason.OTHER_DEVICE)
    return key


def _signature_must_hold(octets: bytes, signature: str, key: ec.EllipticCurvePublicKey) -> None:
    try:
        raw = decode(signature, SIGNATURE_BYTES)
        half = SIGNATURE_BYTES // 2
        numbers = encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
        key.verify(numbers, octets, ec.ECDSA(hashes.SHA256()))
    except (DeviceKeyInvalid, InvalidSignature) as error:
        raise ConsentInvalid(Reason.SIGNATURE_INVALID) from error


def _parsed(document: str) -> dict[str, Any]:
    try:
        found = json.loads(document)
        same = canonical(found) == document
    except (ValueError, RecursionError) as error:
        raise ConsentInvalid(Reason.NOT_CANONICAL) from error
    if not same:
        raise ConsentInvalid(Reason.NOT_CANONICAL)
    if not isinstance(found, dict) or not _has_form(found, _FORM):
        raise ConsentInvalid(Reason.WRONG_FORM)
    return found


_FORM: Final[Mapping[str, Any]] = {
    "agent": {"name": str, "number": str},
    "device": str,
    "duration_ms": int,
    "kind": str,
    "nonce": str,
    "organisation": str,
    "page_time_ms": int,
    "scopes": list,
    "session": str,
    "transcript": str,
    "v": int,
    "wording": {"language": str, "sha256": str, "version": int},
}


def _has_form(found: dict[str, Any], form: Mapping[str, Any]) -> bool:
    if found.keys() != form.keys():
        return False
    return all(_is_of(found[name], wanted) for name, wanted in form.items())


def _is_of(member: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(member, dict) and _has_form(member, wanted)
    if wanted is int:
        return type(member) is int and 0 <= member <= LARGEST_INTEGER
    if wanted is list:
        return isinstance(member, list) and all(isinstance(part, str) for part in member)
    return isinstance(member, str)


def _must_match(found: dict[str, Any], expected: Proposal) -> tuple[frozenset[Scope], Wording]:
    pairs = (
        (Reason.WRONG_FORM, (found["v"], found["kind"]), (VERSION, KIND)),
        (Reason.OTHER_SESSION, found["session"], expected.session),
        (Reason.OTHER_AGENT, found["agent"], {"name": expected.agent_name, "number": expected.agent_number}),
        (Reason.OTHER_AGENT, found["organisation"], expected.organisation),
        (Reason.OTHER_DEVICE, found["device"], expected.device),
        (Reason.OTHER_PROMPT, found["nonce"], expected.nonce),
        (Reason.OTHER_PROMPT, found["transcript"], expected.transcript),
    )
    for reason, is_, should in pairs:
        if is_ != should:
            raise ConsentInvalid(reason)
    if found["duration_ms"] not in expected.durations_ms:
        raise ConsentInvalid(Reason.NOT_OFFERED)
    return _scopes(found["scopes"], expected), _wording(found["wording"], expected)


def _scopes(named: list[str], expected: Proposal) -> frozenset[Scope]:
    surfaces = {surface.value for surface in expected.surfaces}
    extras = {extra.value for extra in expected.extras}
    if named != sorted(set(named)):
        raise ConsentInvalid(Reason.WRONG_FORM)
    if len(surfaces & set(named)) != 1 or not set(named) <= surfaces | extras:
        raise ConsentInvalid(Reason.NOT_OFFERED)
    return frozenset(Scope(name) for name in named)


def _wording(named: dict[str, Any], expected: Proposal) -> Wording:
    for wording in expected.wordings:
        if named == {"language": wording.language, "sha256": wording.sha256, "version": wording.version}:
            return wording
    raise ConsentInvalid(Reason.OTHER_WORDING)
