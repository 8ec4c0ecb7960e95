"""Answers as the server gives them, for scripted tests of the consoles."""

from typing import Any

from tests.browser.pages_views import NOW

SESSION = "ses_AAAAAAAAAAAAAAAAAAAAAA"
CASE: dict[str, Any] = {
    "id": "cas_A",
    "reference": "C-2041",
    "reason": "A withdrawal has been waiting since yesterday",
    "origin": "customer",
    "state": "open",
    "live": True,
    "last_activity_ms": NOW,
    "customer_label": "H••• S•••",
}
ENTRY: dict[str, Any] = {
    "index": 7,
    "at_ms": NOW,
    "name": "customer:code:refused",
    "outcome": "refused",
    "actor": {"kind": "customer", "id": "cus_A"},
    "case": "cas_A",
    "session": SESSION,
    "customer": "cus_A",
    "intent": 6,
    "facts": {"method": "totp"},
    "personal": {},
}
SEALED: dict[str, Any] = {
    **dict.fromkeys(ENTRY),
    "index": 6,
    "facts": {},
    "personal": {},
}
OVERSIGHT: dict[str, Any] = {
    "party": "officer",
    "server_now_ms": NOW,
    "sessions": [
        {
            "session": "ses_A",
            "state": "sharing",
            "agent": {"name": "Aiko Mori", "number": "A-104", "team": "Help"},
            "case_reference": "C-2041",
            "opened_at_ms": NOW,
            "level": "V1",
            "consent_until_ms": NOW + 300_000,
            "media_may_flow": True,
        }
    ],
    "flags": [
        {
            "id": "f",
            "at_ms": NOW,
            "detector": "replayed_code",
            "target": SESSION,
            "session": SESSION,
            "agent": {"name": "Aiko Mori", "number": "A-104", "team": "Help"},
            "case_reference": "C-2041",
            "sentence_key": "flag.replayed_code.once",
            "facts": {"customer": "cus_A", "session": SESSION},
            "action": "flag",
            "state": "new",
        }
    ],
    "log": {"healthy": True, "size": 8},
}
ACCOUNT: dict[str, Any] = {
    "door": "agent",
    "name": "Aiko Mori",
    "username": "agent",
    "password": "a demo password",
    "reference": None,
    "case_reference": None,
    "totp_code": "123456",
    "seconds_left": 20,
}
INVITATION = {
    "link": "http://localhost/join#AAAAAAAAAAAAAAAAAAAAAA",
    "code": "28T5-CY4T-QKFF-4",
    "qr_svg": '<svg width="29" height="29"><path stroke="#000" d="M4 4.5h7m1 0h2"/></svg>',
    "expires_at_ms": NOW + 600_000,
}
RESET: dict[str, Any] = {
    "id": "rst_A",
    "subject": {"name": "Aiko Mori", "number": "A-104", "role": "agent"},
    "requested_by": "host:root",
    "requested_at_ms": NOW,
    "expires_at_ms": NOW + 86_400_000,
    "first": {"name": "Chie Tanaka", "number": "S-012", "role": "security"},
    "mine": None,
}
ANSWERS: dict[str, Any] = {
    "GET /security/approvals": [RESET, {**RESET, "id": "rst_B", "first": None, "mine": "own"}],
    "POST /socket-tickets": {"ticket": "t"},
    "GET /cases": [CASE, {**CASE, "id": "cas_B", "live": False}],
    "GET /cases/cas_A": {
        **CASE,
        "customer": {"label": "H••• S•••", "fields": [{"name": "email", "masked": "h•••@•••.com"}]},
    },
    "GET /sessions": [
        {
            "session": "ses_A",
            "state": "sharing",
            "case": "cas_A",
            "case_reference": "C-2041",
            "opened_at_ms": NOW,
            "end_cause": None,
        }
    ],
    "GET /security/log": {"entries": [SEALED, ENTRY], "size": 8, "read_from": 0},
    "GET /security/log/integrity": {
        "exit_code": 0,
        "sentence": "All is well.",
        "size": 8,
        "checkpoint_at_ms": NOW,
    },
    "GET /security/checklist": {
        "looked_at_ms": NOW,
        "findings": [
            {
                "id": "backup",
                "state": "never",
                "severity": "weak",
                "title": "Backups",
                "now": "There is none.",
                "mend": "Run: `tachiai backup FOLDER`, on another disk.",
            },
            {
                "id": "log",
                "state": "healthy",
                "severity": "ok",
                "title": "The log",
                "now": "Well.",
                "mend": None,
            },
        ],
    },
    "GET /demo": [
        ACCOUNT,
        {**ACCOUNT, "door": "customer", "username": None},
        {**ACCOUNT, "door": "security"},
    ],
}
