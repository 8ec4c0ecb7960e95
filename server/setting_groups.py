"""What can be set, group by group, with what each setting means: the reference and the commented file are made of this.

The notes are for operators and say unit and range; which values go together is judged in `setting_rules`.
"""

from typing import Annotated, Any, Final, get_args, get_origin

import msgspec


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where pages and the interface are served."""

    host: Annotated[
        str,
        _says(
            "The address to listen on. Without [tls] it is this machine's own, localhost: a TLS proxy stands before it."
        ),
    ] = "localhost"
    port: Annotated[int, _says("The TCP port to listen on, 0 to 65535; 0 takes any free one.")] = 8080
    base_url: Annotated[
        str,
        _says(
            "The address that people type and links carry, for instance https://help.example.com. Needed to serve."
        ),
    ] = ""
    trusted_proxies: Annotated[
        list[str],
        _says(
            "Addresses or networks of proxies of your own. Only what they say of a client's address is believed."
        ),
    ] = []
    connections: Annotated[
        int, _says("Connections open at the same time, of all together; at most 50000.")
    ] = 1_024
    connections_of_each: Annotated[
        int, _says("And of one client address, at least 16: many pages may share an office's address.")
    ] = 128
    metrics_port: Annotated[
        int,
        _says("The loopback port of the metrics page; 0 takes any free one, which the server's log names."),
    ] = 0


class TlsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The server's own certificate. Both or neither: without them a TLS proxy stands before the server."""

    certificate: Annotated[
        str,
        _says("A PEM file with the certificate and those between it and its root. SIGHUP reads it again."),
    ] = ""
    key: Annotated[str, _says("A PEM file with its key, readable for the server's user only.")] = ""


class KeysSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the keys lie: never in the data folder. `credential:NAME` is the systemd credential of that name."""

    folder: Annotated[
        str,
        _says("The folder of the log's signing key and the keys that seal authenticators and invitations."),
    ] = ""
    kek: Annotated[
        str,
        _says("The file of the key-encryption key. Best on another volume than the data, or a credential."),
    ] = ""


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The audit log."""

    lockstate: Annotated[
        str,
        _says(
            "The file that tells a log set back to an older state; empty: in the data folder. Best on another volume."
        ),
    ] = ""


class GateAddressSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The media gate: what browsers send pictures to, over UDP."""

    host: Annotated[str, _says("The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, _says("The UDP port to listen on, 0 to 65535; 0 takes any free one.")] = 0
    advertised: Annotated[
        list[str], _says("The addresses that browsers are told, where they differ from the one listened on.")
    ] = []
    max_sessions: Annotated[int, _says("Shares at the same time, 1 to 512.")] = 64


class ConsentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What customers are asked."""

    durations_s: Annotated[
        list[int],
        _says(
            "For how long a customer may agree to share: 1 to 6 choices in seconds, the shortest first, at most 1800."
        ),
    ] = msgspec.field(default_factory=lambda: [300, 600, 900, 1800])


class BackupSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Backups."""

    remind_after_days: Annotated[
        int,
        _says("After how many days without a backup the checklist and `tachiai doctor` say so, 1 to 365."),
    ] = 7


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    organisation: Annotated[
        str, _says("The name that customers know you by; pages and consents show it.")
    ] = ""
    data: Annotated[
        str,
        _says(
            "The folder of the database and the audit log. An absolute path; empty: the demo's ./tachiai-demo."
        ),
    ] = ""
    languages: Annotated[
        list[str], _says("The languages of the pages; the first one is for browsers that want none of them.")
    ] = msgspec.field(default_factory=lambda: ["en", "ja"])
    log_level: Annotated[
        str, _says("What the server writes about itself: debug, info, warning or error.")
    ] = "info"
    security_contact: Annotated[
        str,
        _says("Where holes are reported: mailto:, https: or tel:. Empty: there is no security.txt."),
    ] = ""
    http: HttpSettings = HttpSettings()
    tls: TlsSettings = TlsSettings()
    keys: KeysSettings = KeysSettings()
    log: LogSettings = LogSettings()
    gate: GateAddressSettings = GateAddressSettings()
    consent: ConsentSettings = ConsentSettings()
    backup: BackupSettings = BackupSettings()


LISTS: Final = (list[str], list[int])


def members(group: Any) -> dict[str, Any]:
    """The names and plain types in a group; of what is no group: none."""
    if not (isinstance(group, type) and issubclass(group, msgspec.Struct)):
        return {}
    return {field.name: _plain(field.type) for field in msgspec.structs.fields(group)}


def _plain(annotated: Any) -> Any:
    return get_args(annotated)[0] if get_origin(annotated) is Annotated else annotated
