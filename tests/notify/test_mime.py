"""The bytes of a mail: headers that nobody can inject into, every script, every address."""

import email
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from notify import mime, tokens


def built(subject: str = "Six films", text: str = "Hello.\n", html: str = "<p>Hello.</p>", **person) -> mime.Built:
    user = User(**{"pk": 7, "email": "viewer@example.org", "username": "viewer", **person})
    return mime.build(user=user, kind="digest", subject=subject, text=text, html=html, key="digest:7:2026-W47")


def read(made: mime.Built) -> EmailMessage:
    return email.message_from_bytes(made.message, policy=policy.default)


def head(made: mime.Built) -> str:
    return made.message.split(b"\r\n\r\n")[0].decode()


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://films.example.org"
    settings.DEFAULT_FROM_EMAIL = "Marquee <marquee@example.org>"


def test_it_has_the_headers_of_bulk_mail(settings):
    settings.UNSUBSCRIBE_EMAIL = "out@example.org"
    mail = read(built())
    token = tokens.unsubscribe(User(pk=7), "digest", "digest:7:2026-W47")
    assert mail["List-Unsubscribe"].startswith(f"<https://films.example.org/u/{token}/>, <mailto:out@example.org?")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<digest.films.example.org>"
    assert mail["Feedback-ID"] == "digest:bulk:mail:marquee"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<digest.2026-W47.7@films.example.org>"
    assert mail["Date"]


def test_the_address_for_unsubscribing_is_never_put_in_code_words(settings):
    settings.SITE_URL = f"https://{'a-very-long-name.' * 6}example.org"
    settings.UNSUBSCRIBE_EMAIL = "out@example.org"
    raw = head(built())
    assert "=?" not in raw.partition("List-Unsubscribe:")[2].partition("List-Unsubscribe-Post")[0]


def test_both_parts_are_there_and_as_they_were():
    mail = read(built(text="Plain.\nفيلم\n", html="<p>Ä 🎬 映画</p>"))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content().split() == ["Plain.", "فيلم"]
    assert mail.get_body(("html",)).get_content().strip() == "<p>Ä 🎬 映画</p>"


NASTY = [
    "Evil\r\nBcc: victim@example.org",
    "Evil\nX-Spam: no\n\nbody",
    "Tab\tand\x00null and \x7f",
    "\u2028Bcc: victim@example.org",
    "Right \u202eto left",
    "half \ud83d a pair",
]


@pytest.mark.parametrize("words", NASTY)
def test_nothing_in_a_title_or_a_name_becomes_a_header(words):
    mail = read(built(subject=words, first_name=words, last_name=words))
    assert mail["Bcc"] is None
    assert mail["X-Spam"] is None
    assert len(mail["To"].addresses) == 1
    assert not {"\n", "\r", "\x00", "\u202e"} & set(mail["Subject"])


@given(st.text(max_size=600), st.text(max_size=60))
def test_any_words_make_a_sound_mail_that_says_them_in_one_line(words, name):
    made = built(subject=words, text=words.replace("\ud800", ""), first_name=name)
    mail = read(made)
    assert mail["To"].addresses[0].addr_spec == "viewer@example.org"
    assert mail["Subject"].strip() == mime.line(words, 200)
    assert all(len(line) <= 998 for line in made.message.splitlines())
    assert made.message.isascii()


@pytest.mark.parametrize("title", ["🎬" * 500, "فيلم " * 100, "x" * 500, "映画" * 250, "a " * 250])
def test_a_subject_of_500_characters_is_cut_and_folded(title):
    made = built(subject=title)
    assert len(read(made)["Subject"]) <= mime.LONGEST_SUBJECT
    assert all(len(line) <= 210 for line in head(made).splitlines())


def test_a_domain_in_another_script_is_written_in_ascii():
    made = built(email="jo@bücher.example")
    assert read(made)["To"].addresses[0].addr_spec == "jo@xn--bcher-kva.example"
    assert mime.wire("jo@例え.jp") == "jo@xn--r8jz45g.jp"


@pytest.mark.parametrize(
    ("domain", "wanted"),
    [
        ("straße.de", "xn--strae-oqa.de"),
        ("FAẞ.bücher.Example", "xn--fa-hia.xn--bcher-kva.Example"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("نامه\u200cای.com", "xn--mgba3gch31f060k.com"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_letters_that_the_older_standard_replaced_do_not_lead_to_somebody_elses_domain(domain, wanted):
    """The second to fourth are the examples of RFC 5894 and UTS 46."""
    assert mime.wire(f"jo@{domain}") == f"jo@{wanted}"


@pytest.mark.parametrize("domain", ["é" + "x" * 70 + ".de", "ß" + "x" * 70 + ".de", "é..de"])
def test_what_can_be_no_domain_is_refused(domain):
    with pytest.raises(ValueError, match=".+"):
        mime.wire(f"jo@{domain}")


def test_a_local_part_in_another_script_is_kept_for_servers_that_take_it():
    assert "<jürgen@xn--bcher-kva.example>".encode() in built(email="jürgen@bücher.example").message


def test_names_in_every_script_arrive():
    mail = read(built(first_name="Zoë", last_name="山田, “Z” <z@example.org>"))
    assert mail["To"].addresses[0].display_name == "Zoë 山田, “Z” <z@example.org>"


@pytest.mark.parametrize(
    "address", ["", "nobody", "@example.org", "a@", "a b@example.org", "a@b\r\nBcc: c@d.org", "<a@b>"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match=".+"):
        mime.wire(address)


def test_the_same_key_gives_the_same_message_id_and_another_key_another():
    user = User(pk=7)
    first = mime.message_id_for(user=user, kind="digest", key="digest:7:2026-W47")
    assert first == mime.message_id_for(user=user, kind="digest", key="digest:7:2026-W47")
    assert first != mime.message_id_for(user=user, kind="digest", key="digest:7:2026-W48")
    assert first != mime.message_id_for(user=User(pk=8), kind="digest", key="digest:8:2026-W47")


def test_a_mail_to_somebody_else_cannot_unsubscribe_the_person_it_is_about():
    user = User(pk=7, email="viewer@example.org", username="viewer")
    made = mime.build(
        user=user, kind="digest", subject="", text="", html="", key="k", recipient="staff@example.org", is_sample=True
    )
    assert read(made)["To"].addresses[0].addr_spec == "staff@example.org"
    assert read(made)["List-Unsubscribe"] == "<https://films.example.org/u/sample/>"


def test_a_dot_alone_on_a_line_and_long_lines_survive():
    text = "one\n.\nFrom here\n" + "long " * 400 + "\n"
    assert read(built(text=text)).get_body(("plain",)).get_content().split() == text.split()
