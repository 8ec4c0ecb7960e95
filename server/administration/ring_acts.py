"""Acts about the ring of keys that seal authenticators."""

from typing import Annotated

import msgspec

from server.administration.act import Act, Answer


class AuthenticatorsResealed(Answer, frozen=True, kw_only=True):
    """The key `key` seals all `authenticators`, `changed` of them anew; `broken` open with no key. `keys` are in the
    ring, the one that seals last. `retired`: taken out by this act, 0 for none. `entry` records it."""

    key: int
    authenticators: int
    changed: int
    broken: int
    keys: list[int]
    retired: int
    entry: int


class RotateAuthenticators(
    Act[AuthenticatorsResealed], frozen=True, kw_only=True, tag="authenticators.rotate"
):
    """A new key, and every authenticator sealed with it; an unfinished rotation is finished instead."""


class RetireAuthenticatorKey(
    Act[AuthenticatorsResealed], frozen=True, kw_only=True, tag="authenticators.retire"
):
    """Takes an old key out, once nothing needs it."""

    number: Annotated[int, msgspec.Meta(ge=1, le=999_999_999)]


RingAct = RotateAuthenticators | RetireAuthenticatorKey
