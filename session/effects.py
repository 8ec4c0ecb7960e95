"""What a step asks of the world. Pure data, a closed set; the conductor carries it out in the order it stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GrantMedia:
    """Media of `epoch` may flow from now on. Carried out only after the intent entry and the row are durable."""

    epoch: int


@dataclass(frozen=True, slots=True)
class RevokeMedia:
    """Media of `epoch` and every lower one stops, for good. Carried out before anything else, waiting for nothing."""

    epoch: int


@dataclass(frozen=True, slots=True)
class CloseMedia:
    """Both legs go. Carried out like RevokeMedia."""


@dataclass(frozen=True, slots=True)
class NotifyParties:
    """Whoever looks at this session must be shown the new one."""


Effect = GrantMedia | RevokeMedia | CloseMedia | NotifyParties
