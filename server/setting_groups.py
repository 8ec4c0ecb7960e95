"""What can be set, group by group, with what each setting means: the reference and the commented file are made of this.

The notes are for operators and say unit and range; which values go together is judged in `setting_rules`.
"""

from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from server.bus.settings import RedisSettings
from server.case_settings import CaseSettings
from server.flag_settings import FlagSettings
from server.gate_settings import GateAddressSettings
from server.introduction_settings import IntroductionSettings
from server.me.settings import MeSettings
from server.oidc.settings import OidcSettings
from server.turn.settings import TurnSettings
from server.vault_settings import VaultSettings


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
        _says(
            "The file of the key-encryption key, best on another volume than the data; or a credential; or vault:NAME, "
            "the transit key of that name in Vault."
        ),
    ] = ""


class SealedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sealed mode: after its hot window a period of the log opens with an auditor's key only, not on this server."""

    recipients: Annotated[
        list[str],
        _says(
            "The public files of the auditors, made by `tachiai audit recipient new`. None: sealed mode is off."
        ),
    ] = []
    recovery: Annotated[
        str, _says("The public file of one more key, kept in a safe for the day that all auditors' are lost.")
    ] = ""
    hot_days: Annotated[
        int, _says("For how many days after its end a period stays open to this server, 7 to 3650.")
    ] = 30


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The audit log."""

    lockstate: Annotated[
        str,
        _says(
            "The file that tells a log set back to an older state; empty: in the log's folder. Best on another volume. "
            "Who changes this moves the file along, while the server is stopped."
        ),
    ] = ""
    published: Annotated[
        bool,
        _says(
            "Serve the log's public part (ciphertext, hashes, signatures) at /log/, so that outsiders can verify it. "
            "It tells how many entries there are, how large, and when they came."
        ),
    ] = True
    post_quantum: Annotated[
        bool,
        _says(
            "Sign checkpoints with an ML-DSA-44 key too. It is made once, beside the signing key, and stays in use."
        ),
    ] = False


class WitnessesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who outside signs the log's checkpoints."""

    policy: Annotated[
        str,
        _says(
            "A policy file (C2SP tlog-policy) with the witnesses' keys and addresses; empty: no witness. See "
            "docs/witnesses.md."
        ),
    ] = ""


class SyslogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sending entries of the log to a collector as they come: RFC 5424 over TCP, at least once. See docs/exports.md."""

    address: Annotated[
        str,
        _says(
            "The collector's name or address and its port, for instance siem.example.com:6514; empty: none."
        ),
    ] = ""
    format: Annotated[
        str, _says("What a message holds: cef (ArcSight CEF:0) or json (the record itself).")
    ] = "cef"
    tls: Annotated[bool, _says("Speak TLS (RFC 5425). Without it the collector is on this machine.")] = True
    ca: Annotated[
        str,
        _says(
            "A PEM file with the authorities that the collector's certificate may be from; empty: the system's."
        ),
    ] = ""
    facility: Annotated[int, _says("The facility of the messages, 0 to 23; 13 is `log audit`.")] = 13
    personal: Annotated[
        bool,
        _says(
            "Send the sections of persons too. What is sent cannot be erased from here, so it is off; the "
            "organisation's own sections name persons by pseudonyms."
        ),
    ] = False


class ConsentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What customers are asked."""

    durations_s: Annotated[
        list[int],
        _says(
            "For how long a customer may agree to share: 1 to 6 choices in seconds, the shortest first, at most 1800."
        ),
    ] = msgspec.field(default_factory=lambda: [300, 600, 900, 1800])


class AssuranceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How sure it must be who a customer is. The whole screen always needs a passkey (V2), changing an account V3."""

    tab: Annotated[
        str, _says("What showing one tab needs: V1 (a code of an app, or a recovery code) or V2 (a passkey).")
    ] = "V1"
    window: Annotated[str, _says("What showing one window needs: V1 or V2.")] = "V1"
    sensitive: Annotated[
        str, _says("What an agent needs to see a sensitive field of a customer in the clear: V1 or V2.")
    ] = "V2"
    sensitive_kinds: Annotated[
        list[str],
        _says(
            "Which kinds of fields are sensitive: of name, email, phone, account and text. None: no field."
        ),
    ] = msgspec.field(default_factory=lambda: ["account"])
    minutes: Annotated[int, _says("For how many minutes a verification counts, 1 to 10.")] = 10
    action_minutes: Annotated[
        int, _says("For how many minutes a confirmation of one exact change counts, 1 to 5.")
    ] = 5
    hold_hours: Annotated[
        int,
        _says("How many hours lie between the approval of such a change and its release, 1 to 720."),
    ] = 24
    loss_hold_hours: Annotated[
        int,
        _says(
            "How many hours a lost authenticator's replacement waits after two people vouched, 72 to 720: longer only."
        ),
    ] = 72
    apart_hours: Annotated[
        int,
        _says(
            "For how many hours somebody is no second pair of eyes for whoever gave them the link they sign in by, 72 "
            "to 720."
        ),
    ] = 168


class RetentionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long customers' data is kept, and what erasing it asks for."""

    default_days: Annotated[
        int, _says("For how many days after the last contact nobody is erased, 0 to 36500; 0 is no minimum.")
    ] = 0
    regions: Annotated[
        list[str],
        _says(
            "The same for customers whose field `region` says so: an ISO 3166 code, an equals sign and the days."
        ),
    ] = []
    wait_days: Annotated[
        int, _says("How many days lie between the request for an erasure and its execution, 1 to 90.")
    ] = 7
    flags_days: Annotated[
        int,
        _says(
            "For how many days a flag of a customer's session counts as open and hinders an erasure, 0 to 3650."
        ),
    ] = 30
    destroy_after_days: Annotated[
        int,
        _says(
            "After how many days the log's keys of customers' sections are destroyed, week by week: 30 to 36500; "
            "0 is never. Not before what must be kept."
        ),
    ] = 0
    destroy_organisation_after_days: Annotated[
        int,
        _says(
            "The same for the organisation's own sections: then nobody reads those entries. Not before customers'."
        ),
    ] = 0


class BackupSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Backups."""

    remind_after_days: Annotated[
        int,
        _says("After how many days without a backup the checklist and `tachiai doctor` say so, 1 to 365."),
    ] = 7


class ReportSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Regular reports on the log and on those who keep it. See `tachiai audit report`."""

    every_days: Annotated[
        int, _says("After how many days the server makes the next report, 1 to 365; 0 is never.")
    ] = 7
    folder: Annotated[
        str,
        _says(
            "The folder that reports are kept in, with what the verifier remembers; an absolute path, best on another "
            "volume. Empty: reports in the data folder."
        ),
    ] = ""
    keep: Annotated[int, _says("How many reports are kept, 1 to 1000; older ones are removed.")] = 26


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The mail server that customers' notices go through. See docs/webhooks.md."""

    server: Annotated[
        str, _says("Its name and port, for instance mail.example.com:587; empty: customers are told nothing.")
    ] = ""
    sender: Annotated[
        str,
        _says("The address that mails come from, for instance help@example.com; it is answered by people."),
    ] = ""
    tls: Annotated[
        str,
        _says(
            "starttls (usual with port 587), tls (from the first octet on, usual with port 465), or none, which only a "
            "server on this machine may have."
        ),
    ] = "starttls"
    ca: Annotated[
        str, _says("A PEM file with the authority of its certificate; empty: the system's authorities.")
    ] = ""
    user: Annotated[str, _says("The name to sign in with; empty: without.")] = ""
    access: Annotated[
        str,
        _says("The file that holds the password, readable for the server's user only. Or credential:NAME."),
    ] = ""
    zone: Annotated[
        str,
        _says("The IANA time zone of times in mails to customers whose record has no field time_zone."),
    ] = "UTC"
    invitations: Annotated[
        bool, _says("Whether agents may send an invitation's link by mail. See SECURITY.md.")
    ] = True


class WebhooksSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where webhooks may go: to public addresses by https. See docs/webhooks.md."""

    networks: Annotated[
        list[str],
        _says(
            "Networks of your own that webhooks may go to as well, for instance 10.1.0.0/16. If 127.0.0.0/8 is among "
            "them, this machine may be called by its address, also without TLS."
        ),
    ] = []


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
    vault: VaultSettings = VaultSettings()
    sealed: SealedSettings = SealedSettings()
    log: LogSettings = LogSettings()
    witnesses: WitnessesSettings = WitnessesSettings()
    syslog: SyslogSettings = SyslogSettings()
    gate: GateAddressSettings = GateAddressSettings()
    turn: TurnSettings = TurnSettings()
    consent: ConsentSettings = ConsentSettings()
    assurance: AssuranceSettings = AssuranceSettings()
    introduction: IntroductionSettings = IntroductionSettings()
    cases: CaseSettings = CaseSettings()
    flags: FlagSettings = FlagSettings()
    me: MeSettings = MeSettings()
    backup: BackupSettings = BackupSettings()
    retention: RetentionSettings = RetentionSettings()
    report: ReportSettings = ReportSettings()
    mail: MailSettings = MailSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    oidc: OidcSettings = OidcSettings()
    redis: RedisSettings = RedisSettings()


LISTS: Final = (list[str], list[int])


def members(group: Any) -> dict[str, Any]:
    """The names and plain types in a group; of what is no group: none."""
    if not (isinstance(group, type) and issubclass(group, msgspec.Struct)):
        return {}
    return {field.name: _plain(field.type) for field in msgspec.structs.fields(group)}


def _plain(annotated: Any) -> Any:
    return get_args(annotated)[0] if get_origin(annotated) is Annotated else annotated
