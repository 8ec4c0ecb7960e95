"""One try at a mail: to the organisation's own mail server, by SMTP with STARTTLS or TLS.

The message is made by the standard library's `email` under its SMTP policy, which refuses any header with a line break;
addresses are plain ones, checked here before they come near a command.
"""

import asyncio
import contextlib
import re
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from server.outbox.failure import Cause, TryFailed
from server.outbox.message import Mail, Message

ANSWER_WITHIN_S: Final = 20.0
LEAVE_WITHIN_S: Final = 2.0
LONGEST_ADDRESS: Final = 254  # RFC 5321, 4.5.3.1.3
PERMANENT: Final = 500
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(
    r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`tls`: None speaks without, to this machine only; `at_once`: TLS from the first octet on, else STARTTLS.
    `sender` is an address, `name` what stands before it."""

    host: str
    port: int
    sender: str
    name: str
    tls: ssl.SSLContext | None
    at_once: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


class Mailer:
    def __init__(self, server: MailServer, *, within_s: float = ANSWER_WITHIN_S) -> None:
        self._server, self._within_s = server, within_s

    async def send(self, message: Message, mail: Mail) -> None:
        """Raises TryFailed."""
        recipient = plain_address(mail.to)
        if recipient is None:
            raise TryFailed(Cause.ADDRESS, final=True)
        written = written_mail(message, mail, recipient, self._server)
        try:
            async with asyncio.timeout(self._within_s):
                await self._handed_over(written, recipient)
        except (TimeoutError, aiosmtplib.SMTPTimeoutError) as error:
            raise TryFailed(Cause.TIMEOUT) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise TryFailed(Cause.SIGN_IN) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            final = all(one.code >= PERMANENT for one in error.recipients)
            raise TryFailed(Cause.REFUSED, final=final) from error
        except ssl.SSLError as error:
            raise TryFailed(Cause.TLS) from error
        except aiosmtplib.SMTPResponseException as error:
            raise TryFailed(Cause.REFUSED) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise TryFailed(_cause(error)) from error

    async def _handed_over(self, written: EmailMessage, recipient: str) -> None:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=self._within_s,
            use_tls=server.tls is not None and server.at_once,
            start_tls=server.tls is not None and not server.at_once,
            tls_context=server.tls,
            local_hostname=server.sender.rpartition("@")[2],
        )
        await client.connect()
        try:
            if server.user:
                await client.login(server.user, server.password)
            await client.sendmail(server.sender, [recipient], written.as_bytes(policy=SMTP))
            await _take_leave(client)
        finally:
            client.close()


async def _take_leave(client: aiosmtplib.SMTP) -> None:
    """The mail is taken by now, whatever becomes of this."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(LEAVE_WITHIN_S):
            await client.quit()


def written_mail(message: Message, mail: Mail, recipient: str, server: MailServer) -> EmailMessage:
    """The same at every try, so that a second copy is known by its Message-ID. Raises ValueError for a header with a
    line break."""
    written = EmailMessage(policy=SMTP)
    local, _, domain = server.sender.rpartition("@")
    written["From"] = Address(server.name, local, domain)
    written["To"] = recipient
    written["Subject"] = mail.subject
    written["Date"] = format_datetime(datetime.fromtimestamp(message.created_at_ms / 1_000, UTC))
    written["Message-ID"] = f"<{message.id}@{domain}>"
    written["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    written.set_content(mail.text, cte="quoted-printable" if mail.text.isascii() else "base64")
    written["Content-Language"] = mail.language  # a new content takes former Content- headers away
    return written


def plain_address(text: str) -> str | None:
    """The address as mail servers take it, an international domain in its ASCII form; None for anything else."""
    local, sign, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    plain = f"{local}@{domain}"
    fits = sign and len(plain) <= LONGEST_ADDRESS and len(local) <= 64  # RFC 5321, 4.5.3.1.1
    return plain if fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None


def _cause(error: BaseException) -> Cause:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return Cause.TLS
        seen = seen.__cause__ or seen.__context__
    return Cause.UNREACHABLE
