"""Where webhooks may go: public addresses by https, whatever a name resolves to, now and a moment later."""

import ipaddress

import pytest

from server.outbox.destination import DestinationRefused, Destinations, Pinned

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::5"]
REFUSED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "100.100.100.200",
    "168.63.129.16",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:8.8.8.8",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2606:4700:4700::1111%eth0",
]
OPEN = Destinations()
OWN = Destinations(
    (
        ipaddress.ip_network("10.1.0.0/16"),
        ipaddress.ip_network("127.0.0.0/8"),
        ipaddress.ip_network("0.0.0.0/1"),
    )
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_admitted(address: str) -> None:
    OPEN.admit(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", REFUSED)
def test_no_address_that_only_we_can_reach_is_admitted(address: str) -> None:
    with pytest.raises(DestinationRefused):
        OPEN.admit(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1"])
def test_the_operators_own_networks_are_admitted(address: str) -> None:
    OWN.admit(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["0.0.0.0", "100.100.100.200", "169.254.169.254", "::ffff:10.1.2.3"])
def test_what_hands_out_a_machines_keys_is_refused_whatever_the_operator_names(address: str) -> None:
    wide = Destinations((ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))
    with pytest.raises(DestinationRefused):
        wide.admit(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a",
        "https://hooks.example.com:8443/a/b",
        "https://8.8.8.8/a",
        "https://[2606:4700:4700::1111]/a",
    ],
)
def test_https_to_a_name_or_a_public_address_is_taken(url: str) -> None:
    OPEN.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://hooks.example.com/a",
        "http://127.0.0.1/a",
        "ftp://hooks.example.com/a",
        "file:///etc/passwd",
        "https:///a",
        "https://user:secret@hooks.example.com/a",
        "https://hooks.example.com@10.0.0.1/a",
        "https://hooks.example.com/a?token=1",
        "https://hooks.example.com/a#b",
        "https://hooks.example.com:0/a",
        "https://hooks.example.com:99999/a",
        "https://127.0.0.1/a",
        "https://127.1/a",
        "https://2130706433/a",
        "https://0x7f000001/a",
        "https://0x7f.1/a",
        "https://0177.0.0.1/a",
        "https://127.0.0.1./a",
        "https://[::1]/a",
        "https://[::ffff:127.0.0.1]/a",
        "https://[fe80::1%25eth0]/a",
        "https://%31%32%37.0.0.1/a",
        "https://１２７.0.0.1/a",
        "https://hooks.example.com/\r\nX-Injected: 1",
        "https://hooks.example.com/ a",
        "https://[bad/a",
        "https://" + "a" * 500,
    ],
)
def test_whatever_else_calls_itself_an_address_is_refused(url: str) -> None:
    with pytest.raises(DestinationRefused):
        OPEN.check(url)


def test_this_machine_may_be_called_in_plain_only_where_the_operator_names_it() -> None:
    OWN.check("http://127.0.0.1:8099/hook")
    with pytest.raises(DestinationRefused):
        OWN.check("http://10.1.2.3/hook")
    with pytest.raises(DestinationRefused):
        OWN.check("http://localhost/hook")


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8", "::ffff:10.0.0.1"], []]
)
async def test_a_name_of_which_one_address_is_refused_is_refused(found: list[str]) -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return found

    with pytest.raises((DestinationRefused, OSError)):
        await Pinned(OPEN, lookup).resolve("hooks.example.com", 443)


async def test_the_connection_goes_to_the_addresses_that_were_looked_at() -> None:
    asked: list[str] = []

    async def lookup(host: str, _port: int) -> list[str]:
        """Rebinding: public when it is asked first, and ours from then on."""
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    (found,) = await Pinned(OPEN, lookup).resolve("hooks.example.com", 443)
    assert (found["host"], found["hostname"], found["port"]) == ("8.8.8.8", "hooks.example.com", 443)
    assert asked == ["hooks.example.com"]
