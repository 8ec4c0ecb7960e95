"""Mails by SMTP, to a server that speaks it: TLS first, the password only then, and no header of anybody else's."""

from pathlib import Path

import pytest

from server.outbox.failure import Cause, TryFailed
from server.outbox.mailing import Mailer, MailServer
from server.outbox.message import Channel, Mail, Message
from tests.protocol.outside_peers import MailPeer, Secured, listening, secured

NOW = 1_800_000_000_000
MESSAGE = Message(
    id="msg_0000000000000000000001",
    once="test/1",
    part=0,
    channel=Channel.MAIL,
    about="passkey_added",
    body=b"",
    created_at_ms=NOW,
    last_at_ms=NOW + 1,
)
MAIL = Mail("yuki@example.jp", "パスキーが追加されました", "お客さまへ\n\n.\n..これは試験です。\n" * 30, "ja")


@pytest.fixture
def tls(tmp_path: Path) -> Secured:
    return secured(tmp_path / "tls")


def mailer(peer: MailPeer, tls: Secured | None, *, at_once: bool = False, within_s: float = 20.0) -> Mailer:
    server = MailServer(
        host="localhost" if tls else "127.0.0.1",
        port=peer.port,
        sender="help@kawa.example",
        name="Kawa Exchange, 株",
        tls=tls.client if tls else None,
        at_once=at_once,
        user=peer.user,
        password=peer.password,
    )
    return Mailer(server, within_s=within_s)


async def failure(mailer: Mailer, mail: Mail = MAIL) -> TryFailed:
    with pytest.raises(TryFailed) as told:
        await mailer.send(MESSAGE, mail)
    assert "example" not in str(told.value)
    return told.value


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_mail_arrives_whole_over_tls_and_its_second_copy_is_the_same(
    tls: Secured, at_once: bool
) -> None:
    peer = MailPeer(None if at_once else tls.server, user="desk", password="a long pass phrase")
    async with listening(peer, tls.server if at_once else None):
        for _ in range(2):
            await mailer(peer, tls, at_once=at_once).send(MESSAGE, MAIL)
    first, second = peer.taken
    assert first.as_bytes() == second.as_bytes()
    assert first["To"] == MAIL.to
    assert first["Subject"] == MAIL.subject
    assert first["From"] == '"Kawa Exchange, 株" <help@kawa.example>'
    assert first["Message-ID"] == f"<{MESSAGE.id}@kawa.example>"
    assert (first["Auto-Submitted"], first["Content-Language"]) == ("auto-generated", "ja")
    assert first.get_content().replace("\r\n", "\n") == MAIL.text
    before_tls = peer.commands[: peer.commands.index("STARTTLS")] if not at_once else []
    assert not any(command.startswith(("AUTH", "MAIL")) for command in before_tls)


async def test_nothing_is_said_to_a_server_without_tls_or_with_a_strangers_certificate(
    tls: Secured, tmp_path: Path
) -> None:
    stranger = secured(tmp_path / "stranger")
    for peer in (MailPeer(None), MailPeer(stranger.server)):
        async with listening(peer):
            assert not (await failure(mailer(peer, tls))).final
        assert not any(command.startswith(("AUTH", "MAIL", "DATA")) for command in peer.commands)
        assert peer.taken == []


async def test_a_line_break_in_anything_reaches_no_header_and_no_command() -> None:
    peer = MailPeer()
    async with listening(peer):
        broken = Mail("a@example.com\r\nRCPT TO:<b@example.com>", "s", "t", "en")
        told = await failure(mailer(peer, None), broken)
        assert (told.cause, told.final) == (Cause.ADDRESS, True)
        for subject in ("s\r\nBcc: b@example.com", "s\nX: y"):
            with pytest.raises(ValueError, match=r"linefeed|newline|carriage"):
                await mailer(peer, None).send(MESSAGE, Mail("a@example.com", subject, "t", "en"))
    assert peer.commands == []


async def test_why_a_server_did_not_take_it_decides_whether_it_is_tried_again() -> None:
    for answers, cause, final in (
        ({"RCPT": "550 no such user"}, Cause.REFUSED, True),
        ({"RCPT": "451 greylisted"}, Cause.REFUSED, False),
        ({"MAIL": "550 not from you"}, Cause.REFUSED, False),
        ({"DATA": "554 not now"}, Cause.REFUSED, False),
        ({"EHLO": "502 what", "HELO": "502 what"}, Cause.REFUSED, False),
    ):
        async with listening(MailPeer(answers=answers)) as peer:
            told = await failure(mailer(peer, None))
            assert (told.cause, told.final) == (cause, final), answers
    peer = MailPeer(user="desk", password="right")
    async with listening(peer):
        wrong = mailer(peer, None)
        peer.password = "another"
        assert (await failure(wrong)).cause is Cause.SIGN_IN


async def test_a_server_that_is_silent_or_away_keeps_nobody_waiting() -> None:
    async with listening(MailPeer(silent=True)) as peer:
        assert (await failure(mailer(peer, None, within_s=0.3))).cause is Cause.TIMEOUT
    assert (await failure(mailer(peer, None))).cause is Cause.UNREACHABLE
