"""The rows of the route table for verifications that other systems ask for."""

from typing import Final

from server.http import verification_request_shapes as shapes
from server.http import verification_requests as handlers
from server.http.routing import KEY, Route
from support.api_key import Scope

VERIFICATION_REQUEST_ROUTES: Final = (
    Route(
        method="POST",
        path="/api/v1/verifications",
        handler=handlers.ask,
        who=KEY,
        scope=Scope.VERIFICATIONS_WRITE,
        request=shapes.AskVerification,
        answer=shapes.VerificationAsked,
        status=201,
        also=(200,),
        problems=(404, 409),
        summary="Ask a customer to prove who they are; with the same Idempotency-Key the same again answers 200",
    ),
    Route(
        method="GET",
        path="/api/v1/verifications/{verification}",
        handler=handlers.show,
        who=KEY,
        scope=Scope.VERIFICATIONS_READ,
        answer=shapes.VerificationShown,
        problems=(404,),
        summary="How a verification stands that a key of this name asked for",
    ),
    Route(
        method="POST",
        path="/api/v1/verifications/{verification}/withdrawal",
        handler=handlers.withdraw,
        who=KEY,
        scope=Scope.VERIFICATIONS_WRITE,
        answer=shapes.VerificationShown,
        problems=(404,),
        summary="Take a verification back that is still open",
    ),
)
