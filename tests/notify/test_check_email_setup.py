"""The command that says what is missing before digests arrive, against a name server of our own."""

import io
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command

from notify import dns

GOOD = {
    ("films.site", dns.TXT): ["google-site-verification=1", "v=spf1 include:mail.site -all"],
    ("_dmarc.films.site", dns.TXT): ["v=DMARC1; p=quarantine; rua=mailto:d@films.site"],
    ("s1._domainkey.films.site", dns.TXT): ["v=DKIM1; k=rsa; p=" + "A" * 400],
    ("films.site", dns.MX): ["mx"],
}


class NameServer:
    """Answers over UDP from `records`; `code` for everything else."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.records, self.code, self.truncated = dict(GOOD), 3, False
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def address(self) -> str:
        host, port = self.socket.getsockname()
        return f"{host}:{port}"

    def serve(self) -> None:
        while True:
            try:
                question, asker = self.socket.recvfrom(4096)
            except OSError:
                return
            self.socket.sendto(self.answer(question), asker)

    def answer(self, question: bytes) -> bytes:
        place, labels = 12, []
        while length := question[place]:
            labels.append(question[place + 1 : place + 1 + length].decode())
            place += length + 1
        (kind,) = struct.unpack_from(">H", question, place + 1)
        found = self.records.get((".".join(labels), kind), [])
        flags = 0x8180 | (0 if found else self.code) | (0x0200 if self.truncated else 0)
        head = struct.pack(">HHHHHH", *struct.unpack_from(">H", question), flags, 1, len(found), 0, 0)
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for data in map(pack, found))
        return head + question[12 : place + 5] + body


def pack(text: str) -> bytes:
    """In strings of 255 bytes at most."""
    raw = text.encode()
    return b"".join(bytes([len(part)]) + part for part in (raw[at : at + 255] for at in range(0, len(raw), 255)))


@pytest.fixture
def names(settings) -> Iterator[NameServer]:
    settings.DEFAULT_FROM_EMAIL, settings.SITE_URL = "Films <week@films.site>", "https://films.site"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "mail.site", True
    made = NameServer()
    yield made
    made.socket.close()


def said(names: NameServer, *more: str) -> list[str]:
    out = io.StringIO()
    try:
        call_command("check_email_setup", "--name-server", names.address, "--selector", "s1", *more, stdout=out)
    except CommandError as problem:
        out.write(str(problem))
    return out.getvalue().splitlines()


def test_a_complete_setup_has_nothing_missing(names):
    lines = said(names)
    assert not [line for line in lines if line.startswith(("missing", "unknown"))]
    assert {line.split()[1] for line in lines if line.startswith("ok")} >= {"SPF:", "DMARC:", "DKIM:", "MX:"}


@pytest.mark.parametrize(
    ("record", "texts", "word"),
    [
        (("films.site", dns.TXT), [], "SPF:"),
        (("films.site", dns.TXT), ["v=spf1 -all", "v=spf1 a -all"], "SPF:"),
        (("films.site", dns.TXT), ["v=spf1 +all"], "SPF:"),
        (("_dmarc.films.site", dns.TXT), [], "DMARC:"),
        (("_dmarc.films.site", dns.TXT), ["something else"], "DMARC:"),
        (("s1._domainkey.films.site", dns.TXT), [], "DKIM:"),
        (("s1._domainkey.films.site", dns.TXT), ["v=DKIM1; p=;"], "DKIM:"),
        (("films.site", dns.MX), [], "MX:"),
    ],
)
def test_each_missing_record_is_named(names, record, texts, word):
    names.records[record] = texts
    lines = said(names)
    assert [line.split()[1] for line in lines if line.startswith("missing")] == [word]
    assert lines[-1].endswith("1 of 8 are missing") or "are missing" in lines[-1]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("SITE_URL", "http://films.site", "SITE_URL:"),
        ("SITE_URL", "https://localhost", "SITE_URL:"),
        ("EMAIL_USE_TLS", False, "EMAIL_URL:"),
        ("EMAIL_BACKEND", "web.mail.TerminalBackend", "EMAIL_URL:"),
        ("DEFAULT_FROM_EMAIL", "Films <films@localhost>", "DEFAULT_FROM_EMAIL:"),
        ("DEFAULT_FROM_EMAIL", "nobody", "DEFAULT_FROM_EMAIL:"),
    ],
)
def test_each_bad_setting_is_named(names, settings, name, value, word):
    setattr(settings, name, value)
    assert [line.split()[1] for line in said(names) if line.startswith("missing")] == [word]


def test_the_record_of_the_domain_above_counts(names, settings):
    settings.DEFAULT_FROM_EMAIL = "week@mail.films.site"
    assert any(line.startswith("ok") and "DMARC" in line for line in said(names))


def test_a_name_server_that_fails_is_not_taken_for_a_missing_record(names):
    names.records, names.code = {}, 2
    lines = said(names)
    assert not [line for line in lines if line.startswith("missing")]
    assert sum("could not be looked up" in line for line in lines) == 4


def test_a_name_server_that_is_silent_is_said_to_be(monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(dns.LookupFailed):
            dns._records("films.site", dns.TXT, silent.getsockname(), timeout=0.1)


@pytest.mark.parametrize("answer", [b"", b"\0" * 12, b"\0\0\x81\x80\0\1\0\1\0\0\0\0\xff", b"x" * 700])
def test_an_answer_that_makes_no_sense_is_a_failed_look_up(names, answer):
    names.answer = lambda _question: answer
    host, port = names.address.split(":")
    with pytest.raises(dns.LookupFailed):
        dns.txt("films.site", server=(host, int(port)))


def test_a_machine_without_a_name_server_is_said_to_have_none(tmp_path):
    with pytest.raises(dns.LookupFailed):
        dns.name_server(tmp_path / "none")
    (tmp_path / "resolv.conf").write_text("# nothing\nnameserver 192.0.2.1\n")
    assert dns.name_server(tmp_path / "resolv.conf") == ("192.0.2.1", 53)


def test_the_mail_server_can_be_tried_as_well(names, sink):
    from django.conf import settings

    settings.EMAIL_USE_TLS = False
    assert any("the mail server answers" in line for line in said(names, "--connect"))
    sink.stop()
    assert any(line.startswith("missing") and "the mail server" in line for line in said(names, "--connect"))
