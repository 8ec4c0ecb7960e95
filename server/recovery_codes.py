"""Making a customer's recovery codes. They are shown once; only their hashes are kept."""

from audit.event import Actor, EventName, Fact
from server.administration.register import Register
from server.storage.recovery_codes import SqlRecoveryCodeStore
from server.storage.transaction import Within
from support.identity import CustomerId
from verification import recovery_code
from verification.passwords import Passwords
from verification.recovery_codes import new_codes


class RecoveryCodeMaking:
    """Who may have them is the caller's to judge: whoever has just enrolled, or is signed in by a passkey."""

    def __init__(self, store: SqlRecoveryCodeStore, passwords: Passwords, register: Register) -> None:
        self._store, self._passwords, self._register = store, passwords, register

    async def make(
        self, customer: CustomerId, by: Actor, facts: dict[str, Fact], now: int, *within: Within
    ) -> list[str]:
        """Ten, as they are printed, in place of all before. `facts` tell by which right; `within` judges that once
        more in the write. Raises LogUnavailable, StoreUnavailable, TooBusy, what `within` raises: then the former ones
        are good still."""
        codes, hashes = await new_codes(self._passwords)
        intent = self._register.intent(
            EventName.CUSTOMER_RECOVERY_CODES_MADE,
            by,
            {"count": len(codes), **facts},
            customer=customer,
        )
        await self._register.carry_out(
            [intent], lambda index: self._store.replace(customer, hashes, index, now, *within)
        )
        return [recovery_code.shown(code) for code in codes]

    async def left(self, customer: CustomerId) -> int:
        """Raises StoreUnavailable."""
        return await self._store.remaining(customer)
