"""The text that a consent's document names, made anew from the document itself and the texts of this version."""

import json
from functools import cache

from server.consents import WORDING_KEYS
from server.http.catalogues import Catalogues, known_languages, read_folder
from server.installation import web_folder
from session.consent import Wording


def wording_of(document: str) -> str | None:
    """None where this version no longer has the text. Reads files at its first call. Raises CatalogueRefused."""
    try:
        found = json.loads(document)
        wording, agent = found["wording"], found["agent"]
        if wording["version"] not in WORDING_KEYS or wording["language"] not in _catalogues().by_language:
            return None
        text = _catalogues()[wording["language"]].text(
            WORDING_KEYS[wording["version"]],
            agent=agent["name"],
            number=agent["number"],
            organisation=found["organisation"],
        )
    except (ValueError, KeyError, TypeError):
        return None
    named = Wording(wording["version"], wording["language"], text)
    return text if named.sha256 == wording["sha256"] else None


@cache
def _catalogues() -> Catalogues:
    folder = web_folder() / "locales"
    return read_folder(folder, known_languages(folder))
