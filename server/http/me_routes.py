"""The rows of the route table for customers' own page, and for what agents note so that it can answer."""

from typing import Final

from server.http import contacts, me, me_data, me_factors, passkey_shapes
from server.http import me_shapes as shapes
from server.http.enrolment_shapes import RecoveryCodesShown
from server.http.routing import AGENT, ANYONE, ME, Kind, Owned, Route
from server.http.shapes import Resynchronised, TypeCode, TypeTwoCodes

_API: Final = "/api/v1/me"
_CONTACT: Final = "/api/v1/cases/{case}/contact"

_ENTRY: Final = (
    Route(
        method="GET", path="/me", handler=me.page, who=ANYONE, kind=Kind.PAGE, summary="Customers' own page"
    ),
    Route(
        method="POST",
        path=f"{_API}/arrivals",
        handler=me.arrive,
        who=ANYONE,
        request=shapes.Arrive,
        answer=shapes.ArrivalShown,
        problems=(401, 409),
        summary="Whose page the organisation's one-use token opens; it stays unused",
    ),
    Route(
        method="POST",
        path=f"{_API}/logins",
        handler=me.enter,
        who=ANYONE,
        request=shapes.Enter,
        answer=shapes.MeShown,
        status=201,
        problems=(401, 409),
        summary="Sign in by the organisation's one-use token; gives the cookie",
    ),
    Route(
        method="DELETE",
        path=f"{_API}/logins/current",
        handler=me.leave,
        who=ME,
        status=204,
        summary="Sign out",
    ),
    Route(
        method="POST",
        path=f"{_API}/logins/end-others",
        handler=me.leave_elsewhere,
        who=ME,
        answer=shapes.OthersEnded,
        summary="Sign out everywhere else",
    ),
    Route(
        method="GET",
        path=_API,
        handler=me.show,
        who=ME,
        answer=shapes.MeShown,
        summary="Who is signed in, and how",
    ),
)

_RECORD: Final = (
    Route(
        method="GET",
        path=f"{_API}/contact",
        handler=me.talking,
        who=ME,
        answer=shapes.TalkingShown,
        passive=True,
        summary="Is anybody of the organisation's in touch with this customer right now?",
    ),
    Route(
        method="GET",
        path=f"{_API}/history",
        handler=me.history,
        who=ME,
        answer=shapes.HistoryShown,
        query=(("before", "integer"),),
        problems=(404, 409),
        summary="Who looked at this customer's record and why, and what they can hold a receipt of",
    ),
    Route(
        method="GET",
        path=f"{_API}/receipts/{{index}}",
        handler=me.receipt,
        who=ME,
        answer=dict[str, str],
        problems=(409,),
        summary="The receipt of one entry about this customer, as a file; recorded",
    ),
)

_CONTACTS: Final = (
    Route(
        method="POST",
        path=_CONTACT,
        handler=contacts.note,
        who=AGENT,
        owned=Owned.CASE,
        request=shapes.NoteContact,
        answer=shapes.ContactNoted,
        status=201,
        problems=(409,),
        summary="Note a contact before it is made: the customer's page shows it for half an hour",
    ),
    Route(
        method="GET",
        path=_CONTACT,
        handler=contacts.show,
        who=AGENT,
        owned=Owned.CASE,
        answer=shapes.ContactInCase,
        problems=(409,),
        summary="What the customer is shown of one's own contact",
    ),
    Route(
        method="DELETE",
        path=_CONTACT,
        handler=contacts.end,
        who=AGENT,
        unproved=True,
        owned=Owned.CASE,
        status=204,
        problems=(409,),
        summary="Show it no more",
    ),
)

_PASSKEYS: Final = (
    Route(
        method="POST",
        path=f"{_API}/passkey/options",
        handler=me_factors.ask_stranger,
        who=ANYONE,
        answer=passkey_shapes.AssertionOptions,
        problems=(409,),
        summary="What a passkey has to sign to sign in here; the same for everybody",
    ),
    Route(
        method="POST",
        path=f"{_API}/passkey/logins",
        handler=me_factors.enter,
        who=ANYONE,
        request=passkey_shapes.PasskeyAssertion,
        answer=shapes.MeShown,
        status=201,
        problems=(401, 409),
        summary="Sign in by a passkey; gives the cookie",
    ),
    Route(
        method="POST",
        path=f"{_API}/passkey/proof-options",
        handler=me_factors.ask,
        who=ME,
        answer=passkey_shapes.AssertionOptions,
        summary="What a passkey has to sign to prove more in this sign-in",
    ),
    Route(
        method="POST",
        path=f"{_API}/passkey/proofs",
        handler=me_factors.prove,
        who=ME,
        request=passkey_shapes.PasskeyAssertion,
        answer=shapes.MeShown,
        problems=(409,),
        summary="This sign-in is at V2 for ten minutes; gives a new cookie",
    ),
    Route(
        method="POST",
        path=f"{_API}/logins/current/code",
        handler=me_factors.prove_by_code,
        who=ME,
        request=TypeCode,
        answer=shapes.MeShown,
        problems=(409,),
        summary="A code of the customer's app, after a hand-off: this sign-in is at V1; gives a new cookie",
    ),
    Route(
        method="GET",
        path=f"{_API}/factors",
        handler=me_factors.show,
        who=ME,
        answer=shapes.FactorsShown,
        summary="By what this customer is known: passkeys, the authenticator app, browsers",
    ),
    Route(
        method="POST",
        path=f"{_API}/passkeys/options",
        handler=me_factors.ask_new,
        who=ME,
        answer=passkey_shapes.RegistrationOptions,
        problems=(409,),
        summary="For one more passkey; only within ten minutes of a proof by another",
    ),
    Route(
        method="POST",
        path=f"{_API}/passkeys",
        handler=me_factors.add,
        who=ME,
        request=passkey_shapes.NamedRegistration,
        answer=shapes.FactorsShown,
        problems=(409,),
        summary="Add a passkey; the customer is told by mail",
    ),
    Route(
        method="DELETE",
        path=f"{_API}/passkeys/{{passkey}}",
        handler=me_factors.remove,
        who=ME,
        status=204,
        problems=(409,),
        summary="Remove a passkey that is not the only one; the customer is told by mail",
    ),
    Route(
        method="DELETE",
        path=f"{_API}/devices/{{device}}",
        handler=me_factors.forget_device,
        who=ME,
        status=204,
        summary="Know a browser no more",
    ),
)

_CODES: Final = (
    Route(
        method="POST",
        path=f"{_API}/app/resynchronisation",
        handler=me_factors.resynchronise,
        who=ME,
        request=TypeTwoCodes,
        answer=Resynchronised,
        problems=(409,),
        summary="Two codes that follow each other, of an app whose clock is off; only within ten minutes of a passkey",
    ),
    Route(
        method="POST",
        path=f"{_API}/recovery-codes",
        handler=me_factors.make_recovery_codes,
        who=ME,
        answer=RecoveryCodesShown,
        problems=(409,),
        summary="Ten new recovery codes, shown once, in place of all before; only within ten minutes of a passkey",
    ),
)

_DATA: Final = (
    Route(
        method="POST",
        path=f"{_API}/copies",
        handler=me_data.copy,
        who=ME,
        request=shapes.AskCopy,
        answer=str,
        media="application/octet-stream",
        problems=(409,),
        summary="All that is known about this customer, as a file; only within ten minutes of a passkey; recorded",
    ),
    Route(
        method="GET",
        path=f"{_API}/actions",
        handler=me_data.actions,
        who=ME,
        answer=list[shapes.OwnActionShown],
        summary="Changes in this customer's account that wait for a second agent, or for their time",
    ),
    Route(
        method="DELETE",
        path=f"{_API}/actions/{{action}}",
        handler=me_data.cancel_action,
        who=ME,
        status=204,
        problems=(409,),
        summary="Cancel one of them",
    ),
    Route(
        method="GET",
        path=f"{_API}/erasure",
        handler=me_data.erasure,
        who=ME,
        answer=shapes.OwnErasures,
        summary="Whether this customer has asked to be erased",
    ),
    Route(
        method="POST",
        path=f"{_API}/erasure",
        handler=me_data.ask_erasure,
        who=ME,
        answer=shapes.OwnErasures,
        problems=(409,),
        summary="Ask to be erased; only within ten minutes of a passkey. Two officers approve it",
    ),
    Route(
        method="DELETE",
        path=f"{_API}/erasure",
        handler=me_data.take_erasure_back,
        who=ME,
        status=204,
        problems=(404, 409),
        summary="Take that back",
    ),
)

ME_ROUTES: Final = (*_ENTRY, *_RECORD, *_CONTACTS, *_PASSKEYS, *_CODES, *_DATA)
