"""No code, password, token or customer's word in logs, entries, metrics, addresses or the agent's messages."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec

from server.logs import DROPPED, redact
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import PASSWORDS, stand


async def test_what_is_secret_appears_nowhere_else(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        canaries = {PASSWORDS["agent"], "canary-password-917", "482915"}
        async with Browser(server) as stranger:
            await stranger.ask(
                "POST",
                "/logins",
                {
                    "door": "agent",
                    "username": "canary-user-31",
                    "password": "canary-password-917",
                    "code": "482915",
                },
            )
        async with in_sharing(server) as share:
            customer_code = server.fresh_code("K-30518")
            canaries.add(customer_code)
            await share.customer.type_code(customer_code)
            await share.customer.ask(
                "POST", "/customer/session/consent", {"document": "canary-document", "signature": "x"}
            )
            await share.agent.ask("GET", f"/cases/{customer_code}")
            for browser in (share.agent, share.customer):
                canaries |= {cookie.value for cookie in browser.session.cookie_jar}
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.agent_socket.view("ended")
            to_agent = json.dumps(share.agent_socket.got)
        recorded = await server.events()
        entries = msgspec.json.encode(recorded).decode()
        organisation = msgspec.json.encode([replace(event, personal={}) for event in recorded]).decode()
        metrics = server.composed.metrics.text()
        outside = {"logs": server.written.getvalue(), "metrics": metrics, "agent": to_agent}
        assert places_with(canaries - {customer_code}, {**outside, "entries": entries}) == []
        assert places_with({customer_code}, outside) == []
        people = {"Haruto", "haruto.sato@example.com", "canary-user-31", "canary-document"}
        del outside["agent"]  # who is allowed to see a part of that
        assert places_with(people, {**outside, "entries for everybody": organisation}) == []


def places_with(secrets: set[str], texts: dict[str, str]) -> list[str]:
    """Where a secret stands. The secret itself is not said: this may stand in a report."""
    return [place for place, text in texts.items() if any(secret in text for secret in secrets)]


async def test_the_redaction_drops_secrets_at_any_depth() -> None:
    event = {
        "event": "x",
        "code": "1",
        "outer": {"password": "2", "list": [{"sdp": "3"}], "Cookie": "4"},
        "totp_secret": "5",
        "problem_code": "kept",
    }
    cleaned = redact(None, "info", event)
    assert json.dumps(cleaned).count(DROPPED) == 5
    assert cleaned["problem_code"] == "kept"
