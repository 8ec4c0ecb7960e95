"""Who, besides its owner, may read a file: by its mode, and by its access list where it has one.

systemd gives a service its credentials as files of root's with a list that names the service's user. A list's mask
stands where the group's bits are, so such a file looks as if a group could read it (acl(5), "Correspondence").
"""

import contextlib
import os
import stat
import struct
from pathlib import Path
from typing import Final

_OTHERS: Final = 0o077
_ATTRIBUTE: Final = "system.posix_acl_access"
_HEADER: Final = struct.Struct("<I")
_ENTRY: Final = struct.Struct("<HHI")  # tag, permissions, id (Linux, posix_acl_xattr.h)
_VERSION: Final = 2
_OWNER, _USER, _MASK = 0x01, 0x02, 0x10
_OWN_KINDS: Final = frozenset({_OWNER, _MASK})


def others_may_use(path: Path) -> bool:
    """Whether anybody but the file's owner and this process's own user has a right to it. Raises OSError."""
    if not stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        return False
    rights = _access_list(path)
    if not rights:
        return True
    own = {(_USER, os.geteuid())}
    return any(
        permissions and tag not in _OWN_KINDS and (tag, name) not in own for tag, permissions, name in rights
    )


def _access_list(path: Path) -> list[tuple[int, int, int]]:
    """Tag, permissions and id of each line; none where there is no list, or none that is understood."""
    content = b""
    with contextlib.suppress(OSError, AttributeError):  # no list; no such lists on this system
        content = os.getxattr(path, _ATTRIBUTE)
    if len(content) < _HEADER.size or _HEADER.unpack_from(content)[0] != _VERSION:
        return []
    lines = content[_HEADER.size :]
    return list(_ENTRY.iter_unpack(lines)) if len(lines) % _ENTRY.size == 0 else []
