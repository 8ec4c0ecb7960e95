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
    "provisional": False,
    "named": "",
    "until_ms": None,
}
TYPED: dict[str, Any] = {  # opened by an agent; in its list and in their supervisor's
    **CASE,
    "id": "cas_P",
    "reference": "P-7K2M9QX",
    "origin": "agent",
    "customer_label": "",
    "provisional": True,
    "named": "K-30877",
    "until_ms": NOW + 28_800_000,
}
WAITING_CASE: dict[str, Any] = {
    **{name: TYPED[name] for name in ("id", "reference", "named", "reason", "until_ms")},
    "opener_name": "Aiko Mori",
    "opener_number": "A-104",
    "mine": None,
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
    "erased": [],
    "sealed": [],
}
SEALED: dict[str, Any] = {
    **dict.fromkeys(ENTRY),
    "index": 6,
    "facts": {},
    "personal": {},
    "erased": ["org"],
    "sealed": [],
}
STAFF: list[dict[str, Any]] = [
    {"id": "sta_AAAAAAAAAAAAAAAAAAAAAA", "name": "Aiko Mori", "number": "A-104", "role": "agent"},
    {"id": "sta_BBBBBBBBBBBBBBBBBBBBBB", "name": "Chie Tanaka", "number": "S-012", "role": "security"},
]
LOG: dict[str, Any] = {
    "entries": [SEALED, ENTRY],
    "size": 8,
    "read_from": 0,
    "matches": None,
    "index": {"upto": 0, "complete": True, "closed": 0},
    "staff": [],
    "cases": [],
}
CHOICES: dict[str, Any] = {
    "events": ["agent:case:viewed", "customer:code:refused"],
    "outcomes": ["intent", "done", "failed", "refused", "unknown"],
    "kinds": ["customer", "agent", "officer", "operator", "key", "system"],
    "staff": STAFF,
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
            "state": "open",
            "verdict": None,
            "proof": {"state": "demanded", "at_ms": NOW, "means": "", "officer": "", "reason": ""},
        },
        {
            "id": "7",
            "at_ms": NOW,
            "detector": "canary",
            "target": "sta_A",
            "session": None,
            "agent": {"name": "Aiko Mori", "number": "A-104", "team": "Help"},
            "case_reference": None,
            "sentence_key": "flag.canary",
            "facts": {"customer": "cus_A", "entry": 6},
            "action": "block",
            "state": "confirmed",
            "proof": {
                "state": "waived",
                "at_ms": NOW,
                "means": "",
                "officer": "Chie Tanaka (S-012)",
                "reason": "Called back on their desk line",
            },
            "verdict": {
                "verdict": "confirmed",
                "officer": "Chie Tanaka (S-012)",
                "reason": "They could not say why",
                "at_ms": NOW,
            },
        },
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
LIFT: dict[str, Any] = {
    "id": "lft_A",
    "subject": {"name": "Aiko Mori", "number": "A-104", "role": "agent"},
    "team": "Customer help",
    "blocked_until_ms": NOW + 1_800_000,
    "requested_by": {"name": "Chie Tanaka", "number": "S-012", "role": "admin"},
    "reason": "It was agreed work",
    "requested_at_ms": NOW,
    "expires_at_ms": NOW + 86_400_000,
    "mine": None,
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
ERASURE: dict[str, Any] = {
    "id": "era_A",
    "subject": {"name": "H••• S•••", "number": "K-30518", "role": "customer"},
    "level": "V2",
    "proof": "Passport shown at the branch",
    "requested_by": "host:root",
    "requested_at_ms": NOW,
    "due_at_ms": NOW + 7 * 86_400_000,
    "approved_by": [{"name": "Chie Tanaka", "number": "S-012", "role": "security"}],
    "hindered_by": None,
    "kept_until_ms": NOW,
    "mine": None,
}
ERASURE_RECEIPT: dict[str, Any] = {
    "id": "era_C",
    "customer": "cus_AAAAAAAAAAAAAAAAAAAAAA",
    "done_at_ms": NOW,
    "entry": 4_711,
    "keys_destroyed": 5,
    "rows_blanked": 12,
    "approved_by": ["sta_A", "sta_B"],
}
REPORT: dict[str, Any] = {
    "name": "report-20260901T000000Z-1",
    "from_ms": NOW - 7 * 86_400_000,
    "to_ms": NOW,
    "entry": 4_711,
    "entries": 4_711,
    "exit_code": 0,
    "to_mend": 0,
}
ME: dict[str, Any] = {
    "name": "Haruto Sato",
    "reference": "K-30518",
    "way": "handoff",
    "level": "V0",
    "level_until_ms": NOW,
    "expires_at_ms": NOW + 43_200_000,
    "others": 1,
}
IN_TOUCH: dict[str, Any] = {
    "channel": "phone",
    "state": "",
    "since_ms": NOW,
    "until_ms": NOW + 1_800_000,
    "agent_name": "Aiko Mori",
    "agent_number": "A-104",
    "agent_team": "Customer help",
    "case_reference": "C-2041",
}
LOOK: dict[str, Any] = {
    "index": 41,
    "at_ms": NOW,
    "what": "field",
    "who": {"kind": "agent", "name": "Aiko Mori", "number": "A-104", "team": "Customer help"},
    "case_reference": "C-2041",
    "field": "email",
    "proof": True,
}
HISTORY: dict[str, Any] = {
    "accesses": [
        LOOK,
        {**LOOK, "index": 40, "what": "record", "field": None},
        {
            **LOOK,
            "index": 12,
            "what": "added",
            "who": {"kind": "key", "name": "", "number": "", "team": ""},
            "case_reference": "",
            "field": None,
            "proof": False,
        },
    ],
    "receipts": [{"index": 30, "kind": "consent", "at_ms": NOW}],
    "warnings": [{"at_ms": NOW, "what": "code_replayed"}],
    "before": 9,
}
FACTORS: dict[str, Any] = {
    "passkeys": [
        {
            "id": "psk_A",
            "label": "My phone",
            "state": "good",
            "backed_up": True,
            "created_at_ms": NOW,
            "last_used_ms": NOW,
        },
        {
            "id": "psk_B",
            "label": "The blue key",
            "state": "disabled",
            "backed_up": False,
            "created_at_ms": NOW,
            "last_used_ms": None,
        },
    ],
    "app": {"state": "good", "last_used_ms": NOW},
    "devices": [
        {"id": "dev_A", "since_ms": NOW, "last_seen_ms": NOW, "here": True},
        {"id": "dev_B", "since_ms": NOW, "last_seen_ms": NOW, "here": False},
    ],
}
ANSWERS: dict[str, Any] = {
    "GET /me/factors": FACTORS,
    "GET /me/erasure": {"asked": None},
    "GET /me/actions": [
        {
            "id": "act_A",
            "kind": "change_email",
            "summary": "New address: h.sato@example.com",
            "proposed_at_ms": NOW,
            "due_at_ms": NOW + 86_400_000,
        }
    ],
    "GET /me": ME,
    "GET /me/contact": {"talking": True, "at_ms": NOW, "ways": [IN_TOUCH]},
    "GET /me/history": HISTORY,
    "GET /cases/cas_A/contact": {"contact": None},
    "GET /cases/cas_A/notes": {
        "notes": [
            {"index": 7, "at_ms": NOW, "name": "Aiko Mori", "number": "A-104", "text": "電話で確認済み。"}
        ],
        "more": True,
        "closed": 0,
    },
    "GET /security/block-lifts": [LIFT, {**LIFT, "id": "lft_B", "mine": "twice"}],
    "GET /security/flag-standing": {
        "detectors": [
            {"detector": "burst", "raised": 4, "confirmed": 2, "dismissed": 1, "low": 0.21, "high": 0.94},
            {"detector": "canary", "raised": 1, "confirmed": 0, "dismissed": 0, "low": 0.0, "high": 1.0},
        ],
        "weeks": 13.0,
        "agents": 40,
        "spent": 0.0019,
        "budget": 0.02,
    },
    "GET /security/erasures": {
        "waiting": [ERASURE, {**ERASURE, "id": "era_B", "hindered_by": "retention"}],
        "done": [ERASURE_RECEIPT],
    },
    "GET /security/reports": {
        "reports": [
            {**REPORT, "exit_code": code, "to_mend": code, "name": f"report-20260901T000000Z-{code}"}
            for code in (0, 1, 11)
        ]
        + [{**dict.fromkeys(REPORT), "name": "report-20260801T000000Z-7"}],
    },
    "GET /security/approvals": [RESET, {**RESET, "id": "rst_B", "first": None, "mine": "own"}],
    "POST /socket-tickets": {"ticket": "t"},
    "GET /cases": [CASE, {**CASE, "id": "cas_B", "live": False}],
    "GET /cases/cas_A": {
        **CASE,
        "customer": {"label": "H••• S•••", "fields": [{"name": "email", "masked": "h•••@•••.com"}]},
    },
    "GET /provisional-cases": [WAITING_CASE, {**WAITING_CASE, "id": "cas_Q", "mine": "own"}],
    "GET /waiting": [
        {
            "session": "ses_W",
            "customer_label": "T••• S•••",
            "topic": topic,
            "language": "ja",
            "since_ms": NOW,
            "until_ms": NOW + 600_000,
            "here": topic == "payment",
        }
        for topic in ("payment", "security")
    ],
    "GET /visits": [
        {
            "visit": f"vis_{state}",
            "state": state,
            "topic": "sign_in",
            "language": "ja",
            "since_ms": NOW,
            "until_ms": NOW + 600_000,
            "tries_left": 5,
        }
        for state in ("waiting", "accepted", "met")
    ],
    "GET /visits/own": None,
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
    "GET /security/log": LOG,
    "GET /security/log/choices": CHOICES,
    "GET /security/log/integrity": {
        "exit_code": 0,
        "sentence": "All is well.",
        "size": 8,
        "checkpoint_at_ms": NOW,
        "witnessed": False,
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
