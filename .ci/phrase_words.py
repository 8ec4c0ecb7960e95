"""Makes the two files by which pages and server recognise words of recovery phrases without holding the lists.

    .venv/bin/python .ci/phrase_words.py

The lists are those of BIP-39, English and Japanese, from the package `mnemonic` (a tool of the tests). Of each word,
and of the first four letters of each longer English one (they tell the words apart, so people write no more), 24 bits
of its FNV-1a hash are kept: 17 KB, from which nobody reads a list. `verification/DECISIONS.md` says why.
"""

import sys
from base64 import b64encode
from pathlib import Path
from textwrap import wrap

from mnemonic import Mnemonic

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from verification.typed_secrets import folded, hashed  # noqa: E402  # our own packages are not installed

PREFIX = 4
FROM = "Made by .ci/phrase_words.py from the English and the Japanese word list of BIP-39"

PYTHON = '''"""{origin}: sorted 24-bit hashes, base64."""

from typing import Final

HASHES: Final = """
{lines}
"""
'''
SCRIPT = """/** {origin}: sorted 24-bit hashes, base64. */

export const HASHES = `
{lines}
`;
"""


def main() -> None:
    lines = "\n".join(wrap(b64encode(hashes()).decode(), 100))
    for path, form in (
        ("verification/phrase_hashes.py", PYTHON),
        ("web_client/protocol/phrase_hashes.js", SCRIPT),
    ):
        (ROOT / path).write_text(form.format(origin=FROM, lines=lines), "utf-8")
        print(f"wrote {path}")


def hashes() -> bytes:
    words = {folded(word) for language in ("english", "japanese") for word in Mnemonic(language).wordlist}
    english = {word[:PREFIX] for word in Mnemonic("english").wordlist}
    return b"".join(
        number.to_bytes(3, "big") for number in sorted({hashed(word) for word in words | english})
    )


if __name__ == "__main__":
    main()
