"""Who types commands on this machine, as the log names them: "host:" and the user's name."""

import pwd
from typing import Final

from audit.event import Actor, ActorKind

PREFIX: Final = "host:"


def operator(uid: int) -> Actor:
    """The kernel's word for who it is; a user without a name is told by number."""
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Actor(ActorKind.OPERATOR, PREFIX + name)
