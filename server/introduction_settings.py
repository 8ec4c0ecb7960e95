"""What can be set of introductions: the group [introduction]."""

from typing import Annotated

import msgspec


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class IntroductionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How customers make sure who the agent is. Every agent shows a signed badge; see verification/INTRODUCTION.md."""

    words: Annotated[
        str,
        _says(
            "With whom words are compared besides: voice (everybody whom the agent talks to, by phone for instance), "
            "always or never."
        ),
    ] = "voice"
    agents_by_passkey: Annotated[
        bool,
        _says(
            "Whether a badge is made only for agents who confirm it with a passkey. If not, those who have none stand "
            "for it by having signed in; who has one uses it in any case."
        ),
    ] = False
    badge_hours: Annotated[int, _says("For how many hours a badge holds at most, 1 to 12.")] = 12
    issuer: Annotated[
        str,
        _says(
            "The socket of `tachiai badge-issuer`, a process of its own that holds the badge key; an absolute path. "
            "Empty: this server makes badges itself."
        ),
    ] = ""
    key_file: Annotated[
        str,
        _says(
            "The file of the badge key, where this server makes badges itself; an absolute path, best not in the data "
            "folder. Made by init. Empty: badge-keys.json beside the other keys."
        ),
    ] = ""
