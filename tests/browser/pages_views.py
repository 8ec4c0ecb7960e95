"""Views as the server sends them, for scripted tests of the pages."""

import hashlib
from typing import Any

ORGANISATION = "Hinode Exchange"
AGENT = {
    "name": "佐藤 美咲",
    "number": "A-104",
    "team": "Wallet support",
    "role": "agent",
    "since_ms": 1_790_000_000_000,
}
STATES = [
    "joined",
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
    "gate_failed", "log_failed", "server_restarted",
]  # fmt: skip
NOW = 1_790_000_100_000
WORDING = "I let them look. " * 12


def _shared(party: str, state: str, cause: str | None) -> dict[str, Any]:
    verified = state not in {"joined", "introducing", "verifying"}
    agreed = verified and state != "consenting"
    return {
        "party": party,
        "session": "ses_AAAAAAAAAAAAAAAAAAAAAA",
        "state": state,
        "server_now_ms": NOW,
        "organisation": ORGANISATION,
        "agent": AGENT,
        "case_reference": "C-2041",
        "introduction": "badge",
        "verification": {"method": "totp", "level": "V1", "at_ms": NOW - 60_000, "until_ms": NOW + 540_000}
        if verified
        else None,
        "consent": {"scopes": ["tab"], "granted_at_ms": NOW, "until_ms": NOW + 300_000} if agreed else None,
        "surface_shown": "tab" if state in {"sharing", "paused"} else None,
        "agent_present": True,
        "customer_present": True,
        "media_may_flow": state == "sharing",
        "interrupted_at_ms": NOW if state == "interrupted" else None,
        "end": {"cause": cause or "customer_stopped", "at_ms": NOW} if state == "ended" else None,
    }


def customer_view(state: str, *, cause: str | None = None, device: str = "") -> dict[str, Any]:
    view = {**_shared("customer", state, cause), "code_attempts_left": 4, "proposal": None}
    if state == "consenting":
        view["proposal"] = proposal(view, device)
    return view


def agent_view(state: str, *, cause: str | None = None) -> dict[str, Any]:
    extra = {"case": "cas_A", "invitation_expires_at_ms": NOW + 600_000, "customer_label": "T*** S***"}
    return {**_shared("agent", state, cause), **extra}


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
        "extras": [],
        "durations_ms": [300_000, 600_000, 900_000, 1_800_000],
        "wordings": [shown],
    }
