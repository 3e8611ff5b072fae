"""Our mails in a browser: axe finds nothing in either theme, and they fit a phone, in Latin and in Arabic letters.

A mail is a piece of somebody's mail program and not a page, so it is not asked for the landmarks of one.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone, translation

from accounts.models import User
from catalog.models import EditorsPick
from notify import kinds
from notify.adapter import AccountAdapter
from notify.digest import films, posters, render
from notify.digest.films import Told
from notify.digest.links import Links
from notify.services import digests
from recs import explain
from recs.models import Interaction, Recommendation
from tests import factories
from tests.e2e import looking
from tests.e2e.helpers import Site
from tests.e2e.test_accessibility import faults
from tests.notify import readers

NOT_A_PAGE = {"rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}}
DAY = timedelta(days=1)
TITLES = [
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
    "عدو الشعب",
    "Koyaanisqatsi",
    "千と千尋の神隠し",
    "M",
    "Donaudampfschifffahrtsgesellschaftskapitän",
]


@pytest.fixture
def reader(transactional_db) -> User:
    """Somebody with picks for several reasons, a film of the editors, and a wish that has come out."""
    user, today = readers.reader(picks=0), timezone.localdate()
    liked = factories.movie(title="Alien", year=1979)
    reasons = [explain.because([(liked.pk, 0.4)]), explain.popular(), explain.trending(), explain.gem()]
    for rank, (title, genre) in enumerate(zip(TITLES, posters.INKS, strict=False), 1):
        readers.pick(user, factories.movie(title=title, genres=[genre.title()]), rank, reasons[rank % len(reasons)])
    stood_up_for = factories.movie(title="Playtime", year=1967)
    EditorsPick.objects.create(movie=stood_up_for, note="Watch the corners. " * 9, ends_on=today + 9 * DAY)
    out = factories.movie(title="Out now", release_date=today - 2 * DAY)
    wished = {"interaction_type": "watchlist", "timestamp": timezone.now() - 30 * DAY}
    Interaction.objects.create(user=user, movie=out, **wished)
    return user


def mails(user: User) -> Iterator[tuple[str, str]]:
    """The name and the HTML of every mail that we write."""
    found = digests.preview(user)
    assert found is not None
    for words in ("stand up for", "Out now"):
        assert user.preferred_language != "en" or words in found.html
    yield "digest", found.html
    rows = Recommendation.objects.filter(user=user).order_by("rank")
    known = films.by_ids([row.movie_id for row in rows])
    told = [Told(known[row.movie_id], dict(row.reason)) for row in rows]
    for kind in kinds.ALERTS:
        for some in (told[:1], told[1:4]):
            with render.speaking_to(user, "UTC"):
                mail = render.alert(kind, "Something is new", some, links=Links(user, f"{kind}:1"))
            yield f"{kind} of {len(some)}", mail.html
    yield from account_mails(user)


def account_mails(user: User) -> Iterator[tuple[str, str]]:
    """Every mail about the account, as filled as it can be."""
    link = "https://films.example.org/accounts/" + "MQ-c7x4k2-0f9a" * 12
    words = {
        **dict.fromkeys(("activate_url", "password_reset_url", "signup_url"), link),
        **dict.fromkeys(("email", "from_email", "to_email", "deleted_email"), f"{'reader' * 9}@example.org"),
        "timestamp": timezone.now(),
        "ip": "2001:db8:85a3:8d3:1319:8a2e:370:7348",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
        "user": user,
    }
    files = sorted((settings.ROOT / "templates/account/email").glob("[!_]*_message.html"))
    with translation.override(user.preferred_language):
        for file in files:
            name = file.name.removesuffix("_message.html")
            made = AccountAdapter().render_mail(f"account/email/{name}", user.email, words)
            yield name, str(made.alternatives[0].content)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_mail_has_a_violation_in_either_theme(site: Site, reader, language) -> None:
    reader.preferred_language = language
    found = []
    for width in (390, 700):
        site.page.set_viewport_size({"width": width, "height": 900})
        for name, html in mails(reader):
            site.page.emulate_media(color_scheme="light")
            site.page.set_content(html)
            found += faults(site.page, f"{name}, {width}", **NOT_A_PAGE)
    assert found == []


@pytest.mark.parametrize("language", ["en", "ar", "de"])
def test_no_mail_scrolls_sideways_on_a_phone(site: Site, reader, language) -> None:
    reader.preferred_language = language
    site.page.set_viewport_size({"width": 360, "height": 800})
    wide = []
    for name, html in mails(reader):
        site.page.set_content(html)
        wide += [name] * looking.is_too_wide(site.page)
    assert wide == []


def test_addresses_keep_their_direction_in_a_mail_in_arabic(reader) -> None:
    reader.preferred_language = "ar"
    said = dict(account_mails(reader))
    assert "<bdi>2001:db8:85a3:8d3:1319:8a2e:370:7348</bdi>" in said["password_changed"]
    assert said["email_changed"].count("@example.org</bdi>") == 2
    assert "@example.org</bdi>" in said["email_confirmation"]
