"""Linking staff to their identity at the organisation's own provider. Never by a mail address or a name: whoever can
change those there would become somebody else here."""

from audit.event import Actor, EventName, Fact
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.administration.identity_acts import IdentityLinked, LinkIdentity, UnlinkIdentity
from server.oidc.id_token import is_subject
from server.storage.database import AlreadyThere
from server.storage.staff_identities import StaffIdentity
from support.identity import StaffId
from support.staff import Staff


class IdentityOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def link(self, act: LinkIdentity, by: Actor) -> IdentityLinked:
        issuer = self._ground.issuer
        if not issuer:
            raise ActRefused("The settings name no provider: set oidc.issuer first. Nothing was changed.")
        if not is_subject(act.subject):
            raise ActRefused("That is no subject of a provider. Nothing was changed.")
        staff = await self._staff(act.username)
        if not staff.helps_customers:
            raise ActRefused(
                f"{staff.username} is {staff.role.value}: officers sign in with their own passkey. Nothing was changed."
            )
        replaces = await self._ground.stores.staff_identities.of_staff(issuer, staff.id) is not None
        identity = StaffIdentity(issuer, act.subject, staff.id)
        intent = self._ground.register.intent(EventName.OPERATOR_IDENTITY_LINKED, by, _facts(staff.id))
        try:
            await self._ground.register.carry_out(
                [intent],
                lambda index: self._ground.stores.staff_identities.link(
                    identity, index, self._ground.clock.now_ms()
                ),
            )
        except AlreadyThere:
            raise ActRefused("That identity is somebody else's already. Nothing was changed.") from None
        ended = await self._ground.exclusion.sign_out(staff.id) if replaces else 0
        return IdentityLinked(username=staff.username, issuer=issuer, subject=act.subject, ended=ended)

    async def unlink(self, act: UnlinkIdentity, by: Actor) -> IdentityLinked:
        staff = await self._staff(act.username)
        rows, ended = self._ground.stores.staff_identities, 0
        if await rows.anywhere(staff.id):
            # Before the row goes, so that no sign-in links another; and after, so that none is left that was under way.
            ended = await self._ground.exclusion.sign_out(staff.id)
            await rows.unlink(staff.id)
            ended += await self._ground.exclusion.sign_out(staff.id)
            self._ground.register.taken_away(EventName.OPERATOR_IDENTITY_UNLINKED, by, _facts(staff.id))
        return IdentityLinked(username=staff.username, issuer=self._ground.issuer, subject="", ended=ended)

    async def _staff(self, username: str) -> Staff:
        found = await self._ground.stores.staff.find_by_username(username)
        if found is None:
            raise ActRefused(f"Nobody here has the username {username!r}. Nothing was changed.")
        return found


def _facts(staff: StaffId) -> dict[str, Fact]:
    return {"staff": staff}
