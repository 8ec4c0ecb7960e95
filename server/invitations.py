"""Making an invitation's two secrets, and turning what a customer brings back into a session."""

import io
import secrets
from dataclasses import dataclass
from typing import Final

import segno
import structlog

from server.storage.claims import Claims
from session import invitation
from session.identity import DeviceId, SessionId
from session.invitation import Invitation, InvitationKind, InvitationStore
from session.model import Session
from session.ports import StoreUnavailable

_log: Final = structlog.get_logger("invitations")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Shown once, to the agent who invites, and kept nowhere. `code` is grouped for speech."""

    token: str
    code: str


class Invitations:
    def __init__(self, store: InvitationStore, claims: Claims, key: bytes) -> None:
        self._store, self._claims, self._key = store, claims, key

    async def invite(self, session: Session, drawn: tuple[bytes, bytes] | None = None) -> Secrets:
        """`drawn`: what the token and the code are made of, where they must be made again; else fresh chance. Raises
        StoreUnavailable."""
        of_token, of_code = drawn or (
            secrets.token_bytes(invitation.TOKEN_BYTES),
            secrets.token_bytes(invitation.CODE_BYTES),
        )
        token, code = invitation.token_from(of_token), invitation.code_from(of_code)
        await self._store.add(
            Invitation(
                session=session.id,
                token_hash=invitation.stored_hash(self._key, InvitationKind.LINK, token),
                code_hash=invitation.stored_hash(self._key, InvitationKind.SPOKEN, code),
                created_at=session.opened_at,
                expires_at=session.invitation_expires_at,
            )
        )
        return Secrets(token, invitation.in_groups(code))

    def secrets_of(self, of_token: bytes, of_code: bytes) -> Secrets:
        """Those that were made of these bytes."""
        return Secrets(invitation.token_from(of_token), invitation.in_groups(invitation.code_from(of_code)))

    async def session_of_token(self, token: str, now: int) -> SessionId | None:
        """Whose invitation this opens; None for whatever opens none. Raises StoreUnavailable."""
        if not invitation.is_token(token):
            return None
        return await self._session_of(InvitationKind.LINK, token, now)

    async def session_of_code(self, typed: str, now: int) -> SessionId | None:
        """As `session_of_token`, for what a person typed."""
        folded = invitation.fold(typed)
        return None if folded is None else await self._session_of(InvitationKind.SPOKEN, folded, now)

    async def reserve(self, session: SessionId, device: DeviceId, now: int) -> str | None:
        """The cookie's token, to be given out only once the law has let the customer in; None if another was first."""
        return await self._claims.reserve(session, device, now)

    async def release(self, session: SessionId, token: str) -> None:
        """The law has not let them in. If this cannot be written, the reservation runs out by itself."""
        try:
            await self._claims.release(session, token)
        except StoreUnavailable:
            _log.warning("a reservation stays until it runs out", session=session)

    async def withdraw(self, session: SessionId, now: int) -> None:
        """Its session has ended. What could not be written is refused by the session's state all the same."""
        try:
            await self._store.withdraw(session, now)
        except StoreUnavailable:
            _log.warning("an invitation could not be withdrawn", session=session)

    async def _session_of(self, kind: InvitationKind, canonical: str, now: int) -> SessionId | None:
        stored = invitation.stored_hash(self._key, kind, canonical)
        return await self._claims.session_of(kind, stored, now)


def qr_svg(link: str) -> str:
    """The link as an SVG document with one path."""
    drawing = io.BytesIO()
    segno.make(link, micro=False, error="m").save(drawing, kind="svg", xmldecl=False, svgns=True, nl=False)
    return drawing.getvalue().decode("ascii")
