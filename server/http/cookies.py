"""The cookies: one name a role, so that three roles fit in two windows, and one for the language."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from server.http.routing import Who

LONGEST_TOKEN: Final = 128
ENROLMENT: Final = "tachiai-enrolment"
DEVICE: Final = "tachiai-device"
PROVIDER: Final = "tachiai-provider"
PASSKEY: Final = "tachiai-passkey"
VISIT: Final = "tachiai-visit"
LANGUAGE: Final = "tachiai-language"
_YEAR_S: Final = 365 * 24 * 3600
_NAMES: Final = {
    Who.AGENT: "tachiai-agent",
    Who.OFFICER: "tachiai-security",
    Who.CUSTOMER: "tachiai-customer",
    Who.ME: "tachiai-me",
}


@dataclass(frozen=True, slots=True)
class Cookies:
    """`secure` False is the demo on http://localhost: browsers take no `__Host-` cookie there."""

    secure: bool

    def name(self, who: Who) -> str:
        return f"__Host-{_NAMES[who]}" if self.secure else _NAMES[who]

    def token(self, request: web.Request, who: Who) -> str | None:
        """The token in this role's cookie; one of an impossible length counts as none."""
        token = request.cookies.get(self.name(who))
        return token if token is not None and 0 < len(token) <= LONGEST_TOKEN else None

    def give(self, response: web.StreamResponse, who: Who, token: str) -> None:
        response.set_cookie(
            self.name(who), token, httponly=True, samesite="Strict", path="/", secure=self.secure
        )

    def take_back(self, response: web.StreamResponse, who: Who) -> None:
        response.del_cookie(self.name(who), path="/", secure=self.secure, httponly=True, samesite="Strict")

    def short(self, request: web.Request, name: str) -> str | None:
        """The token of a cookie that lives for minutes, as `token`."""
        token = request.cookies.get(self._named(name))
        return token if token is not None and 0 < len(token) <= LONGEST_TOKEN else None

    def give_short(self, response: web.StreamResponse, name: str, token: str, *, lasts_s: int) -> None:
        """`Lax`: it has to come along when another site's page leads back here."""
        response.set_cookie(
            self._named(name),
            token,
            max_age=lasts_s,
            httponly=True,
            samesite="Lax",
            path="/",
            secure=self.secure,
        )

    def take_back_short(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(self._named(name), path="/", secure=self.secure, httponly=True, samesite="Lax")

    def enrolment(self, request: web.Request) -> str | None:
        """The holder's token of an enrolment link, as `token`."""
        token = request.cookies.get(self._enrolment_name)
        return token if token is not None and 0 < len(token) <= LONGEST_TOKEN else None

    def give_enrolment(self, response: web.StreamResponse, token: str, *, lasts_s: int) -> None:
        """It outlives the browser's window: setting up an app may take a detour, but no longer than the link lives."""
        response.set_cookie(
            self._enrolment_name,
            token,
            max_age=lasts_s,
            httponly=True,
            samesite="Strict",
            path="/",
            secure=self.secure,
        )

    def device(self, request: web.Request) -> str | None:
        """By which a browser is known where a customer was verified before, as `token`."""
        token = request.cookies.get(self._device_name)
        return token if token is not None and 0 < len(token) <= LONGEST_TOKEN else None

    def give_device(self, response: web.StreamResponse, token: str) -> None:
        response.set_cookie(
            self._device_name,
            token,
            max_age=_YEAR_S,
            httponly=True,
            samesite="Strict",
            path="/",
            secure=self.secure,
        )

    @property
    def _device_name(self) -> str:
        return f"__Host-{DEVICE}" if self.secure else DEVICE

    @property
    def _enrolment_name(self) -> str:
        return self._named(ENROLMENT)

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def keep_language(self, response: web.StreamResponse, language: str) -> None:
        response.set_cookie(
            LANGUAGE,
            language,
            max_age=_YEAR_S,
            httponly=True,
            samesite="Strict",
            path="/",
            secure=self.secure,
        )
