"""Settings of customers' own page."""

from typing import Annotated

import msgspec


class MeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Customers' own page, /me."""

    ask_code: Annotated[
        bool,
        msgspec.Meta(
            description="Whether somebody whom your site hands over shows a code of their app, or uses a passkey, "
            "before the page tells who looked at their record and gives receipts."
        ),
    ] = False
