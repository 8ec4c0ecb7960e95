"""The version of this program, as pages, descriptions and commands tell it."""

from typing import Final

VERSION: Final = "0.1.0"
