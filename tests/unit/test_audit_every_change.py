"""What can be done to files and to the entries in them, one by one; and everything signed anew with today's key."""

import asyncio
from collections.abc import Iterator
from itertools import combinations, permutations

import pytest

from audit.checkpoint import Checkpoint
from audit.report import ExitCode
from audit.seals.record import Reason, split_records
from audit.tile import decode_bundle
from audit.tiling import RightEdge
from audit.tree import leaf_hash, root_of
from tests.unit.audit_log_on_disk import ORIGIN
from tests.unit.log_in_memory import FIRST, SECOND, Files, SmallSite, small_site
from tests.unit.seals_by_hand import EPOCH_MS, START_MS, HandMade

T, R, W, I = (  # noqa: E741 - a table reads best in short
    ExitCode.TAMPERED,
    ExitCode.ROLLED_BACK,
    ExitCode.WITNESS_MISSING,
    ExitCode.INCOMPLETE,
)
FOUND = {T, R, W, I}
SIZE = FIRST + SECOND
BUNDLE = f"tile/entries/000.p/{SIZE}"
LEFT_OVER = (f"tile/entries/000.p/{FIRST}", f"tile/0/000.p/{FIRST}")  # narrower ones may go at any time
LATE_MS = 25 * 60_000  # when entries that no seal covers are suspicious


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    with asyncio.Runner() as runner:
        return runner.run(small_site(tmp_path_factory.mktemp("site")))


def changes(leaves: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Every way to drop one, to have one twice, to alter one, to exchange two; and all of them turned round."""
    for at in range(len(leaves)):
        yield f"{at} dropped", leaves[:at] + leaves[at + 1 :]
        yield f"{at} twice", leaves[: at + 1] + leaves[at:]
        altered = leaves[at][:-1] + bytes([leaves[at][-1] ^ 1])
        yield f"{at} altered", [*leaves[:at], altered, *leaves[at + 1 :]]
    for one, other in combinations(range(len(leaves)), 2):
        swapped = list(leaves)
        swapped[one], swapped[other] = leaves[other], leaves[one]
        yield f"{one} and {other} exchanged", swapped
    yield "reversed", leaves[::-1]


def codes_of(site: SmallSite, files: Files, late_ms: int = 60_000) -> set[int]:
    """Of one who kept nothing, and of one who kept what he could."""
    return {site.judged(files, kept=kept, late_ms=late_ms).exit_code for kept in (False, True)}


def test_each_file_deleted_emptied_or_put_in_the_place_of_another_shows(site: SmallSite) -> None:
    for name in site.files:
        rest = {other: data for other, data in site.files.items() if other != name}
        if name not in LEFT_OVER:
            assert codes_of(site, rest) <= (
                {I, R} if name == "seals" else {W} if name == "witnessed" else {I}
            ), name
        assert codes_of(site, {**site.files, name: b""}) <= {T, I, R}, name
    for one, other in permutations(site.files, 2):
        copied = {**site.files, one: site.files[other]}
        if (one, other) == ("checkpoint", "witnessed"):
            assert codes_of(site, copied) == {ExitCode.GOOD}, "it is the same checkpoint, with one more line"
        else:
            assert codes_of(site, copied) <= FOUND, f"{other} in the place of {one}"


def test_a_file_cut_at_any_byte_or_with_more_behind_it_shows(site: SmallSite) -> None:
    for name, data in site.files.items():
        for length in range(len(data)):
            code = site.judged({**site.files, name: data[:length]}, late_ms=LATE_MS).exit_code
            if name == "witnessed" and data[:length] == site.files["checkpoint"]:
                assert code == W, "the log's own line alone"
            else:
                assert code in {T, I}, f"{name} cut to {length} bytes"
        for more in (b"\0", b"\n", data):
            assert site.judged({**site.files, name: data + more}).exit_code == T, name


def test_any_mixture_of_an_older_state_and_todays_shows(site: SmallSite) -> None:
    """When it is too late for a seal or a witness that has not come yet."""
    changed = [name for name in site.files if site.older.get(name) != site.files[name]]
    assert len(changed) == 5
    for count in range(1, len(changed)):
        for names in combinations(changed, count):
            mixed = {name: data for name, data in site.files.items() if name not in names}
            mixed |= {name: site.older[name] for name in names if name in site.older}
            assert codes_of(site, mixed, LATE_MS) <= FOUND, f"{names} are the older ones"


def test_an_older_state_of_everything_shows_to_whoever_kept_something(site: SmallSite) -> None:
    assert site.judged(site.older).exit_code == ExitCode.GOOD
    assert site.judged(site.older, kept=True).exit_code == R


def test_lines_of_the_seals_dropped_doubled_or_exchanged_show(site: SmallSite) -> None:
    records = [placed.data for placed in split_records(site.files["seals"])]
    assert b"".join(records) == site.files["seals"]
    assert len(records) == 4
    for what, changed in changes(records):
        content = b"".join(changed)
        if records[: len(changed)] == changed:
            assert site.judged({**site.files, "seals": content}, late_ms=LATE_MS).exit_code == I, what
        else:
            cut = (
                {I} if content[:-1] == site.files["seals"][:-1] else {T}
            )  # its last newline: was it being written?
            assert codes_of(site, {**site.files, "seals": content}) == cut, what


def rewritten(site: SmallSite, leaves: list[bytes], *, signed: bool = True) -> Files:
    """All files made anew around these entries, and signed with the log's own key of today."""
    digests = [leaf_hash(leaf) for leaf in leaves]
    note = Checkpoint(ORIGIN, len(leaves), root_of(digests)).sign(site.signer)
    tiles = {name: data for name, data in site.files.items() if name in LEFT_OVER}
    tiles |= dict(RightEdge().advance(leaves, digests).fresh)
    kept = {name: site.files[name] for name in ("checkpoint", "seals", "witnessed")}
    return {**kept, **tiles, "checkpoint": note} if signed else {**kept, **tiles}


def sealed_anew(site: SmallSite, leaves: list[bytes]) -> bytes:
    """From a first record on that today's key signs."""
    made = HandMade(now_ms=START_MS - EPOCH_MS)
    made.begin(Reason.NEW, signer=site.signer)
    made.leaves = leaves
    made.seal()
    return made.content


def histories(site: SmallSite) -> Iterator[tuple[str, list[bytes]]]:
    return changes([leaf for _, leaf in decode_bundle(site.files[BUNDLE])])


def test_another_history_shows_whether_it_is_signed_or_not_and_whatever_becomes_of_the_seals(
    site: SmallSite,
) -> None:
    """In all cases whoever kept a state, or has the witnesses' policy, need know nothing else."""
    whole = [leaf for _, leaf in decode_bundle(site.files[BUNDLE])]
    for what, leaves in changes(whole):
        assert codes_of(site, rewritten(site, leaves, signed=False)) <= {T, I}, f"{what}, not signed"
        signed = rewritten(site, leaves)
        shorter = leaves == whole[: len(leaves)]
        assert codes_of(site, signed) == ({R} if shorter else {T}), f"{what}, signed anew: the seals show it"
        first = next(split_records(signed["seals"])).data
        for seals in (None, b"", first, sealed_anew(site, leaves)):
            files = {name: data for name, data in signed.items() if name != "seals"}
            if seals is not None:
                files["seals"] = seals
            assert codes_of(site, files) <= {T, R}, f"{what}, with other seals"
            del files["witnessed"]
            assert site.judged(files).exit_code in {T, W}, f"{what}, and without the witnesses' signatures"
            assert site.judged(files, policy=False, kept=True).exit_code in {T, R}, (
                f"{what}, without a policy"
            )


def test_without_seals_that_hold_or_with_seals_cut_off_nobody_is_content_for_long(site: SmallSite) -> None:
    """A verifier with nothing but the key."""
    for what, leaves in histories(site):
        signed = rewritten(site, leaves)
        del signed["witnessed"]
        records = [placed.data for placed in split_records(signed.pop("seals"))]
        assert site.judged(signed, policy=False).exit_code in {T, I}, f"{what}, no seals"
        for count in range(len(records)):
            files = {**signed, "seals": b"".join(records[:count])}
            code = site.judged(files, policy=False, late_ms=LATE_MS).exit_code
            assert code in {T, I}, f"{what}, {count} seals"


def test_what_only_a_state_or_a_witness_shows_is_said_in_the_sentence(site: SmallSite) -> None:
    """The one thing that nobody with the key alone can see."""
    altered = dict(histories(site))["1 altered"]
    files = rewritten(site, altered) | {"seals": sealed_anew(site, altered)}
    del files["witnessed"]
    report = site.judged(files, policy=False)
    assert report.exit_code == ExitCode.GOOD
    assert "written anew from its first seal on" in report.sentence
