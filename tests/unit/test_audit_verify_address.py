"""A log at an address is verified as its folder is, and whoever serves it can neither hide, lead away nor hold up."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from audit.commands import Manner, verify_command
from audit.report import ExitCode, Report
from audit.tile import MAX_BUNDLE, MAX_TILE
from audit.verify import Asked, verify_place
from audit.verifying.remote import AddressRefused, UrlSource
from audit.verifying.view import Place
from tests.bench.synthetic_log import write_public
from tests.unit.log_at_address import Served, packed, serving

ENTRIES = 2_600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("published")
    (made / "key").write_text(write_public(made / "public", ENTRIES))
    return made


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    with serving(folder / "public") as one:
        yield one


def judged(served: Served, state: Path | None = None, *, full: bool = False) -> tuple[int, str]:
    said: list[str] = []
    key = str(served.folder.parent / "key")
    code = verify_command(served.address, key, state, said.append, asked=Asked(full=full))
    return code, "".join(said)


def soon(served: Served, longest_s: float) -> Report:
    """By a verifier with little patience."""
    source = UrlSource(served.address, timeout_s=longest_s, longest_s=longest_s)
    try:
        return verify_place(Place(source), (served.folder.parent / "key").read_text(), Asked())
    finally:
        source.close()


def test_a_served_log_is_good_and_each_file_is_fetched_once(served: Served) -> None:
    code, said = judged(served)
    assert code == ExitCode.GOOD
    assert said.startswith(f"Good: {ENTRIES} entries")
    bundles = [name for name in served.asked if "entries" in name]
    assert sorted(bundles) == sorted(set(bundles))
    assert len(bundles) == 11


def test_a_packed_log_is_good(served: Served) -> None:
    served.every = packed
    assert judged(served)[0] == ExitCode.GOOD


@pytest.mark.parametrize(
    "name", ["tile/entries/003", "tile/0/003", "tile/1/000.p/10", "tile/entries/010.p/40"]
)
def test_a_file_changed_on_the_way_is_named(served: Served, name: str) -> None:
    def change(request: BaseHTTPRequestHandler, content: bytes) -> None:
        served.every(request, content[:100] + bytes([content[100] ^ 1]) + content[101:])

    served.faults[name] = change
    code, said = judged(served)
    assert code == ExitCode.TAMPERED
    assert name in said


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_missing(served: Served, status: int) -> None:
    served.faults["tile/entries/003"] = lambda request, _: request.send_error(status)
    code, said = judged(served)
    assert code == ExitCode.INCOMPLETE
    assert "tile/entries/003" in said


def test_an_address_without_a_checkpoint_is_nothing_to_verify(served: Served) -> None:
    served.faults["checkpoint"] = lambda request, _: request.send_error(404)
    assert judged(served)[0] == ExitCode.INCOMPLETE


@pytest.mark.parametrize("status", [500, 503, 403, 204])
def test_a_server_that_does_not_answer_leaves_nothing_verified(served: Served, status: int) -> None:
    served.faults["tile/entries/003"] = lambda request, _: request.send_error(status)
    code, said = judged(served)
    assert code == ExitCode.USAGE
    assert f"answered {status}" in said
    assert "tile/entries/003" in said


def test_a_server_that_asks_for_patience_is_asked_again(served: Served) -> None:
    def busy(request: BaseHTTPRequestHandler, content: bytes) -> None:
        if served.asked.count("tile/entries/003") == 1:
            request.send_error(429)
        else:
            served.every(request, content)

    served.faults["tile/entries/003"] = busy
    assert judged(served)[0] == ExitCode.GOOD
    assert served.asked.count("tile/entries/003") == 2


def test_a_redirect_within_the_server_is_followed_and_one_to_elsewhere_is_not(served: Served) -> None:
    def to(place: str) -> None:
        def send(request: BaseHTTPRequestHandler, _: bytes) -> None:
            request.send_response(302)
            request.send_header("Location", place)
            request.send_header("Content-Length", "0")
            request.end_headers()

        served.faults["checkpoint"] = send

    served.faults["elsewhere"] = lambda request, _: served.every(
        request, (served.folder / "checkpoint").read_bytes()
    )
    to("/log/elsewhere")
    assert judged(served)[0] == ExitCode.GOOD
    other = served.address.replace("127.0.0.1", "localhost")
    for place in (f"{other}elsewhere", "https://example.org/log/checkpoint", "file:///etc/passwd", ""):
        to(place)
        code, said = judged(served)
        assert code == ExitCode.USAGE
        assert "somewhere else" in said
    to("/log/checkpoint")
    assert "circles" in judged(served)[1]
    for place in ("http://[broken/checkpoint", "http://127.0.0.1:99999/log/checkpoint", "/log/\xe9"):
        to(place)
        assert judged(served)[0] == ExitCode.USAGE, "what is no address is no answer"


def test_an_answer_cut_short_is_no_answer(served: Served) -> None:
    def cut(request: BaseHTTPRequestHandler, content: bytes) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[:-5])
        request.close_connection = True

    served.faults["tile/entries/003"] = cut
    code, said = judged(served)
    assert code == ExitCode.USAGE
    assert "cut short" in said


@pytest.mark.parametrize("unpacked", [True, False])
def test_an_endless_file_is_not_read_to_its_end_and_is_named(served: Served, unpacked: bool) -> None:
    def endless(request: BaseHTTPRequestHandler, _content: bytes) -> None:
        request.close_connection = True
        if unpacked:
            request.send_response(200)
            request.end_headers()
            for _ in range(10 * MAX_BUNDLE // 65_536):
                request.wfile.write(bytes(65_536))
        else:
            packed(request, bytes(10 * MAX_TILE))

    served.faults["tile/0/003"] = endless
    code, said = judged(served)
    assert code == ExitCode.TAMPERED
    assert "more than it can have (tile/0/003" in said


def test_a_server_that_dribbles_is_given_up(served: Served) -> None:
    def dribble(request: BaseHTTPRequestHandler, content: bytes) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        for place in range(len(content)):
            request.wfile.write(content[place : place + 1])
            request.wfile.flush()
            if stop.wait(0.05):
                return

    stop = threading.Event()
    served.faults["tile/entries/003"] = dribble
    report = soon(served, 0.5)
    stop.set()
    assert report.exit_code == ExitCode.USAGE
    assert "tile/entries/003" in report.sentence


def test_a_server_that_never_answers_is_given_up(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_one = Served(folder / "public", f"http://127.0.0.1:{silent.getsockname()[1]}/log/")
        assert soon(silent_one, 0.3).exit_code == ExitCode.USAGE
    assert judged(silent_one)[0] == ExitCode.USAGE


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/log/",
        "https://user:secret@example.org/log/",
        "https://example.org/log/?x=1",
        "https://example.org/log/#x",
        "https:///log/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://例え.jp/",
        "ftp://example.org/",
    ],
)
def test_what_is_no_address_of_a_log_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        UrlSource(address)


def test_an_address_does_not_tell_its_own_key(served: Served) -> None:
    said: list[str] = []
    assert verify_command(served.address, None, None, said.append) == ExitCode.USAGE
    assert "--key" in said[0]
    assert not served.asked


def test_a_state_moves_on_at_an_address_and_an_older_copy_there_is_a_roll_back(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    assert judged(served, state)[0] == ExitCode.GOOD
    served.asked.clear()
    code, said = judged(served, state)
    assert code == ExitCode.GOOD
    assert f"from the {ENTRIES} that were seen before, which were not read again" in said
    assert not [name for name in served.asked if "tile/entries" in name and ".p/" not in name]
    assert json.loads(state.read_bytes())["v"] == 2
    (tmp_path / "older" / "key").parent.mkdir()
    (tmp_path / "older" / "key").write_text(write_public(tmp_path / "older" / "public", 500))
    with serving(tmp_path / "older" / "public") as older:
        assert judged(older)[0] == ExitCode.GOOD
        assert judged(older, state)[0] == ExitCode.ROLLED_BACK


def test_the_result_can_be_had_as_a_document(served: Served) -> None:
    said: list[str] = []
    key = str(served.folder.parent / "key")
    code = verify_command(served.address, key, None, said.append, manner=Manner(as_json=True))
    document = json.loads("".join(said))
    assert (code, document["exit_code"], document["result"], document["size"]) == (0, 0, "GOOD", ENTRIES)
