"""A password that a setting names by its file: one line, readable for the server's user only."""

from typing import Final

from audit.kek import KeyUnavailable, read_secret
from server.settings import SettingsRefused, secret_place

LARGEST_PASSWORD_BYTES: Final = 1_024


def password_in(setting: str, access: str, of: str) -> str:
    """`setting` names the file, `of` says whose password it is. Raises SettingsRefused."""
    try:
        content = read_secret(secret_place(access))
        text = content.decode("utf-8").strip()
    except (KeyUnavailable, OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{setting}, the file of {of}'s password, cannot be used: {error}.") from error
    if not 0 < len(content) <= LARGEST_PASSWORD_BYTES or not text.isprintable() or not text:
        raise SettingsRefused(f"{setting} names a file that holds no password: it is one line.")
    return text
