"""The rows of the route table for other systems: no cookie is read, no Origin is asked for, a key with a scope is."""

from typing import Final

from server.http import key_shapes, keyed
from server.http.outbox_routes import OUTBOX_ROUTES
from server.http.routing import KEY, Route
from support.api_key import Scope

KEY_ROUTES: Final = (
    *OUTBOX_ROUTES,
    Route(
        method="POST",
        path="/api/v1/customers",
        handler=keyed.add_customer,
        who=KEY,
        scope=Scope.CUSTOMERS_WRITE,
        request=key_shapes.AddCustomer,
        answer=key_shapes.TakenIn,
        status=201,
        also=(200,),
        problems=(409,),
        summary="Add a customer; the same again answers 200, other content 409",
    ),
    Route(
        method="POST",
        path="/api/v1/cases",
        handler=keyed.open_case,
        who=KEY,
        scope=Scope.CASES_WRITE,
        request=key_shapes.OpenCaseFor,
        answer=key_shapes.TakenIn,
        status=201,
        also=(200,),
        problems=(404, 409),
        summary="Open a case, live at once; the same again answers 200, other content 409",
    ),
    Route(
        method="POST",
        path="/api/v1/handoffs",
        handler=keyed.hand_off,
        who=KEY,
        scope=Scope.HANDOFFS_WRITE,
        request=key_shapes.HandOff,
        answer=key_shapes.HandoffGiven,
        status=201,
        problems=(404,),
        summary="The way to their own page, for a customer who is signed in on the organisation's site; good once",
    ),
    Route(
        method="POST",
        path="/api/v1/customers/{reference}/enrolments",
        handler=keyed.enrol_customer,
        who=KEY,
        scope=Scope.ENROLMENTS_WRITE,
        answer=key_shapes.EnrolmentLink,
        status=201,
        problems=(404, 409),
        summary="A one-use link for a customer who has not enrolled; it voids those before it, and 409 if they have",
    ),
)
