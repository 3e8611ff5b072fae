"""What a message says, how it is kept small and sealed, and how long a server wants to be left alone."""

import base64
import datetime
import json

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from notify.push import messages, retry_after
from tests import needs


def made(**fields) -> messages.Message:
    return messages.make(**{"title": "T", "body": "B", "url": "/", "topic": "picks", "click": "/push/x/", **fields})


@given(title=st.text(max_size=800), body=st.text(max_size=5_000))
def test_whatever_the_words_they_fit_and_can_be_read_again(title, body):
    message = made(title=title, body=body)
    assert len(message.payload) <= 3 * 1024
    assert messages.read(message.payload) == message


@pytest.mark.parametrize("sign", ["x", "é", "映", "🎬", '"', "\\", "\u202e"])
def test_a_title_of_500_signs_becomes_a_short_one(sign):
    message = made(title=sign * 500, body=sign * 5_000)
    assert len(message.title.encode()) <= messages.TITLE_BYTES


def test_what_is_cut_says_so():
    assert made(title="é" * 500).title.endswith("é…")


def test_a_title_stays_on_one_line():
    assert made(title="Heat\r\nTopic: x\x00\t(1995)").title == "Heat Topic: x (1995)"


def test_an_address_that_is_too_long_is_refused():
    with pytest.raises(messages.TooLarge):
        made(url="/film/" + "x" * 4_000)


@pytest.mark.parametrize("url", ["https://example.com/", "//example.com/", "/\\example.com", "x", "", "/a b", "/a\n"])
def test_a_message_leads_to_a_path_of_this_site(url):
    with pytest.raises(ValueError):
        made(url=url)


@pytest.mark.parametrize("topic", ["", "watchlist release: “Heat”", "x" * 33, "a/b", "ü"])
def test_any_topic_becomes_one_that_the_header_can_carry(topic):
    tidy = messages.tidy(topic)
    assert (len(tidy), messages.tidy(topic), messages.tidy(tidy)) == (32, tidy, tidy)


def test_a_plain_topic_stays():
    assert messages.tidy("picks-7_a") == "picks-7_a"


def test_a_shrunk_message_is_small_and_leads_to_the_same_page():
    small = messages.shrunk(made(title="x" * 400, body="y" * 2_000, url="/film/heat-1995/"))
    assert len(small.payload) < 300
    assert small.url == "/film/heat-1995/"


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"7", b'{"title": "x"}', b'{"what": 1}'])
def test_what_is_no_message_is_not_read_as_one(payload):
    with pytest.raises(ValueError):
        messages.read(payload)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999999999999", 6 * 3600),
        ("Sat, 21 Nov 2026 12:10:00 GMT", 600),
        ("Saturday, 21-Nov-26 12:10:00 GMT", 600),
        ("Sat Nov 21 12:10:00 2026", 600),
        ("Sat, 21 Nov 2020 12:10:00 GMT", 0),
        ("Sat, 21 Nov 2099 12:10:00 GMT", 6 * 3600),
    ],
)
def test_a_wait_is_told_in_seconds_or_as_a_date(header, seconds):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        assert retry_after.wait(header) == datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1.5", "²", "Sat, 99 Nov 2026 99:99:99 GMT"])
def test_nonsense_is_no_wait(header):
    assert retry_after.wait(header) is None


@needs.shared("notify-cases")
def test_the_cipher_does_what_the_standard_says():
    """RFC 8291, appendix A."""
    needs.package("pywebpush")
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    case = json.loads((needs.SHARED / "notify-cases" / "webpush_rfc8291.json").read_text())["vector"]
    at = {name: base64.urlsafe_b64decode(text + "==") for name, text in case.items() if name != "plaintext"}

    def private(name: str):
        return ec.derive_private_key(int.from_bytes(at[name]), ec.SECP256R1())

    read = http_ece.decrypt(at["body"], private_key=private("ua_private"), auth_secret=at["auth"], version="aes128gcm")
    written = http_ece.encrypt(
        case["plaintext"].encode(),
        salt=at["salt"],
        private_key=private("as_private"),
        dh=at["ua_public"],
        auth_secret=at["auth"],
        version="aes128gcm",
    )
    assert (read.decode(), written) == (case["plaintext"], at["body"])
