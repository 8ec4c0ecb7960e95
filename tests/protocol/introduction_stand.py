"""Two pages without pixels in front of a whole server, at the point where words are to be compared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.protocol.introduction_peers import AgentPage, CustomerPage
from tests.protocol.server_people import Browser, Customer, Share
from tests.protocol.server_stand import Stand

CASE = "C-2041"


@dataclass(slots=True)
class Meeting:
    """`case` is the reference; `badge` what the customer's page was shown."""

    share: Share
    badge: dict[str, str]

    def pages(self, run: int = 1) -> tuple[AgentPage, CustomerPage]:
        """Both with what they know before the run."""
        agent, customer = self.share.agent.device, self.share.customer.key
        ground: dict[str, Any] = {
            "session": self.share.session,
            "case": CASE,
            "run": run,
            "badge": self.badge["document"],
            "agent_device": agent.jwk,
            "customer_device": customer.jwk,
        }
        return AgentPage(**ground, device=agent.private), CustomerPage(**ground, device=customer.private)

    async def exchange(self, agent: AgentPage, customer: CustomerPage) -> None:
        """One run, whole."""
        at_agent, at_customer = self.share.agent_socket, self.share.customer_socket
        await at_customer.send(customer.start())
        while (seen := (await next_view(at_agent))["exchange"])["run"] != agent.run or not seen["open"]:
            continue
        await at_agent.send(agent.commit())
        await at_customer.send(customer.answer(await at_customer.next("exchange.commit")))
        await at_agent.send(agent.reveal(await at_agent.next("exchange.answer")))
        await at_customer.send(customer.confirm(await at_customer.next("exchange.reveal")))
        agent.accept(await at_agent.next("exchange.confirm"))
        while not (found := (await next_view(at_customer))["exchange"])["transcript"]:
            continue
        assert found["transcript"] == agent.transcript == customer.transcript


async def next_view(socket: Any) -> dict[str, Any]:
    return dict((await socket.next("state"))["view"])


@asynccontextmanager
async def meeting(stand: Stand, *, contact: str = "voice") -> AsyncIterator[Meeting]:
    """The badge is accepted, and the words come next."""
    async with Browser(stand) as agent, Customer(stand) as customer:
        assert (await agent.sign_in("agent")).status == 201
        opened = await agent.open_session(contact=contact)
        assert (await customer.claim(opened["invitation"])).status == 201
        async with (
            agent.socket(session=opened["session"]) as at_agent,
            customer.socket(purpose="session") as at_customer,
        ):
            await at_customer.send({"type": "badge.shown"})
            shown = await at_customer.view("introducing")
            await at_customer.send({"type": "badge.accept"})
            while (await next_view(at_customer))["introduction"] != "badge":
                continue
            share = Share(agent, customer, at_agent, at_customer, opened["session"])
            yield Meeting(share, shown["badge"])
