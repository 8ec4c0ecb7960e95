"""The enrolment's rows of the route table. Open to all: a newcomer is known by nothing but the link and its cookie."""

from typing import Final

from server.http import enrolment_shapes as shapes
from server.http import enrolments
from server.http.routing import ANYONE, Kind, Route

_API: Final = "/api/v1/enrolment"

ENROLMENT_ROUTES: Final = (
    Route(
        method="GET",
        path="/enrol",
        handler=enrolments.page,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="The page behind an enrolment link",
    ),
    Route(
        method="POST",
        path=f"{_API}/claim",
        handler=enrolments.claim,
        who=ANYONE,
        request=shapes.ClaimEnrolment,
        answer=shapes.EnrolmentShown,
        status=201,
        problems=(404, 409, 410),
        summary="Hold an enrolment link in this browser; gives its cookie",
    ),
    Route(
        method="GET",
        path=_API,
        handler=enrolments.show,
        who=ANYONE,
        answer=shapes.EnrolmentShown,
        problems=(404, 409, 410, 503),
        summary="The enrolment that this browser holds",
    ),
    Route(
        method="POST",
        path=f"{_API}/password",
        handler=enrolments.choose_password,
        who=ANYONE,
        request=shapes.ChoosePassword,
        answer=shapes.EnrolmentShown,
        problems=(404, 409, 410),
        summary="Choose a password (staff); nothing changes before the code",
    ),
    Route(
        method="POST",
        path=f"{_API}/secret",
        handler=enrolments.new_secret,
        who=ANYONE,
        answer=shapes.SecretShown,
        problems=(404, 409, 410),
        summary="A new secret for the authenticator app, shown once",
    ),
    Route(
        method="POST",
        path=f"{_API}/finish",
        handler=enrolments.finish,
        who=ANYONE,
        request=shapes.ConfirmCode,
        answer=shapes.EnrolmentShown,
        problems=(404, 409, 410),
        summary="The app's code: what was chosen counts from now on",
    ),
    Route(
        method="POST",
        path=f"{_API}/recovery-codes",
        handler=enrolments.recovery_codes,
        who=ANYONE,
        answer=shapes.RecoveryCodesShown,
        problems=(404, 409, 410, 503),
        summary="A customer's last step: ten recovery codes, shown once",
    ),
)
