"""The ring of keys that seal authenticators: another key, and the end of an old one."""

from dataclasses import replace

from audit.event import Actor, EventName, Fact, Outcome
from audit.kek import KeyUnavailable
from server.administration import ring_acts as acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.resealing import Resealed, ResealingRefused

_STANDS = "Every code is verified as before. Ask again to finish what was begun."


class RingOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def rotate(self, _: acts.RotateAuthenticators, by: Actor) -> acts.AuthenticatorsResealed:
        return await self._performed(by, 0)

    async def retire(self, act: acts.RetireAuthenticatorKey, by: Actor) -> acts.AuthenticatorsResealed:
        return await self._performed(by, act.number)

    async def _performed(self, by: Actor, retired: int) -> acts.AuthenticatorsResealed:
        ground, facts = self._ground, {"retired": retired}
        intent = ground.register.intent(EventName.OPERATOR_AUTHENTICATORS_RESEALED, by, facts)
        entry = (await ground.log.append(intent)).index
        try:
            done = await (ground.resealing.retire(retired) if retired else ground.resealing.rotate())
        except (KeyUnavailable, ResealingRefused) as error:
            failed = replace(intent, outcome=Outcome.FAILED, intent=entry, facts={})
            ground.log.append_reducing(replace(failed, at_ms=ground.clock.now_ms()))
            said = str(error).rstrip(".")
            raise ActRefused(
                f"{said}. {_STANDS}" if isinstance(error, KeyUnavailable) else f"{said}."
            ) from error
        outcome = replace(intent, outcome=Outcome.DONE, intent=entry, facts=_told(done, retired))
        await ground.log.append(replace(outcome, at_ms=ground.clock.now_ms()))
        return acts.AuthenticatorsResealed(
            key=done.key,
            authenticators=done.rows,
            changed=done.changed,
            broken=done.broken,
            keys=list(done.keys),
            retired=retired,
            entry=entry,
        )


def _told(done: Resealed, retired: int) -> dict[str, Fact]:
    return {
        "key": done.key,
        "authenticators": done.rows,
        "changed": done.changed,
        "broken": done.broken,
        "retired": retired,
    }
