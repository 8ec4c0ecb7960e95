"""What log and witness say to each other: the specification's request, every refusal, and nothing but the one form."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.note import Kind, Signer, Verifier
from audit.witnesses.exchange import (
    MAX_PROOF,
    MAX_REQUEST,
    SIZE_TYPE,
    AnswerInvalid,
    Request,
    RequestInvalid,
    Status,
    encode_request,
    encode_size,
    parse_answer,
    parse_request,
)
from audit.witnesses.judging import Seen, goes_on, known_and_signed
from tests.unit.test_audit_note import mutated
from tests.unit.witness_people import SmallLog

LOG, OTHER = SmallLog(), SmallLog(world="another ")
KNOWN: dict[str, list[Verifier]] = {LOG.origin: [LOG.signer.verifier]}
SPECIFICATION: str = json.loads((Path(__file__).parent / "witness_vectors.json").read_text("utf-8"))[
    "add_checkpoint"
]


def asked(old: int, size: int, log: SmallLog = LOG, *, proof: tuple[bytes, ...] | None = None) -> Request:
    return parse_request(
        encode_request(old, log.proof(old, size) if proof is None else proof, log.note(size))
    )


def test_the_request_of_the_specification_is_read_and_written() -> None:
    request = parse_request(SPECIFICATION.encode())
    assert (request.old, len(request.proof), request.head.size) == (20_852_014, 4, 20_852_163)
    assert request.head.origin == "example.com/behind-the-sofa"
    assert encode_request(request.old, request.proof, request.note) == SPECIFICATION.encode()


@given(st.integers(0, 10**18), st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_PROOF))
def test_a_request_comes_back_as_it_was_written(old: int, proof: list[bytes]) -> None:
    request = parse_request(encode_request(old, tuple(proof), LOG.note(3)))
    assert (request.old, request.proof, request.note) == (old, tuple(proof), LOG.note(3))
    assert request.text == LOG.text(3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n\n",
        b"old 00\n\n" + LOG.note(3),
        b"old -1\n\n" + LOG.note(3),
        b"old  1\n\n" + LOG.note(3),
        b"Old 1\n\n" + LOG.note(3),
        b"old 10000000000000000000\n\n" + LOG.note(3),
        b"old 1\r\n\n" + LOG.note(3),
        b"old 1\nAAAA\n\n" + LOG.note(3),
        b"old 1\n" + b"A" * 43 + b"B\n\n" + LOG.note(3),
        b"old 1\n" + b"\xff" * 44 + b"\n\n" + LOG.note(3),
        b"old 1\n" + b"A" * 43 + b"=\n\n\n" + LOG.note(3),
        encode_request(1, (bytes(32),) * (MAX_PROOF + 1), LOG.note(3)),
        encode_request(1, (), LOG.note(3)[:-1]),
        encode_request(1, (), LOG.signer.sign("a\nb\nc\n")),
        encode_request(1, (), LOG.signer.sign("a\n3\n")),
        b"old 0\n\n" + LOG.note(3) + b"x" * MAX_REQUEST,
    ],
)
def test_whatever_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(RequestInvalid):
        parse_request(body)


def test_ten_thousand_mutants_of_a_request_are_refused_or_parsed_and_nothing_else() -> None:
    chance = random.Random(4)  # noqa: S311 - the same mutants every time
    body, signed = LOG.request(3, 7), {(LOG.origin, 7)}
    for _ in range(10_000):
        try:
            request = parse_request(mutated(body, chance))
        except RequestInvalid:
            continue
        if known_and_signed(request, KNOWN) is Status.COSIGNED:
            assert (request.head.origin, request.head.size) in signed
            assert request.head.root == LOG.root(7)


def test_a_log_that_is_not_known_or_did_not_sign_is_told_so() -> None:
    stranger = SmallLog("log.example/b")
    assert known_and_signed(asked(0, 3, stranger), KNOWN) is Status.UNKNOWN_LOG
    imposter = SmallLog()
    imposter.signer = Signer.from_seed(LOG.origin, bytes(32))
    assert known_and_signed(asked(0, 3, imposter), KNOWN) is Status.NOT_SIGNED
    assert known_and_signed(asked(4, 3), KNOWN) is Status.MALFORMED
    assert known_and_signed(asked(3, 3), KNOWN) is Status.COSIGNED


def test_signatures_of_unknown_keys_beside_the_log_s_are_ignored() -> None:
    quantum = Signer.from_seed(LOG.origin, bytes(32), Kind.ML_DSA_44)
    request = parse_request(LOG.request(0, 3, quantum))
    assert known_and_signed(request, KNOWN) is Status.COSIGNED
    only = {LOG.origin: [quantum.verifier]}
    assert known_and_signed(request, only) is Status.COSIGNED
    assert known_and_signed(asked(0, 3), only) is Status.NOT_SIGNED


@pytest.mark.parametrize(("old", "size"), [(0, 1), (0, 7), (1, 1), (1, 2), (3, 7), (4, 8), (7, 7), (6, 100)])
def test_what_goes_on_from_what_was_seen_is_cosigned(old: int, size: int) -> None:
    seen = Seen(old, LOG.root(old)) if old else Seen()
    assert goes_on(asked(old, size), seen) is Status.COSIGNED


def test_the_empty_tree_can_be_cosigned_and_has_one_root() -> None:
    assert goes_on(asked(0, 0), Seen()) is Status.COSIGNED
    forged = encode_request(0, (), LOG.signer.sign(f"{LOG.origin}\n0\n{'A' * 43}=\n"))
    assert goes_on(parse_request(forged), Seen()) is Status.CONFLICT


def test_what_does_not_go_on_is_refused_for_its_reason() -> None:
    seen = Seen(5, LOG.root(5))
    assert goes_on(asked(0, 7), seen) is Status.CONFLICT
    assert goes_on(asked(4, 7), seen) is Status.CONFLICT
    assert goes_on(asked(6, 7), seen) is Status.CONFLICT
    assert goes_on(asked(5, 5, OTHER), seen) is Status.CONFLICT
    assert goes_on(asked(5, 7, OTHER), seen) is Status.NOT_PROVED
    assert goes_on(asked(5, 7, proof=()), seen) is Status.NOT_PROVED
    assert goes_on(asked(5, 7, proof=LOG.proof(5, 7)[:-1]), seen) is Status.NOT_PROVED
    assert goes_on(asked(5, 7, proof=(*LOG.proof(5, 7), bytes(32))), seen) is Status.NOT_PROVED
    assert goes_on(asked(5, 5, proof=(bytes(32),)), seen) is Status.NOT_PROVED
    assert goes_on(asked(0, 7, proof=(bytes(32),)), Seen()) is Status.NOT_PROVED


def test_every_answer_is_read_as_what_it_says() -> None:
    assert parse_answer(200, "text/plain", b"lines\n").lines == b"lines\n"
    assert parse_answer(409, SIZE_TYPE, encode_size(17)).size == 17
    for status in (400, 403, 404, 422):
        assert parse_answer(status, "text/plain", b"whatever").status == status


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, "text/plain", b""),
        (301, "text/plain", b""),
        (204, "text/plain", b""),
        (409, "text/plain", b"17\n"),
        (409, SIZE_TYPE, b"17"),
        (409, SIZE_TYPE, b"017\n"),
        (409, SIZE_TYPE, b"-1\n"),
        (409, SIZE_TYPE, b"17\n\n"),
        (409, SIZE_TYPE, b"\xff\n"),
        (409, SIZE_TYPE, b""),
        (200, "text/plain", b"x" * 100_000),
    ],
)
def test_whatever_no_witness_answers_is_refused(status: int, kind: str, body: bytes) -> None:
    with pytest.raises(AnswerInvalid):
        parse_answer(status, kind, body)
