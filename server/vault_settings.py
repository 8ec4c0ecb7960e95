"""What can be set of Vault: the group [vault]."""

from typing import Annotated

import msgspec


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class VaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Vault, where keys.kek is vault:NAME: its transit engine wraps the log's data keys, and the key stays there."""

    address: Annotated[
        str, _says("For instance https://vault.example.com:8200. Plain http to this machine only.")
    ] = ""
    mount: Annotated[str, _says("The path at which the transit engine is mounted.")] = "transit"
    access: Annotated[
        str,
        _says(
            "The file that holds the token, readable for the server's user only; read anew for each request. Or a "
            "credential."
        ),
    ] = ""
    ca: Annotated[
        str, _says("A PEM file with the authority of Vault's certificate; empty: the system's authorities.")
    ] = ""
