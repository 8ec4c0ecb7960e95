"""Why a try came to nothing, in words of ours: what the other side said is kept nowhere."""

from enum import StrEnum


class Cause(StrEnum):
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    REFUSED = "refused"  # the other side said no
    SIGN_IN = "sign_in"  # the mail server does not take our name and password
    ADDRESS = "address"  # no mail goes to such an address
    DESTINATION = "destination"  # the webhook's address is one that is never called
    GONE = "gone"  # the endpoint says that it is no more (410)
    NO_SERVER = "no_server"  # no mail server is set


class TryFailed(Exception):
    """`final`: another try cannot end otherwise."""

    def __init__(self, cause: Cause, *, final: bool = False) -> None:
        super().__init__(cause.value)
        self.cause, self.final = cause, final
