"""The file of vectors is what the examples give, and every receipt in it is judged as it says."""

import json
from typing import Any

import pytest

from audit.note import Verifier
from audit.receipts.checking import check_receipt
from audit.receipts.receipt import Reason, ReceiptRefused
from audit.receipts.trust import LogKeys
from tests.unit.receipt_examples import VECTORS
from tests.unit.receipt_mutants import vectors

FOUND: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))
TRUST = LogKeys((Verifier.parse(FOUND["key"]),))
GOOD = {one["name"]: one["receipt"] for one in FOUND["good"]}


def test_the_file_is_what_the_examples_give() -> None:
    assert vectors() == FOUND


@pytest.mark.parametrize("name", GOOD)
def test_a_good_receipt_holds(name: str) -> None:
    found = check_receipt(GOOD[name].encode(), TRUST)
    assert found.origin == "sakura.example/log"
    assert found.trusted.quorum is None


@pytest.mark.parametrize("one", FOUND["refused"], ids=lambda one: one["name"])
def test_a_forged_receipt_is_refused_for_its_reason(one: dict[str, str]) -> None:
    with pytest.raises(ReceiptRefused) as refused:
        check_receipt(one["receipt"].encode(), TRUST)
    assert refused.value.reason == one["reason"]


def test_every_reason_is_met_by_a_vector() -> None:
    assert {one["reason"] for one in FOUND["refused"]} == set(Reason)


def test_every_field_flipped_is_refused() -> None:
    for one in FOUND["flipped"]:
        text = GOOD[one["of"]]
        changed = text[: one["at"]] + one["put"] + text[one["at"] + 1 :]
        with pytest.raises(ReceiptRefused):
            check_receipt(changed.encode(), TRUST)


def test_the_key_of_another_log_opens_nothing() -> None:
    other = LogKeys((Verifier.parse(FOUND["other_key"]),))
    for text in GOOD.values():
        with pytest.raises(ReceiptRefused) as refused:
            check_receipt(text.encode(), other)
        assert refused.value.reason is Reason.SIGNATURE
