"""What all messages have in common: one object, its `type`, exactly the named members."""

import msgspec


class IncomingMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of what pages say."""


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of what the server says."""
