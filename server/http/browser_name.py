"""A rough name for a browser, for its owner to know it again: a few known words, whatever the header says."""

from typing import Final

LONGEST_READ: Final = 512
# The first that is found, in this order: each of these browsers also names those after it.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def rough_name(user_agent: str) -> str:
    """ "Firefox · Linux"; "" where nothing in it is known."""
    read = user_agent[:LONGEST_READ]
    words = [next((word for mark, word in known if mark in read), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(word for word in words if word)
