"""Every language of the settings has a whole catalogue, whose texts hold what the code puts into them."""

import datetime
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import to_locale

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
PARTS = re.compile(r"%\(\w+\)[sd]|%[sd]|</?[a-zA-Z][^>]*>|\{\w*\}")


def messages(code: str) -> list[Message]:
    path = Path(settings.LOCALE_PATHS[0]) / to_locale(code) / "LC_MESSAGES" / "django.po"
    with path.open("rb") as handle:
        return [message for message in read_po(handle) if message.id]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def parts(text: str) -> Counter[str]:
    return Counter(PARTS.findall(text))


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_left_untranslated(code):
    assert [message.id for message in messages(code) if not all(forms(message)) or message.fuzzy] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_translation_holds_the_same_values_and_tags_as_the_text(code):
    wrong = []
    for message in messages(code):
        allowed = [parts(text) for text in ([message.id] if isinstance(message.id, str) else message.id)]
        # A form for one or two may say the number in words.
        names = set().union(*allowed)
        for text in forms(message):
            if isinstance(message.id, str) and parts(text) not in allowed or not set(parts(text)) <= names:
                wrong.append((message.id, text))
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_first_page_speaks_the_language_of_the_browser(code):
    page = Client().get("/", headers={"accept-language": code}).content.decode()
    assert f'<html lang="{code}"' in page
    assert "What shall we watch?" not in page
    assert f'dir="{"rtl" if code == "ar" else "ltr"}"' in page


@pytest.mark.parametrize("code", [code for code, _ in settings.LANGUAGES])
@pytest.mark.parametrize("length", ["SHORT_", ""])
def test_a_moment_is_written_in_the_order_of_its_day(code, length):
    moment = datetime.datetime(2026, 11, 5, 22, 15, tzinfo=datetime.UTC)
    with translation.override(code):
        day, whole = (date_format(moment, f"{length}{what}_FORMAT") for what in ("DATE", "DATETIME"))
    assert day in whole
