"""The rows of the route table for passkeys of customers and newcomers. Staff sign in elsewhere."""

from typing import Final

from server.http import passkey_shapes as shapes
from server.http import passkeys
from server.http.enrolment_shapes import EnrolmentShown
from server.http.routing import ANYONE, CUSTOMER, Route
from server.http.shapes import VerificationAnswer

_API: Final = "/api/v1"

PASSKEY_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{_API}/customer/session/verification/passkey-options",
        handler=passkeys.ask_customer,
        who=CUSTOMER,
        answer=shapes.SessionAssertionOptions,
        problems=(404, 409),
        summary="What the customer's passkey is to sign",
    ),
    Route(
        method="POST",
        path=f"{_API}/customer/session/verification/passkey",
        handler=passkeys.verify_customer,
        who=CUSTOMER,
        request=shapes.PasskeyAssertion,
        answer=VerificationAnswer,
        problems=(404, 409),
        summary="The customer's passkey, used on their page",
    ),
    Route(
        method="POST",
        path=f"{_API}/enrolment/passkey-options",
        handler=passkeys.ask_newcomer,
        who=ANYONE,
        answer=shapes.RegistrationOptions,
        problems=(404, 409, 410),
        summary="What a new passkey is made of",
    ),
    Route(
        method="POST",
        path=f"{_API}/enrolment/passkey",
        handler=passkeys.register_newcomer,
        who=ANYONE,
        request=shapes.NamedRegistration,
        answer=EnrolmentShown,
        problems=(404, 409, 410),
        summary="A new passkey: what was chosen counts from now on",
    ),
)
