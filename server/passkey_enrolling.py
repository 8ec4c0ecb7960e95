"""A passkey by an enrolment link: in place of an authenticator app, or beside it once its code has confirmed that.

As with the app, what the person had before is replaced: a link is for somebody who begins, or who has lost something,
and a passkey that somebody else brought in must not survive it. Whoever has a passkey adds another by using it.
"""

from typing import Final

from audit.event import ActorKind, Fact
from server.enrolling import Enrolling, Held
from server.passkeys import Holder, Passkeys
from server.storage.database import AlreadyThere
from server.storage.enrolments import must_go_on
from verification.enrolment import EnrolmentRefused, Reason, Stage
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import RegistrationResponse
from verification.passkeys import RegistrationAsked

# After the app's code was right, this browser may go on to a passkey for so long; a shared computer is soon left.
ALSO_WITHIN_MS: Final = 600_000


class PasskeyEnrolling:
    def __init__(self, enrolling: Enrolling, passkeys: Passkeys) -> None:
        self._enrolling, self._passkeys = enrolling, passkeys

    async def options(self, held: Held, now: int) -> RegistrationAsked:
        """Raises EnrolmentRefused, PasskeyRefused."""
        await self._check(held, now)
        return await self._passkeys.registration_options(holder_of(held), binding=_binding(held), now=now)

    async def register(self, held: Held, response: RegistrationResponse, label: str, now: int) -> Held:
        """The link afterwards. Raises EnrolmentRefused, PasskeyRefused, LogUnavailable."""
        await self._check(held, now)
        holder, binding = holder_of(held), _binding(held)
        if held.link.stage() is Stage.DONE:
            facts: dict[str, Fact] = {"enrolment": held.link.id}
            await self._passkeys.register(
                holder,
                response,
                binding=binding,
                label=label,
                now=now,
                facts=facts,
                within=lambda connection: must_go_on(connection, held.link, now),
            )
            return held
        passkey = await self._passkeys.new(holder, response, binding=binding, label=label, now=now)
        told: dict[str, Fact] = {"passkey": passkey.id, "method": "passkey"}
        try:
            return await self._enrolling.replaced(
                held, told, lambda intent: self._passkeys.new_row(passkey, intent), now
            )
        except AlreadyThere as error:
            raise PasskeyRefused(Refusal.KNOWN, owner=holder.subject.id) from error

    async def offered(self, held: Held, now: int) -> bool:
        """Whether this browser may add one now."""
        try:
            await self._check(held, now)
        except EnrolmentRefused:
            return False
        return True

    async def _check(self, held: Held, now: int) -> None:
        link = held.link
        if link.stage() in {Stage.AUTHENTICATOR, Stage.CODE}:
            return
        if link.finished_at_ms is None or now >= link.finished_at_ms + ALSO_WITHIN_MS:
            raise EnrolmentRefused(Reason.NOT_NOW, link)
        if await self._passkeys.of(link.subject):
            raise EnrolmentRefused(Reason.NOT_NOW, link)


def holder_of(held: Held) -> Holder:
    return Holder(held.link.subject, ActorKind(held.person.actor.kind))


def _binding(held: Held) -> str:
    return f"enrolment/{held.link.id}"
