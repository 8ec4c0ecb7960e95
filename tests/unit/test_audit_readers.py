"""A key file is refused when others may read it, by its mode or by its access list; a service's credential is not."""

import os
import struct
from pathlib import Path

import pytest

from audit.kek import KeyUnavailable, read_secret

OWNER, USER, GROUP_OF_FILE, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
READ, NOBODY = 4, 0xFFFFFFFF
ME, SOMEBODY = os.geteuid(), 54_321


def with_list(path: Path, *lines: tuple[int, int, int]) -> Path:
    """The file with this access list, written as acl(5) has it in the file system's own form."""
    path.write_bytes(b"secret")
    path.chmod(0o400)
    content = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *line) for line in sorted(lines))
    os.setxattr(path, "system.posix_acl_access", content)
    return path


def usual(*more: tuple[int, int, int]) -> tuple[tuple[int, int, int], ...]:
    return (
        (OWNER, READ, NOBODY),
        (GROUP_OF_FILE, 0, NOBODY),
        (MASK, READ, NOBODY),
        (OTHER, 0, NOBODY),
        *more,
    )


def test_a_key_that_a_list_opens_to_this_user_alone_is_read(tmp_path: Path) -> None:
    file = with_list(tmp_path / "kek", *usual((USER, READ, ME)))
    assert file.stat().st_mode & 0o077, "the list's mask looks like the group's right"
    assert read_secret(file) == b"secret"


@pytest.mark.parametrize(
    "line", [(USER, READ, SOMEBODY), (GROUP, READ, SOMEBODY)], ids=["another user", "a group"]
)
def test_a_key_that_a_list_opens_to_somebody_else_is_refused(
    tmp_path: Path, line: tuple[int, int, int]
) -> None:
    file = with_list(tmp_path / "kek", *usual((USER, READ, ME), line))
    with pytest.raises(KeyUnavailable, match="may be read by others"):
        read_secret(file)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o460, 0o601])
def test_a_key_that_its_mode_opens_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "kek"
    file.write_bytes(b"secret")
    file.chmod(mode)
    with pytest.raises(KeyUnavailable, match="may be read by others"):
        read_secret(file)
