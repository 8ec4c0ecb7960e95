"""Sequence and transport-wide numbers stay gapless over pauses, whatever is lost and reordered, and map back."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from session.media.metrics import Drop
from session.media.numbering import Numbering, Streams
from tests.protocol.gate_peers import (
    DELTA_FRAME,
    KEY_FRAME,
    RTX,
    RTX_SSRC,
    SSRC,
    TWCC_ID,
    VP8,
    rtp,
    sequence_of,
    twcc_of,
)

STREAMS = Streams(SSRC, VP8, RTX_SSRC, RTX, TWCC_ID)


def passed(numbering: Numbering, packet: bytes) -> bytes | Drop:
    data = bytearray(packet)
    refused = numbering.rewrite(data, len(data))
    return bytes(data) if refused is None else refused


def sent(numbering: Numbering, packet: bytes) -> bytes:
    result = passed(numbering, packet)
    assert isinstance(result, bytes)
    return result


def rtx(sequence: int, original: int, twcc: int, content: bytes = b"content") -> bytes:
    payload = original.to_bytes(2, "big") + content
    return rtp(sequence, 0, payload, twcc, ssrc=RTX_SSRC, payload_type=RTX)


@settings(max_examples=60, deadline=None)
@given(
    first=st.integers(0, 65_535),
    begins=st.integers(0, 32_767),
    stretches=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 300)), min_size=1, max_size=6),
)
def test_numbers_are_gapless_over_any_pauses(
    first: int, begins: int, stretches: list[tuple[int, int]]
) -> None:
    numbering = Numbering(STREAMS, begins)
    up, wide, out, wide_out = first, first, [], []
    for length, swallowed in stretches:
        for index in range(length):
            packet = sent(numbering, rtp(up & 0xFFFF, 0, DELTA_FRAME if index else KEY_FRAME, wide & 0xFFFF))
            out.append(sequence_of(packet))
            wide_out.append(twcc_of(packet))
            assert (numbering.upstream(out[-1]) or 0) & 0xFFFF == up & 0xFFFF
            assert numbering.upstream_twcc(wide_out[-1], 1) == wide & 0xFFFF
            up, wide = up + 1, wide + 1
        numbering.end_stretch()
        out.append(numbering.next_sequence())
        up, wide = up + swallowed, wide + swallowed
    assert out == [(begins + index) & 0xFFFF for index in range(len(out))]
    assert wide_out == [(wide_out[0] + index) & 0xFFFF for index in range(len(wide_out))]


def test_nothing_passes_before_the_first_packet_of_a_key_frame() -> None:
    numbering = Numbering(STREAMS, 0)
    assert passed(numbering, rtp(1, 0, DELTA_FRAME, 1)) is Drop.BEFORE_KEY_FRAME
    assert passed(numbering, rtx(1, 1, 2)) is Drop.BEFORE_KEY_FRAME
    assert isinstance(passed(numbering, rtp(2, 0, KEY_FRAME, 3)), bytes)
    assert passed(numbering, rtp(1, 0, DELTA_FRAME, 4)) is Drop.BEFORE_KEY_FRAME


def test_loss_and_reordering_on_the_customers_side_stay_visible() -> None:
    numbering = Numbering(STREAMS, 1_000)
    order = [65_534, 65_535, 1, 0, 4, 3]  # 2 is lost, two pairs are swapped
    out = [
        sequence_of(sent(numbering, rtp(up, 0, KEY_FRAME if up == order[0] else DELTA_FRAME, up)))
        for up in order
    ]
    assert out == [1_000, 1_001, 1_003, 1_002, 1_006, 1_005]
    assert numbering.upstream(1_004) == 0x20000 + 2
    assert numbering.upstream(1_007) is None
    assert numbering.upstream(999) is None


def test_retransmissions_and_padding_are_counted_anew_and_name_the_downstream_number() -> None:
    numbering = Numbering(STREAMS, 500)
    sent(numbering, rtp(10, 0, KEY_FRAME, 1))
    first = sent(numbering, rtx(9_000, 10, 2))
    padding = sent(numbering, rtp(9_500, 0, b"", 3, ssrc=RTX_SSRC, payload_type=RTX))
    assert sequence_of(padding) == (sequence_of(first) + 1) & 0xFFFF
    assert first[20:22] == (500).to_bytes(2, "big")
    assert first[22:] == b"content"


def test_a_probe_that_repeats_a_packet_from_before_the_grant_passes_blank() -> None:
    """Dropping it made a hole in the probe; passing its content would show what was not granted."""
    numbering = Numbering(STREAMS, 500)
    sent(numbering, rtp(10, 0, KEY_FRAME, 1))
    numbering.end_stretch()
    curtain = numbering.next_sequence()
    sent(numbering, rtp(100, 0, KEY_FRAME, 50))
    probe = sent(numbering, rtx(9_000, 90, 51, b"secret" * 100))
    assert b"secret" not in probe
    assert len(probe) == 12 + 8 + 2 + 600
    assert int.from_bytes(probe[20:22], "big") == curtain


def test_streams_that_were_not_negotiated_are_dropped() -> None:
    numbering = Numbering(STREAMS, 0)
    assert passed(numbering, rtp(1, 0, KEY_FRAME, 1, ssrc=7)) is Drop.STREAM
    assert passed(numbering, rtp(1, 0, KEY_FRAME, 1, payload_type=99)) is Drop.STREAM
    assert passed(numbering, rtp(1, 0, KEY_FRAME, 1, ssrc=RTX_SSRC)) is Drop.STREAM


def test_feedback_over_two_stretches_or_about_the_future_maps_to_nothing() -> None:
    numbering = Numbering(STREAMS, 0)
    first = twcc_of(sent(numbering, rtp(1, 0, KEY_FRAME, 100)))
    numbering.end_stretch()
    second = twcc_of(sent(numbering, rtp(9, 0, KEY_FRAME, 200)))
    assert numbering.upstream_twcc(first, 1) == 100
    assert numbering.upstream_twcc(second, 1) == 200
    assert numbering.upstream_twcc(first, 2) is None
    assert numbering.upstream_twcc(second, 2) is None
    assert numbering.upstream_twcc(second, 0) is None


def test_a_receiver_report_of_another_stretch_maps_to_nothing() -> None:
    numbering = Numbering(STREAMS, 0)
    sent(numbering, rtp(1_000, 0, KEY_FRAME, 1))
    highest = numbering.upstream_highest(0x30000)
    assert highest is not None
    assert highest & 0xFFFF == 1_000
    numbering.end_stretch()
    assert numbering.upstream_highest(0x30000) is None


def test_ten_thousand_mutants_are_rewritten_or_refused_and_never_upset_it() -> None:
    chance = random.Random(2)  # noqa: S311 - a repeatable test
    numbering = Numbering(STREAMS, 0)
    originals = [rtp(5, 0, KEY_FRAME, 5), rtp(6, 0, DELTA_FRAME, 6), rtx(7, 5, 7)]
    verdicts = set()
    for _ in range(10_000):
        mutant = bytearray(chance.choice(originals))
        for _ in range(chance.randint(0, 5)):
            mutant[chance.randrange(1, len(mutant))] = chance.randrange(256)
        mutant[0] = 0x80 | chance.randrange(64)
        length = chance.randint(12, len(mutant))
        verdicts.add(numbering.rewrite(mutant, length))
    assert verdicts == {None, Drop.RTP, Drop.STREAM, Drop.BEFORE_KEY_FRAME}
    numbering.end_stretch()
    sent(numbering, rtp(30_000, 0, KEY_FRAME, 30_000))
