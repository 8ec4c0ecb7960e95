"""Text of somebody else's, made fit for a terminal and for any encoding. Pure."""

import unicodedata

_REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """Whoever could write to the log, or into a folder of it, must not write to the reader's terminal: a file can be
    called what a good result looks like. Bytes of a name that are no text (lone surrogates) are replaced too."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _REPLACEMENT if unicodedata.category(letter).startswith("C") else letter for letter in text
    )
