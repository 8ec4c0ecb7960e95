"""For which hosts a certificate counts, and that a bad one never takes the place of a good one."""

from pathlib import Path

import pytest

from server.certificate import self_signed
from server.clock import SystemClock
from server.production.certificate import Certificate, CertificateRefused


def certificate_for(folder: Path, name: str) -> Path:
    (folder / "demo-certificate.pem").unlink(missing_ok=True)
    self_signed(folder, name, SystemClock().now_ms())
    return folder / "demo-certificate.pem"


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("help.example.com", "help.example.com", True),
        ("help.example.com", "HELP.example.com", True),
        ("*.example.com", "help.example.com", True),
        ("*.example.com", "very.help.example.com", False),
        ("*.example.com", "example.com", False),
        ("help.example.com", "evil-help.example.com", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::7", "2001:db8::7", True),
    ],
)
def test_a_certificate_counts_for_the_names_that_it_lists(
    tmp_path: Path, name: str, host: str, good: bool
) -> None:
    file = certificate_for(tmp_path, name)
    if good:
        assert Certificate(file, file, host, SystemClock()).context.sni_callback is not None
    else:
        with pytest.raises(CertificateRefused, match=r"is not for"):
            Certificate(file, file, host, SystemClock())


def test_a_certificate_of_the_future_is_refused(tmp_path: Path) -> None:
    class _Yesterday(SystemClock):
        def now_ms(self) -> int:
            return super().now_ms() - 24 * 3_600_000

    file = certificate_for(tmp_path, "help.example.com")
    with pytest.raises(CertificateRefused, match="clock"):
        Certificate(file, file, "help.example.com", _Yesterday())


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    one = certificate_for(tmp_path / "one", "help.example.com")
    other = certificate_for(tmp_path / "other", "help.example.com")
    with pytest.raises(CertificateRefused, match="belong together"):
        Certificate(one, other, "help.example.com", SystemClock())


def test_a_reload_of_a_broken_file_is_refused_and_can_be_repeated(tmp_path: Path) -> None:
    file = certificate_for(tmp_path, "help.example.com")
    certificate = Certificate(file, file, "help.example.com", SystemClock())
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(CertificateRefused):
        certificate.reload()
    file.write_bytes(content)
    certificate.reload()
