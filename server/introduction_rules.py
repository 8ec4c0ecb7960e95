"""Which settings of [introduction] can be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.introduction_settings import IntroductionSettings
from server.introductions import WORDS_CHOICES

LONGEST_BADGE_HOURS: Final = 12


def introduction_broken(introduction: IntroductionSettings) -> Iterator[str]:
    if introduction.words not in WORDS_CHOICES:
        yield f"introduction.words is one of {', '.join(WORDS_CHOICES)}."
    if not 1 <= introduction.badge_hours <= LONGEST_BADGE_HOURS:
        yield f"introduction.badge_hours lies between 1 and {LONGEST_BADGE_HOURS}."
    for name in ("issuer", "key_file"):
        place = getattr(introduction, name)
        if place and not Path(place).is_absolute():
            yield f"introduction.{name} is an absolute path."
    if introduction.issuer and introduction.key_file:
        yield "introduction.issuer and introduction.key_file exclude each other: the issuer's process has the key."
