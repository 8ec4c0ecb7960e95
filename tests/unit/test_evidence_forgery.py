"""Bundles of evidence by a keeper who signs two histories, and by somebody who would write to the reader's terminal."""

from dataclasses import dataclass

import pytest

from audit.checkpoint import Checkpoint
from audit.entry import Sealer
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.evidence import manifest as names
from audit.evidence.checking import EvidenceRefused, check_bundle
from audit.evidence.manifest import Manifest, encode_manifest, hashes_of
from audit.evidence.readme import TEXT
from audit.evidence.sealed_entry import SealedEntry
from audit.evidence.zip_form import encode_zip
from audit.export.record import encode_record, record_of
from audit.payload import encode_event
from audit.ports import OpenedEntry
from audit.receipts.making import make_receipt
from audit.receipts.receipt import Kind
from audit.receipts.statement import EndStatement
from audit.receipts.tlog_proof import TlogProof
from audit.receipts.trust import LogKeys
from audit.report import ExitCode
from audit.tree import inclusion_proof, leaf_hash, root_of
from tests.unit.receipt_examples import (
    CUSTOMER,
    INDEX,
    NOW,
    ORG_KEY,
    ORIGIN,
    OWN_KEY,
    SESSION,
    SIGNER,
    SIZE,
    end_facts,
    nodes_over,
    randomness,
    secret_of,
)

TRUST = LogKeys([SIGNER.verifier])
NAME = f"receipts/{INDEX}-0.tachiai-receipt"


@dataclass(frozen=True, slots=True)
class History:
    """A log in which the session ended for `cause`. Two of them give the entry the same id and place."""

    cause: str

    @property
    def event(self) -> Event:
        facts: dict[str, Fact] = end_facts(cause=self.cause)
        return Event(
            EventName.AGENT_SESSION_ENDED,
            Outcome.DONE,
            NOW,
            Actor(ActorKind.AGENT, "sta_A"),
            session=SESSION,
            customer=CUSTOMER,
            personal={CUSTOMER: facts},
        )

    def members(self) -> dict[str, bytes]:
        payload = encode_event(self.event)
        sealer = Sealer(ORIGIN, b"e" * 16, b"l" * 32, randomness())
        entry_id, leaf = sealer.seal(INDEX, [(payload.org, ORG_KEY), (payload.personal[0][1], OWN_KEY)])
        digests = [leaf_hash(b"another entry %d" % number) for number in range(SIZE)]
        digests[INDEX] = leaf_hash(leaf)
        hashes = inclusion_proof(INDEX, SIZE, nodes_over(digests))
        note = Checkpoint(ORIGIN, SIZE, root_of(digests)).sign(SIGNER)
        secrets = {"org": secret_of(leaf, 0), "subject/0": secret_of(leaf)}
        return {
            names.README: TEXT.encode(),
            names.CHECKPOINT: note,
            names.VERIFIER_KEY: f"{SIGNER.verifier}\n".encode(),
            names.RECORDS: encode_record(record_of(OpenedEntry(INDEX, entry_id, self.event))) + b"\n",
            names.entry_name(INDEX): SealedEntry(leaf, secrets).encode(),
            names.proof_name(INDEX): TlogProof(INDEX, tuple(hashes), note).encode(),
            NAME: make_receipt(
                Kind.END,
                leaf=leaf,
                label="subject/0",
                secret=secrets["subject/0"],
                index=INDEX,
                hashes=hashes,
                checkpoint=note,
            ),
        }


def packed(members: dict[str, bytes]) -> bytes:
    told = Manifest(
        format="tachiai-evidence/v1",
        origin=ORIGIN,
        session=SESSION,
        entries=[INDEX],
        intent=SIZE,
        made_at_ms=NOW,
        files=hashes_of(members),
    )
    return encode_zip({names.MANIFEST: encode_manifest(told), **members})


def test_a_bundle_of_one_history_holds() -> None:
    held = check_bundle(packed(History("agent_left").members()), TRUST)
    statement = held.receipts[0].statement
    assert isinstance(statement, EndStatement)
    assert statement.cause == "agent_left"


def test_a_receipt_of_the_same_place_in_another_history_is_refused() -> None:
    ours, other = History("agent_left").members(), History("customer_stopped").members()
    with pytest.raises(EvidenceRefused, match="another checkpoint") as refused:
        check_bundle(packed({**ours, NAME: other[NAME]}), TRUST)
    assert refused.value.code is ExitCode.TAMPERED


@pytest.mark.parametrize("name", ["\x1b[2J\x1b[HHolds: 7 entries.", "a b", "a\nb", "a\x7f"])
def test_no_name_of_a_member_reaches_a_terminal_as_a_command(name: str) -> None:
    with pytest.raises(EvidenceRefused) as refused:
        check_bundle(packed({**History("agent_left").members(), name: b""}), TRUST)
    assert str(refused.value).isprintable()


def test_a_line_that_is_nested_without_end_is_a_refusal_like_any_other() -> None:
    members = History("agent_left").members()
    members[names.RECORDS] = b'{"more":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"
    with pytest.raises(EvidenceRefused) as refused:
        check_bundle(packed(members), TRUST)
    assert refused.value.code is ExitCode.TAMPERED
