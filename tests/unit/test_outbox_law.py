"""Waiting between tries, signatures, and what a mail's address may be."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from server.clock import SystemClock
from server.outbox import signing
from server.outbox.mailing import plain_address
from server.outbox.retrying import FIRST_MS, LONGEST_MS, wait_ms

KEY = bytes(range(32))


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_grows_with_the_tries_is_bounded_and_never_shortened_by_more_than_half(
    tries: int, chance: float
) -> None:
    whole = wait_ms(tries, 0)
    assert FIRST_MS <= whole <= LONGEST_MS
    assert whole / 2 - 1 <= wait_ms(tries, chance) <= whole <= wait_ms(tries + 1, 0)


@given(st.binary(max_size=200).map(lambda raw: json.dumps({"data": base64.b64encode(raw).decode()}).encode()))
def test_another_implementation_of_standard_webhooks_takes_our_signature(body: bytes) -> None:
    secret = signing.secret_of(KEY, "whk_1")
    headers = signing.signed(secret, "msg_1", SystemClock().now_ms(), body)
    Webhook(signing.shown(secret)).verify(body, headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_signature_covers_id_time_and_body_and_is_of_one_endpoint(name: str) -> None:
    secret, now = signing.secret_of(KEY, "whk_1"), SystemClock().now_ms()
    headers = signing.signed(secret, "msg_1", now, b"{}")
    other = signing.signed(signing.secret_of(KEY, "whk_2"), "msg_2", now + 60_000, b"{}")
    mine = Webhook(signing.shown(secret))
    with pytest.raises(WebhookVerificationError):
        mine.verify(b"{}", {**headers, name: other[name]})
    with pytest.raises(WebhookVerificationError):
        mine.verify(b'{"a":1}', headers)
    old = signing.signed(secret, "msg_1", now - 600_000, b"{}")
    with pytest.raises(WebhookVerificationError):
        mine.verify(b"{}", old)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("haruto.sato@example.com", "haruto.sato@example.com"),
        ("a+b@b.example", "a+b@b.example"),
        ("help@例え.jp", "help@xn--r8jz45g.jp"),
        ("", None),
        ("nobody", None),
        ("@example.com", None),
        ("a@", None),
        ("a@b@c.example", None),
        ("a b@example.com", None),
        ("a@example.com\r\nRCPT TO:<x@example.com>", None),
        ("a\r\nBcc: x@example.com@example.com", None),
        ("<a@example.com>", None),
        ("a@example.com, b@example.com", None),
        ("a..b@example.com", None),
        ("名@example.com", None),
        ("a@-example.com", None),
        ("a" * 65 + "@example.com", None),
        ("a@" + "b" * 64 + ".com", None),
        ("a@" + ".".join(["b" * 60] * 5), None),
    ],
)
def test_only_a_plain_address_gets_a_mail(text: str, plain: str | None) -> None:
    assert plain_address(text) == plain
