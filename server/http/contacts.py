"""An agent says beforehand that they are about to get in touch, so that the customer can ask whether it is true."""

from server.http.me_shapes import ContactInCase, ContactNoted, NoteContact
from server.http.routing import Call
from server.storage.contacts import Contact


async def note(call: Call) -> ContactNoted:
    body: NoteContact = call.body
    case = call.request.match_info["case"]
    return _shown(await call.services.me.contacts.note(case, body.channel, call.staff.staff))


async def show(call: Call) -> ContactInCase:
    found = await call.services.me.contacts.shown(call.request.match_info["case"], call.staff.staff)
    return ContactInCase(contact=_shown(found) if found is not None else None)


async def end(call: Call) -> None:
    await call.services.me.contacts.end(call.request.match_info["case"], call.staff.staff)


def _shown(contact: Contact) -> ContactNoted:
    return ContactNoted(channel=contact.channel, noted_at_ms=contact.noted_at_ms, until_ms=contact.until_ms)
