"""Which introduction a session asks for: a badge, or words besides. Policy, from the settings."""

from typing import Final, Literal

from session.model import Introduction

Contact = Literal["voice", "text"]
WORDS_CHOICES: Final = ("voice", "always", "never")


class Introductions:
    """`words`: with whom words are compared.

    - `voice`: with everybody whom the agent talks to. Over text alone words prove nothing: whoever relays the text
      relays the words.
    - `always`, `never`: whatever the contact.
    """

    def __init__(self, words: str) -> None:
        self._words = words

    def asked(self, contact: Contact | None) -> Introduction:
        """`contact` is how agent and customer are in touch; what is not told counts as a voice from outside."""
        if self._words == "always" or (self._words == "voice" and contact in {None, "voice"}):
            return Introduction.WORDS
        return Introduction.BADGE
