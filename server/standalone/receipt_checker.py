"""The page that checks receipts, as one HTML file: it runs from a disk, with no server and no network."""

import base64
import hashlib
import html
import re
from pathlib import Path
from typing import Final

from server.http.catalogues import Catalogues, read_folder, script_json
from server.standalone.bundle import bundle

ENTRY: Final = "standalone/receipt_check.js"
SHELL: Final = "standalone/receipt_check.html"
STYLES: Final = ("tokens", "base", "components", "customer", "receipt")

_KEY: Final = re.compile(r'"([a-z_]+(?:\.[a-zA-Z0-9_]+)+)"')
_POLICY: Final = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def receipt_checker(web: Path) -> bytes:
    """The file. `web` is the web client's folder. Raises BundleRefused, CatalogueRefused."""
    script = bundle(web, ENTRY)
    style = "".join((web / "styles" / f"{name}.css").read_text("utf-8") for name in STYLES)
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    parts = {
        "policy": html.escape(policy),
        "style": style,
        "catalogues": _texts(read_folder(web / "locales"), script),
        "script": script,
    }
    shell = (web / SHELL).read_text("utf-8")
    return re.sub(r"%(\w+)%", lambda found: parts[found[1]], shell).encode()


def _texts(catalogues: Catalogues, script: str) -> str:
    """Only those that the script names."""
    named = set(_KEY.findall(script))
    return script_json(
        {
            code: {key: text for key, text in catalogue.texts.items() if key in named}
            for code, catalogue in catalogues.by_language.items()
        }
    )


def _hash(text: str) -> str:
    """CSP3, hash-source."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
