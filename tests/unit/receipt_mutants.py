"""The vectors that every checker of receipts is held to: good ones, forged ones, and every field flipped."""

import json
from collections.abc import Iterator
from typing import Any

from audit.checkpoint import Checkpoint
from audit.receipts.receipt import Kind
from tests.unit.receipt_examples import (
    CUSTOMER,
    NOW,
    ORIGIN,
    OTHER,
    SIGNER,
    SIZE,
    WORDING,
    access_facts,
    base64url,
    canonical,
    consent_facts,
    consent_receipt,
    device_key,
    document,
    end_facts,
    leaf_with,
    receipt,
    secret_of,
    signed,
    withdrawal_facts,
)

FLIPS = 7  # places in each member
CONSENT, WITHDRAWAL, END = Kind.CONSENT, Kind.WITHDRAWAL, Kind.END
ACCESS = Kind.ACCESS


def vectors() -> dict[str, Any]:
    good = dict(good_receipts())
    return {
        "key": str(SIGNER.verifier),
        "other_key": str(OTHER.verifier),
        "good": [{"name": name, "receipt": text.decode()} for name, text in good.items()],
        "refused": [
            {"name": name, "reason": reason, "receipt": text.decode()} for name, reason, text in forged()
        ],
        "flipped": [
            {"of": name, "at": at, "put": put}
            for name, text in good.items()
            for at, put in flips(text.decode())
        ],
    }


def good_receipts() -> Iterator[tuple[str, bytes]]:
    yield "a consent", consent_receipt()
    yield "a consent whose wording is not at hand", receipt(CONSENT, consent_facts())
    early = {name: fact for name, fact in consent_facts().items() if not name.endswith("_ms")}
    yield "a consent from before there were receipts", receipt(CONSENT, early, wording=WORDING)
    yield "a withdrawal", receipt(WITHDRAWAL, withdrawal_facts())
    yield "an end without an agreement", receipt(END, end_facts())
    yield "an end with a fact that came later", receipt(END, end_facts(later_fact=True))
    for what in ("record", "field", "contact"):
        yield f"an access: {what}", receipt(ACCESS, access_facts(what))
    yield "the only entry of its log", receipt(END, end_facts(), size=1, index=0)
    yield "the last entry of its log", receipt(END, end_facts(), size=7)


def forged() -> Iterator[tuple[str, str, bytes]]:
    """Made by whoever may write the log and sign it, unless the name says otherwise."""
    yield from forged_places()
    yield from forged_sections()
    yield from forged_consents()
    yield from forged_ends()
    yield from forged_accesses()


def forged_places() -> Iterator[tuple[str, str, bytes]]:
    root = bytes(32)
    another = Checkpoint(ORIGIN, SIZE, root).sign(SIGNER)
    yield "under another root", "inclusion", receipt(END, end_facts(), checkpoint=another)
    stranger = Checkpoint("other.example/log", SIZE, root).sign(OTHER)
    yield "in another log", "signature", receipt(END, end_facts(), checkpoint=stranger)
    text = consent_receipt().decode()
    yield (
        "with a proof that brings extra data",
        "proof",
        text.replace("@v1\\nindex", "@v1\\nextra AA==\\nindex").encode(),
    )
    yield "with an index that has a leading zero", "proof", text.replace("index 6", "index 06").encode()
    yield "with another index", "inclusion", text.replace("index 6", "index 5").encode()
    yield "with spaces", "form", text.replace('","', '", "', 1).encode()
    yield "with a newline behind it", "form", (text + "\n").encode()
    yield "with a member twice", "form", text.replace("{", '{"format":"tachiai-receipt/v1",', 1).encode()
    yield "with half of a character", "form", text.replace("山田さん", "\\ud800").encode()
    yield "with a member of its own", "form", text.replace("{", '{"a":"b",', 1).encode()
    yield "cut off", "form", text[:-1].encode()
    yield "with nothing in it", "form", b""
    yield "of another format", "form", text.replace("receipt/v1", "receipt/v2").encode()
    yield "of another kind", "statement", text.replace('"kind":"consent"', '"kind":"end"').encode()


def forged_sections() -> Iterator[tuple[str, str, bytes]]:
    leaf = leaf_with(consent_facts())
    organisations = receipt(CONSENT, consent_facts(), label="org", secret=secret_of(leaf, 0))
    yield "that opens the organisation's section", "leaf", organisations
    yield (
        "that names a section that is not there",
        "leaf",
        receipt(CONSENT, consent_facts(), label="subject/1"),
    )
    yield "with another secret", "section", receipt(CONSENT, consent_facts(), secret=bytes(32))
    end = canonical({"facts": end_facts(), "subject": CUSTOMER, "v": 1})
    yield "with a payload in another order", "payload", receipt(END, b'{"v":1,' + end[1:-7].encode() + b"}")
    yield "with a payload of another version", "payload", receipt(END, (end[:-2] + "2}").encode())
    yield "with a payload that is no text", "payload", receipt(END, b"\xff" + end.encode())
    yield "with a fraction", "payload", receipt(END, end.replace(str(NOW + 90_000), "1.5").encode())
    yield "with a number that is too large", "payload", receipt(END, end_facts_of(2**53, end))
    yield "with a fact that is nothing", "payload", receipt(END, end_facts_of("null", end))


def end_facts_of(at_ms: object, text: str) -> bytes:
    return text.replace(str(NOW + 90_000), str(at_ms)).encode()


def forged_consents() -> Iterator[tuple[str, str, bytes]]:
    other_text = document(duration_ms=1_800_000)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("to another text than was signed", "consent_signature", {"document": other_text}),
        ("with a signature cut off", "consent_signature", {"signature": signed(document())[:-1]}),
        ("with no signature", "consent_signature", {"signature": base64url(bytes(64))}),
        ("with a key of another form", "consent_key", {"device_key": device_key() + " "}),
        ("with a key that is no point", "consent_key", {"device_key": device_key().replace('"x":"Y', '"x":"Z')}),
        ("in another language", "consent_document", {"language": "en"}),
        ("for longer than was agreed", "consent_document", {"until_ms": NOW + 1_800_000}),
        ("without one of its times", "statement", {"until_ms": None}),
        ("without a signature", "statement", {"signature": None}),
        ("with a time that is text", "statement", {"granted_at_ms": str(NOW)}),
        ("that claims to be an end", "statement", {"receipt": "end"}),
    ]  # fmt: skip
    for name, reason, changes in cases:
        facts = {name: fact for name, fact in {**consent_facts(), **changes}.items() if fact is not None}
        yield f"a consent {name}", reason, receipt(CONSENT, facts, wording=WORDING)
    for name, reason, text in signed_but_wrong():
        yield f"a consent {name}", reason, receipt(CONSENT, consent_facts(text), wording=WORDING)
    yield "a consent with other words", "wording", receipt(CONSENT, consent_facts(), wording=WORDING + " ")


def signed_but_wrong() -> Iterator[tuple[str, str, str]]:
    """Documents that a device did sign, and that are no consents."""
    yield "with two surfaces", "consent_document", document(scopes=["screen", "tab"])
    yield "with no surface", "consent_document", document(scopes=["chat"])
    yield "with scopes in another order", "consent_document", document(scopes=["tab", "chat"])
    yield "with a scope twice", "consent_document", document(scopes=["tab", "tab"])
    yield "with a scope that is no word", "consent_document", document(scopes=["tab", "𝄞"])
    yield "of another version", "consent_document", document(v=2)
    yield "of another kind", "consent_document", document(kind="tachiai-withdrawal")
    yield "with a member more", "consent_document", document(more=1)
    yield "for less than no time", "consent_document", document(duration_ms=-1)
    yield "for a fraction", "consent_document", document(duration_ms=1.5)
    yield "with a truth for a number", "consent_document", document(v=True)
    yield "with spaces", "consent_document", json.dumps(json.loads(document()), ensure_ascii=False)
    yield "from another device", "consent_key", document(device="A" * 43)


def forged_ends() -> Iterator[tuple[str, str, bytes]]:
    yield "a withdrawal of nothing", "statement", receipt(WITHDRAWAL, end_facts("withdrawal"))
    yield "a withdrawal from no time", "statement", receipt(WITHDRAWAL, without("from_ms"))
    yield "a withdrawal that calls itself an end", "statement", receipt(END, withdrawal_facts())
    yield "a withdrawal with a wording", "statement", receipt(WITHDRAWAL, withdrawal_facts(), wording=WORDING)
    for name, changes in (
        ("without a hash", {"consent_sha256": "A" * 64}),
        ("without a cause", {"cause": "Stopped!"}),
        ("before all time", {"at_ms": -1}),
        ("by somebody who is a number", {"agent_name": 7}),
        ("of a session too long to name", {"session": "s" * 4_097}),
    ):
        yield f"a withdrawal {name}", "statement", receipt(WITHDRAWAL, withdrawal_facts(**changes))
    yield "of no kind", "statement", receipt(END, end_facts("something"))


def forged_accesses() -> Iterator[tuple[str, str, bytes]]:
    for name, facts in (
        ("to something unknown", access_facts("everything")),
        ("to a field that is not named", {**access_facts("record"), "what": "field"}),
        ("to a record with a field", {**access_facts("record"), "field": "email"}),
        ("by a number", access_facts(agent_name=7)),
        ("before all time", access_facts(at_ms=-1)),
    ):
        yield f"an access {name}", "statement", receipt(ACCESS, facts)
    yield "an access by nobody", "statement", receipt(ACCESS, _without(access_facts(), "agent_number"))
    yield "an access that calls itself an end", "statement", receipt(END, access_facts())
    yield "an access with a wording", "statement", receipt(ACCESS, access_facts(), wording=WORDING)


def _without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {fact: value for fact, value in facts.items() if fact != name}


def without(name: str) -> dict[str, Any]:
    return {fact: value for fact, value in withdrawal_facts().items() if fact != name}


def flips(text: str) -> Iterator[tuple[int, str]]:
    """(place, other character) at several places of every member's value, names and punctuation included."""
    members = json.loads(text)
    for name, value in members.items():
        written = json.dumps(value, ensure_ascii=False)[1:-1]
        start = text.index(f'"{name}":"')
        places = {start + 1, start + len(name) + 1, start + len(name) + 3}
        begin = start + len(name) + 4
        places |= {begin + step * (len(written) - 1) // (FLIPS - 1) for step in range(FLIPS)}
        for at in sorted(places):
            yield at, flipped(text[at])


def flipped(character: str) -> str:
    """Another one: of the same sort, where it is a letter or a digit."""
    for letters in ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"):
        if character in letters:
            return letters[(letters.index(character) + 1) % len(letters)]
    return "x" if character != "x" else "y"
