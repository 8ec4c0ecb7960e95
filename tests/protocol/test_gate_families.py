"""One gate on an IPv4 and an IPv6 address: each browser takes the one that it can reach."""

import asyncio
import errno
import socket

import pytest

from session.gate_port import GateEvent, Leg
from session.media.settings import GateSettings
from session.media.sockets import Sockets
from tests.protocol.gate_peers import KEY_FRAME, RawPeer, connected_pair, reached_at
from tests.protocol.gate_share import flowing, granting, named, running_gates

BOTH = GateSettings(second_host="::1")


async def test_both_addresses_are_told_on_one_port_and_the_first_is_preferred() -> None:
    async with running_gates(BOTH) as gates:
        offer = RawPeer(Leg.CUSTOMER).description("sendonly", "actpass")
        answer = (await gates.open(named(0), offer)).answer_to_customer
        assert reached_at(answer, 4) == ("127.0.0.1", gates.processes[0].port)
        assert reached_at(answer, 6) == ("::1", gates.processes[0].port)
        assert "c=IN IP4 127.0.0.1\r\n" in answer
        assert answer.index("127.0.0.1 ") < answer.index("::1 ")


@pytest.mark.parametrize(("customer", "agent"), [(4, 4), (4, 6), (6, 4), (6, 6)])
async def test_a_picture_passes_between_any_two_families(customer: int, agent: int) -> None:
    async with running_gates(BOTH) as gates:
        one, other = RawPeer(Leg.CUSTOMER, family=customer), RawPeer(Leg.AGENT, family=agent)
        await connected_pair(gates, named(0), one, other)
        seen: list[GateEvent] = []
        async with asyncio.TaskGroup() as group:
            following = group.create_task(granting(gates, seen))
            await flowing(one, other)
            following.cancel()
        assert other.rtp[-1].endswith(KEY_FRAME)
        one.stop()
        other.stop()


async def test_what_is_advertised_of_both_families_is_told_in_the_operators_order() -> None:
    settings = GateSettings(second_host="::1", advertised=("2001:db8::7", "192.0.2.7"))
    async with running_gates(settings) as gates:
        offer = RawPeer(Leg.CUSTOMER).description("sendonly", "actpass")
        answer = (await gates.open(named(0), offer)).answer_to_customer
        assert "c=IN IP6 2001:db8::7\r\n" in answer
        assert answer.index(" 2001:db8::7 ") < answer.index(" 192.0.2.7 ")


@pytest.mark.parametrize("second", ["127.0.0.2", "localhost", "::"])
def test_a_second_address_that_cannot_be_is_refused(second: str) -> None:
    with pytest.raises(ValueError, match=r"IPv4 and IPv6|advertised|address"):
        GateSettings(second_host=second)


def test_a_port_that_one_family_has_not_free_is_not_taken_in_the_other() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as holder:
        holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        holder.bind(("::1", 0))
        port = holder.getsockname()[1]
        with pytest.raises(OSError, match="in use") as refused:
            Sockets(GateSettings(second_host="::1", port=port))
        assert refused.value.errno == errno.EADDRINUSE
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", port))  # nothing of the try is left


async def test_an_ipv6_address_for_all_takes_ipv4_too() -> None:
    async with running_gates(GateSettings(bind_host="::", advertised=("127.0.0.1", "::1"))) as gates:
        for family in (4, 6):
            one, other = RawPeer(Leg.CUSTOMER, family=family), RawPeer(Leg.AGENT, family=10 - family)
            await connected_pair(gates, named(family), one, other)
            one.stop()
            other.stop()
