"""Views as the server sends them, for scripted tests of the pages."""

import hashlib
from typing import Any

from verification.badge import Badge, encoded, key_id, public_of, sign

ORGANISATION = "Hinode Exchange"
JWK = (
    '{"crv":"P-256","kty":"EC","x":"YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y",'
    '"y":"eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk"}'
)  # RFC 6979 A.2.5
AGENT = {
    "name": "佐藤 美咲",
    "number": "A-104",
    "team": "Wallet support",
    "role": "agent",
    "since_ms": 1_790_000_000_000,
}
STATES = [
    "joined",
    "waiting",
    "introducing",
    "verifying",
    "consenting",
    "ready",
    "sharing",
    "paused",
    "interrupted",
    "ended",
]
CAUSES = [
    "customer_stopped", "browser_stopped", "agent_left", "agent_signed_out", "officer_ended", "blocked",
    "consent_expired", "verification_failed", "introduction_failed", "invitation_expired", "connection_lost",
    "gate_failed", "log_failed", "server_restarted", "verified",
]  # fmt: skip
NOW = 1_790_000_100_000
WORDING = "I let them look. " * 12
NO_EXCHANGE = {
    "run": 0,
    "open": False,
    "transcript": "",
    "customer_matched": False,
    "agent_matched": False,
}
SEED = bytes(range(32))
BADGE = sign(
    Badge(
        id="bdg_AAAAAAAAAAAAAAAAAAAAAA",
        organisation=ORGANISATION,
        number="A-104",
        name="佐藤 美咲",
        role="agent",
        case="C-2041",
        device_key=JWK,
        key=key_id(public_of(SEED)),
        issued_at_ms=NOW - 60_000,
        expires_at_ms=NOW + 3_600_000,
    ),
    SEED,
)
BADGE_KEYS = {
    "v": 1,
    "organisation": ORGANISATION,
    "keys": [
        {
            "id": key_id(public_of(SEED)),
            "algorithm": "Ed25519",
            "public": encoded(public_of(SEED)),
            "from_ms": NOW - 3_600_000,
            "until_ms": None,
        }
    ],
    "revoked": [],
}


def _shared(party: str, state: str, cause: str | None) -> dict[str, Any]:
    verified = state not in {"joined", "waiting", "introducing", "verifying"}
    agreed = verified and state != "consenting"
    return {
        "party": party,
        "session": "ses_AAAAAAAAAAAAAAAAAAAAAA",
        "state": state,
        "server_now_ms": NOW,
        "organisation": ORGANISATION,
        "agent": AGENT,
        "case_reference": "C-2041",
        "purpose": "share",
        "confirmation": None,
        "asked": None,
        "talk_only": False,
        "introduction": "badge" if state not in {"joined", "waiting", "introducing"} else "none",
        "introduction_asked": "badge",
        "badge": {"document": BADGE[0], "signature": BADGE[1]},
        "exchange": NO_EXCHANGE,
        "verification": {"method": "totp", "level": "V1", "at_ms": NOW - 60_000, "until_ms": NOW + 540_000}
        if verified
        else None,
        "consent": {"scopes": ["chat", "pointer", "tab"], "granted_at_ms": NOW, "until_ms": NOW + 300_000}
        if agreed
        else None,
        "surface_shown": "tab" if state in {"sharing", "paused"} else None,
        "agent_present": True,
        "customer_present": True,
        "media_may_flow": state == "sharing",
        "guide": {"n": 1, "at_ms": NOW, "text": "Press “Settings”, top right"} if agreed else None,
        "relay": None,
        "interrupted_at_ms": NOW if state == "interrupted" else None,
        "end": {"cause": cause or "customer_stopped", "at_ms": NOW} if state == "ended" else None,
    }


# It names no surface, and has all else that Chromium has.
LIKE_FIREFOX = """const asked = MediaDevices.prototype.getSupportedConstraints;
  MediaDevices.prototype.getSupportedConstraints = function () {
    const { displaySurface, ...others } = asked.call(this); return others; };"""


def customer_view(state: str, *, cause: str | None = None, device: str = "") -> dict[str, Any]:
    proving = {"methods": ["totp"] if state == "verifying" else [], "fields_from_ms": 0}
    view = {**_shared("customer", state, cause), **proving, "code_attempts_left": 4, "proposal": None}
    ticket = {"place": None, "expected_ms": None, "until_ms": NOW + 600_000, "code": "K7QX-2M9D"}
    view |= {"waiting": ticket if state == "waiting" else None, "asked_first": state == "waiting"}
    if state == "consenting":
        view["proposal"] = proposal(view, device)
    return view


def agent_view(state: str, *, cause: str | None = None) -> dict[str, Any]:
    extra = {"case": "cas_A", "invitation_expires_at_ms": NOW + 600_000, "customer_label": "T*** S***"}
    asked = {
        "topic": "payment",
        "language": "ja",
        "since_ms": NOW,
        "until_ms": NOW + 600_000,
        "tries_left": 5,
    }
    return {**_shared("agent", state, cause), **extra, "waiting": asked if state == "waiting" else None}


def proposal(view: dict[str, Any], device: str) -> dict[str, Any]:
    shown = {
        "version": 1,
        "language": "en",
        "sha256": hashlib.sha256(WORDING.encode()).hexdigest(),
        "text": WORDING,
    }
    return {
        "v": 1,
        "session": view["session"],
        "agent": {"name": AGENT["name"], "number": AGENT["number"]},
        "organisation": ORGANISATION,
        "device": device,
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
        "transcript": "",
        "surfaces": ["tab", "window"],
        "extras": ["chat", "pointer"],
        "durations_ms": [300_000, 600_000, 900_000, 1_800_000],
        "wordings": [shown],
    }
