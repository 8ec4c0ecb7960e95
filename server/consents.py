"""The consent prompt in all languages, and what the customer signed checked against it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from server.http.catalogues import Catalogues
from server.signalling.views import Labels
from session import consent
from session.consent import NothingToPropose, Proposal, Wording
from session.events import ConsentGranted
from session.model import Session

WORDING_VERSION: Final = 1
WORDING_KEY: Final = f"consent.wording.{WORDING_VERSION}"


class Consents:
    def __init__(self, catalogues: Catalogues, durations_s: Sequence[int]) -> None:
        self._catalogues = catalogues
        self._durations_ms = tuple(seconds * 1_000 for seconds in durations_s)

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

    def _proposal(self, session: Session, labels: Labels) -> Proposal:
        proposal = consent.propose(
            session,
            agent_number=labels.agent_number,
            agent_name=labels.agent_name,
            organisation=labels.organisation,
            wordings=tuple(self._wording(code, labels) for code in self._catalogues.by_language),
        )
        return replace(proposal, durations_ms=self._durations_ms)

    def _wording(self, language: str, labels: Labels) -> Wording:
        text = self._catalogues[language].text(
            WORDING_KEY, agent=labels.agent_name, number=labels.agent_number, organisation=labels.organisation
        )
        return Wording(WORDING_VERSION, language, text)
