"""The two pages' part in the keys for a picture, as browsers play it: fresh keys, signed by the devices."""

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from verification.badge import encoded
from verification.key_share import Ground, agents_text, customers_text

if TYPE_CHECKING:  # they use what is here
    from tests.protocol.server_people import DeviceKey, Share, Socket

OFFER = "v=0\r\ns=offer\r\n"


def fresh_key() -> str:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return encoded(
        public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )


def ground_of(view: dict[str, Any], agent: "DeviceKey", customer: "DeviceKey") -> Ground:
    return Ground(
        session=view["session"],
        case=view["case_reference"],
        transcript=view["exchange"]["transcript"],
        badge=view["badge"]["document"],
        agent_device=agent.jwk,
        customer_device=customer.jwk,
    )


async def send_offer(share: "Share", sdp: str = OFFER) -> dict[str, str]:
    """Of the customer's page. Returns its share."""
    ground = ground_of(latest_view(share.customer_socket), share.agent.device, share.customer.key)
    key = fresh_key()
    made = {"key": key, "signature": share.customer.key.sign(customers_text(ground, key))}
    await share.customer_socket.send({"type": "media.offer", "sdp": sdp, "key_share": made})
    return made


async def send_answer(
    share: "Share", offer: dict[str, Any], *, socket: "Socket | None" = None, sdp: str = OFFER
) -> dict[str, str]:
    """Of the agent's page, to the `offer` that it got. Returns its share."""
    at = socket or share.agent_socket
    ground = ground_of(latest_view(at), share.agent.device, share.customer.key)
    key = fresh_key()
    text = agents_text(ground, offer["key_share"]["key"], key)
    made = {"key": key, "signature": share.agent.device.sign(text)}
    await at.send({"type": "media.answer", "sdp": sdp, "key_share": made})
    return made


def latest_view(socket: "Socket") -> dict[str, Any]:
    views = [message["view"] for message in socket.got if message["type"] in {"welcome", "state"}]
    return dict(views[-1])
