"""The consent prompt in all languages, and what the customer signed checked against it."""

from typing import Final

import msgspec

from server.assured import policy_from, surface_levels
from server.http.catalogues import Catalogues
from server.settings import Settings
from server.signalling.views import Labels
from session import consent
from session.consent import NothingToPropose, Proposal, Wording
from session.events import ConsentGranted
from session.model import Scope, Session

WORDING_VERSION: Final = 3
WORDING_KEYS: Final = {version: f"consent.wording.{version}" for version in range(1, WORDING_VERSION + 1)}
EXTRAS: Final = (Scope.CHAT, Scope.POINTER)


class Consents:
    def __init__(self, catalogues: Catalogues, settings: Settings) -> None:
        self._catalogues = catalogues
        self._levels = surface_levels(policy_from(settings.assurance))
        self._durations_ms = tuple(seconds * 1_000 for seconds in settings.consent.durations_s)

    def as_json(self, session: Session, labels: Labels) -> bytes | None:
        """The proposal for the customer's page; None where no consent is asked for."""
        try:
            return msgspec.json.encode(self._proposal(session, labels).members())
        except NothingToPropose:
            return None

    def check(
        self, session: Session, labels: Labels, document: str, signature: str, now: int
    ) -> ConsentGranted:
        """The event that grants what was signed. Raises ConsentInvalid, NothingToPropose."""
        proposal = self._proposal(session, labels)
        public_key = session.device.public_key if session.device else ""
        return consent.check(document, signature, public_key, proposal, now)

    def wording(self, named: tuple[int, str, str], labels: Labels) -> str | None:
        """The text with this version, language and SHA-256; None where it is not among our texts."""
        version, language, sha256 = named
        if version not in WORDING_KEYS or language not in self._catalogues.by_language:
            return None
        found = self._wording(language, labels, version)
        return found.text if found.sha256 == sha256 else None

    def _proposal(self, session: Session, labels: Labels) -> Proposal:
        return consent.propose(
            session,
            agent_number=labels.agent_number,
            agent_name=labels.agent_name,
            organisation=labels.organisation,
            wordings=tuple(self._wording(code, labels) for code in self._catalogues.by_language),
            levels=self._levels,
            durations_ms=self._durations_ms,
            extras=EXTRAS,
        )

    def _wording(self, language: str, labels: Labels, version: int = WORDING_VERSION) -> Wording:
        text = self._catalogues[language].text(
            WORDING_KEYS[version],
            agent=labels.agent_name,
            number=labels.agent_number,
            organisation=labels.organisation,
        )
        return Wording(version, language, text)
