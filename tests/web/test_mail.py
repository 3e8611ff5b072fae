"""A mail that is printed can be read, and its link followed, in every language."""

import io

import pytest
from django.core.mail import EmailMultiAlternatives

from web.mail import TerminalBackend

LINK = "http://127.0.0.1:8000/accounts/confirm-email/NQ:1xUYrU:tzZqF5rCFlvyUYl_x3LaUuj8Y1nfDkUjddLlkyd0C7c/"


@pytest.mark.parametrize(
    "words",
    ["Open this link:", "Ouvrez ce lien pour être reconnu :", "このリンクを開いてください：", "افتح هذا الرابط:"],
)
def test_words_and_link_stand_in_the_terminal_as_they_were_written(words):
    stream = io.StringIO()
    mail = EmailMultiAlternatives("Café", f"{words}\n\n{LINK}\n", to=["new@example.org"])
    mail.attach_alternative(f"<p>{words}</p>", "text/html")
    TerminalBackend(stream=stream).send_messages([mail])
    printed = stream.getvalue()
    assert f"{words}\n\n{LINK}\n" in printed
    assert "Subject: Café" in printed
    assert "<p>" not in printed
