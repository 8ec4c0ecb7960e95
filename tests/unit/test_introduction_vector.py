"""INTRODUCTION.md and the code say the same, by the document's own vector; tests/browser asks the pages' module."""

from tests.protocol.introduction_peers import commitment
from tests.unit.introduction_vector import DOCUMENT, ISSUED_AT_MS, made, published
from verification.badge import BadgeKey, check, key_id, public_of


def test_the_documents_vector_is_what_the_code_makes() -> None:
    assert published() == made(), f"write what `made()` gives into {DOCUMENT.name}, or mend the code"


def test_a_reader_of_the_document_alone_comes_to_the_same() -> None:
    vector = published()
    shown = {name: vector["agent"][name] for name in ("nonce", "key", "fingerprint")}
    assert commitment(shown, vector["badge"]["document"]) == vector["commitment"]


def test_the_vectors_badge_holds_with_its_key() -> None:
    badge = published()["badge"]
    key = BadgeKey(key_id(public_of(bytes(range(0xC1, 0xE1)))), badge["public"], 0)
    assert check(badge["document"], badge["signature"], [key], ISSUED_AT_MS).number == "A-104"
