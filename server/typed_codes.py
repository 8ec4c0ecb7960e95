"""What a customer types in the session's page, judged by the verifier of its kind: codes of an app, recovery codes."""

from dataclasses import dataclass, field
from functools import partial

from server.factor_news import FactorNews
from server.verifications import Attempt, NotProved, Proved
from support.identity import CustomerId
from verification.assurance import Assurance
from verification.customer_code import CodeRefused, CodeVerified, CustomerCodeVerifier
from verification.recovery_codes import RecoveryVerified, RecoveryVerifier


@dataclass(frozen=True, slots=True)
class TypedCode:
    """`known_device`: the id of the browser, where this very customer was verified in it before; "" for any other."""

    code: str = field(repr=False)
    known_device: str = ""


class AppCodes:
    """Codes of an authenticator app. Implements `verifications.Verifier`."""

    def __init__(self, codes: CustomerCodeVerifier, news: FactorNews) -> None:
        self._codes, self._news = codes, news

    async def verify(self, attempt: Attempt) -> Proved | NotProved:
        return await self.judge(
            attempt.session.customer, attempt.session.id, attempt.device, _typed(attempt), attempt.now_ms
        )

    async def judge(
        self, customer: str, where: str, device: str, typed: TypedCode, now_ms: int
    ) -> Proved | NotProved:
        """As `verify`, also outside a session: `where` and `device` name whoever uses the code up."""
        result = await self._codes.verify(
            customer=customer,
            session=where,
            device=device,
            known_device=typed.known_device,
            code=typed.code,
            now_ms=now_ms,
        )
        if isinstance(result, CodeVerified):
            stands = partial(self._codes.stands, customer, result.authenticator)
            return Proved(Assurance(result.level), stands=stands)
        await _tell(self._news, customer, result, now_ms)
        return NotProved(replayed=result.replayed, counted=result.counted)


class RecoveryCodes:
    """Recovery codes. Implements `verifications.Verifier`. The customer is told with the write that uses one up."""

    def __init__(self, codes: RecoveryVerifier, news: FactorNews) -> None:
        self._codes, self._news = codes, news

    async def verify(self, attempt: Attempt) -> Proved | NotProved:
        typed = _typed(attempt)
        result = await self._codes.verify(
            customer=attempt.session.customer,
            session=attempt.session.id,
            device=attempt.device,
            known_device=typed.known_device,
            code=typed.code,
            now_ms=attempt.now_ms,
        )
        if isinstance(result, RecoveryVerified):
            return Proved(Assurance(result.level))
        await _tell(self._news, attempt.session.customer, result, attempt.now_ms)
        return NotProved(replayed=result.replayed, counted=result.counted)


def _typed(attempt: Attempt) -> TypedCode:
    return attempt.evidence if isinstance(attempt.evidence, TypedCode) else TypedCode("")


async def _tell(news: FactorNews, named: str, refused: CodeRefused, now_ms: int) -> None:
    customer = CustomerId(named)
    if refused.device is not None:
        news.device_void(customer, refused.device, now_ms)
    if refused.disabled is not None:
        await news.disabled(customer, refused.disabled, now_ms)
