"""Which TURN servers can be set, and what is refused with a sentence."""

from pathlib import Path

import pytest

from server.settings import Settings, SettingsRefused, load
from server.turn.secret import relays_of
from server.turn.settings import TurnSettings, turn_url

GOOD = (
    "turn:turn.example.com:3478?transport=udp",
    "turn:turn.example.com?transport=tcp",
    "turns:turn.example.com:443?transport=tcp",
    "turn:203.0.113.11:3478?transport=udp",
    "turns:[2001:db8::11]:443?transport=tcp",
)
BAD = (
    "",
    "turn:",
    "stun:turn.example.com:3478",
    "turn:turn.example.com:3478",  # browsers would take UDP: it is to be said
    "turn:turn.example.com:3478?transport=sctp",
    "turns:turn.example.com:443?transport=udp",
    "turn:turn.example.com:0?transport=udp",
    "turn:turn.example.com:70000?transport=udp",
    "turn://turn.example.com:3478?transport=udp",
    "turn:user@turn.example.com:3478?transport=udp",
    "turn:turn.example.com:3478?transport=udp&x=1",
    "turn:turn.example.com:3478?transport=udp\n",
    "turn:-turn.example.com:3478?transport=udp",
    "turn:999.1.1.1:3478?transport=udp",
    "turn:2001:db8::11:3478?transport=udp",
    "turn:[203.0.113.11]:3478?transport=udp",
    "turn:0.0.0.0:3478?transport=udp",
    "turn:" + "a" * 300 + ":3478?transport=udp",
)


@pytest.mark.parametrize("text", GOOD)
def test_a_url_with_its_transport_is_read(text: str) -> None:
    url = turn_url(text)
    assert url is not None
    assert (url.text, url.secure) == (text, text.startswith("turns"))
    assert url.port in {3_478, 443}


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_no_url_of_a_turn_server(text: str) -> None:
    assert turn_url(text) is None


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"URLS": GOOD[0]}, "go together"),
        ({"ACCESS": "/etc/tachiai/turn"}, "go together"),
        ({"RELAYS": "192.0.2.1"}, "turn.relays are"),
        ({"URLS": GOOD[0], "ACCESS": "/x", "RELAYS": "turn.example.com"}, "turn.relays has"),
        ({"URLS": GOOD[0], "ACCESS": "/x", "RELAYS": "0.0.0.0"}, "turn.relays has"),
        ({"URLS": BAD[2], "ACCESS": "/etc/tachiai/turn"}, "turn.urls has"),
        ({"URLS": f"{GOOD[0]},{GOOD[0]}", "ACCESS": "/etc/tachiai/turn"}, "once"),
        ({"URLS": ",".join(f"turn:t{n}:1?transport=udp" for n in range(7)), "ACCESS": "/x"}, "at most 6"),
    ],
)
def test_half_a_turn_server_is_refused_with_a_sentence(variables: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsRefused, match=says):
        load(environment={f"TACHIAI_TURN__{name}": value for name, value in variables.items()})


def test_a_secret_that_is_missing_short_or_readable_for_others_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "turn"
    turn = TurnSettings(urls=list(GOOD), access=str(file))
    with pytest.raises(SettingsRefused, match="cannot be used"):
        relays_of(turn)
    file.write_text("short\n", encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(SettingsRefused, match="fewer than 32"):
        relays_of(turn)
    file.write_text("0123456789" * 4 + "\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(SettingsRefused, match="cannot be used"):
        relays_of(turn)
    file.chmod(0o600)
    assert relays_of(turn).urls == list(GOOD)


def test_without_a_turn_server_there_is_nothing_to_read() -> None:
    assert relays_of(Settings().turn).urls == []
