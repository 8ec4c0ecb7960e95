"""The TURN server as it is configured in `deploy/coturn`: nothing behind it is reached but the gate."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.turn_probe import GRANTED, TurnProbe
from tests.protocol.turn_stand import SECRET, Ground, TurnStand, coturn, ground

FORBIDDEN, UNAUTHORISED, QUOTA_REACHED = 403, 401, 486
ELSEWHERE_V4 = {
    "this machine": "127.0.0.1",
    "any address": "0.0.0.0",
    "private, 10": "10.0.0.1",
    "private, 172": "172.16.0.1",
    "private, 192": "192.168.0.1",
    "link-local": "169.254.0.1",
    "a cloud's metadata": "169.254.169.254",
    "shared": "100.64.0.1",
    "public": "8.8.8.8",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
}
ELSEWHERE_V6 = {
    "this machine": "::1",
    "any address": "::",
    "global": "2001:4860:4860::8888",
    "unique local": "fd00::1",
    "a cloud's metadata": "fd00:ec2::254",
    "link-local": "fe80::1",
    "multicast": "ff02::1",
    "mapped, this machine": "::ffff:127.0.0.1",
    "mapped, private": "::ffff:10.0.0.1",
    "mapped, metadata": "::ffff:169.254.169.254",
    "compatible": "::10.0.0.1",
    "NAT64, private": "64:ff9b::10.0.0.1",
    "NAT64, metadata": "64:ff9b::169.254.169.254",
    "NAT64, local": "64:ff9b:1::a00:1",
    "6to4": "2002:a00:1::1",
    "Teredo": "2001:0:a00:1::1",
}


@pytest.fixture(scope="module")
def around() -> Iterator[Ground]:
    with ground() as made:
        yield made


@pytest.fixture(scope="module")
def stand(around: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnStand]:
    with coturn(tmp_path_factory.mktemp("coturn"), around) as started:
        yield started


def client(stand: TurnStand, holder: str, *, for_s: int = 60, secret: str = SECRET) -> TurnProbe:
    relay = stand.credentials(holder, for_s=for_s, secret=secret)
    return TurnProbe(stand.server, relay.username, relay.credential)


@pytest.mark.parametrize("version", [4, 6])
def test_no_address_but_the_gates_is_permitted_or_bound(stand: TurnStand, version: int) -> None:
    elsewhere = ELSEWHERE_V4 if version == 4 else ELSEWHERE_V6
    own = {
        "the TURN server itself": stand.ground.turn[version == 6],
        "a neighbour": stand.ground.neighbour[version == 6],
    }
    with client(stand, "somebody curious") as probe:
        assert probe.allocate(version) == GRANTED
        for name, address in {**elsewhere, **own}.items():
            assert probe.permission(address) != GRANTED, name
            assert probe.channel(address) != GRANTED, name
        assert probe.permission(own["a neighbour"]) == FORBIDDEN
        assert probe.permission(stand.ground.gate[version == 6]) == GRANTED


def test_a_mapped_address_of_the_gate_or_of_anybody_is_no_way_round(stand: TurnStand) -> None:
    """An IPv6 relay, and the same IPv4 addresses written in every way that a kernel might take for them."""
    with client(stand, "somebody clever") as probe:
        assert probe.allocate(6) == GRANTED
        for v4 in (stand.ground.neighbour[0], stand.ground.turn[0]):
            for form in (f"::ffff:{v4}", f"::{v4}", f"64:ff9b::{v4}", f"::ffff:0:{v4}"):
                assert probe.permission(form) != GRANTED, form
                assert probe.channel(form) != GRANTED, form


@pytest.mark.parametrize("version", [4, 6])
def test_what_is_sent_reaches_the_gate_and_comes_back_and_never_reaches_a_neighbour(
    stand: TurnStand, version: int
) -> None:
    ipv6 = version == 6
    with listener(stand.ground.gate[ipv6]) as gate, listener(stand.ground.neighbour[ipv6]) as neighbour:
        gate_at, neighbour_at = at(gate), at(neighbour)
        with client(stand, "a page") as probe:
            assert probe.allocate(version) == GRANTED
            assert probe.permission(*neighbour_at) == FORBIDDEN
            probe.send(neighbour_at, b"never")
            assert probe.permission(*gate_at) == GRANTED
            probe.send(neighbour_at, b"never, either")
            probe.send(gate_at, b"by indication")
            content, relay = gate.recvfrom(100)
            assert (content, relay[0]) == (b"by indication", stand.ground.turn[ipv6])
            assert probe.channel(*gate_at) == GRANTED
            probe.send_on_channel(b"by channel")
            assert gate.recvfrom(100) == (b"by channel", relay)
            gate.sendto(b"back", relay)
            assert probe.received() == b"back"
            neighbour.sendto(b"unasked", relay)
            gate.sendto(b"asked", relay)
            assert probe.received() == b"asked"
        neighbour.settimeout(0.3)
        with pytest.raises(TimeoutError):
            neighbour.recvfrom(100)


def test_credentials_that_are_over_or_wrong_or_nobodys_get_no_relay(stand: TurnStand) -> None:
    with client(stand, "late", for_s=-1) as probe:
        assert probe.allocate() == UNAUTHORISED
    with client(stand, "a guess", secret=SECRET + "?") as probe:
        assert probe.allocate() == UNAUTHORISED
    good = stand.credentials("longer")
    longer = f"{int(good.username.partition(':')[0]) + 3_600}:{good.username.partition(':')[2]}"
    for username in (longer, good.username.partition(":")[2], "anybody", ""):
        with TurnProbe(stand.server, username, good.credential) as probe:
            assert probe.allocate() in {UNAUTHORISED, 400}, username


def test_a_page_gets_so_many_relays_and_no_more_however_it_writes_its_expiry(stand: TurnStand) -> None:
    allowed = 12
    probes = [client(stand, "greedy", for_s=60 + number) for number in range(allowed + 1)]
    try:
        assert [probe.allocate() for probe in probes] == [GRANTED] * allowed + [QUOTA_REACHED]
        with client(stand, "somebody else") as other:
            assert other.allocate() == GRANTED
    finally:
        for probe in probes:
            probe.__exit__()


def test_a_relay_for_tcp_is_not_given_to_whoever_came_by_tcp(stand: TurnStand) -> None:
    relay = stand.credentials("a worm")
    with TurnProbe(stand.server, relay.username, relay.credential, stream=True) as probe:
        assert probe.allocate(transport=6) not in {GRANTED, UNAUTHORISED}
        assert probe.allocate(transport=17) == GRANTED


def test_strangers_are_told_nothing_by_plain_stun(stand: TurnStand) -> None:
    """An answer to a forged address would be longer than the question."""
    with client(stand, "nobody yet") as probe:
        assert not probe.binding()
        assert probe.allocate() == GRANTED


def test_the_log_names_no_user_no_password_and_no_secret(around: Ground, tmp_path: Path) -> None:
    with coturn(tmp_path, around) as own:
        relay = own.credentials("somebody logged")
        with TurnProbe(own.server, relay.username, relay.credential) as probe:
            assert probe.allocate() == GRANTED
    written = own.log.read_text("utf-8", "replace")
    assert "Listener address" in written
    assert relay.username.partition(":")[2] not in written
    assert relay.credential not in written
    assert SECRET not in written


def listener(host: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    bound.settimeout(3)
    bound.bind((host, 0))
    return bound


def at(bound: socket.socket) -> tuple[str, int]:
    host, port = bound.getsockname()[:2]
    return host, port
