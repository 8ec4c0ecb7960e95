"""What nobody may write to the other in a session, with the sentence for whoever tried. Pure."""

from collections.abc import Sequence
from typing import Final

from session.errors import ChatRefused
from session.model import Party
from verification.asking import asks_for_secret
from verification.typed_secrets import TypedSecret, secret_in

ASKS: Final = "asks_code"
_SENTENCES: Final = {
    TypedSecret.CODE: "Six to eight digits can be a code, so this was not sent, and not kept. Codes are typed into "
    "their own field only. Write amounts with commas, and dates with points or words.",
    TypedSecret.RECOVERY_CODE: "This looks like a recovery code, so it was not sent, and not kept. Nobody here may "
    "ask for it.",
    TypedSecret.PHRASE: "This looks like a recovery phrase, so it was not sent, and not kept. Whoever has it has "
    "everything: never show it to anybody.",
}
_ASKED: Final = (
    "This asks for a code or a password, so it was not sent; this was recorded. Customers type their codes on their "
    "own page, never to you."
)


class HeldBack(ChatRefused):
    """`kind` is what the log says of the text, and all that it says."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"chat_{kind}", detail)
        self.kind = kind


def must_be_harmless(text: str, just_before: Sequence[str], party: Party) -> None:
    """`just_before`: what the same party wrote last, the latest last. Raises HeldBack."""
    if (found := secret_in(text, list(just_before))) is not None:
        raise HeldBack(found.value, _SENTENCES[found])
    if party is Party.AGENT and asks_for_secret(text):
        raise HeldBack(ASKS, _ASKED)
