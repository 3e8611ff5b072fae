"""Whatever is sent, nobody sees a broken page and nothing is written that should not be."""

import itertools

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recs.models import Interaction
from tests import factories

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
FIELD = b'--x\r\nContent-Disposition: form-data; name="a"%s\r\n\r\n%s\r\n--x--\r\n'
BODIES = {
    "nothing": (b"", ""),
    "too big": (b"a=" + b"x" * 3_000_000, FORM),
    "too many fields": (b"&".join(b"a%d=1" % number for number in range(5000)), FORM),
    "no UTF-8": (b"a=\xff\xfe&%ff=%fe", FORM),
    "JSON": (b'{"rating": 4}', "application/json"),
    "an unknown charset": (b"a=1", f"{FORM}; charset=nonsense"),
    "broken multipart": (b"nonsense", MULTIPART),
    "multipart without boundary": (b"nonsense", "multipart/form-data"),
    "multipart that was cut off": (FIELD[:40], MULTIPART),
    "bad base64": (FIELD % (b"\r\nContent-Transfer-Encoding: base64", b"!!!"), MULTIPART),
    "NUL": (FIELD % (b"", b"\0"), MULTIPART),
    "a file": (FIELD % (b'; filename="../../x"', b"z"), MULTIPART),
}
HEADERS = {
    "a forged page": {"HX-Request": "true", "HX-Current-URL": "http://[::1", "HX-Target": '"><script>'},
    "a page elsewhere": {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"},
    "bad encoding": {"HX-Request": "true", "HX-Current-URL-URI-AutoEncoded": "true", "HX-Current-URL": "%ff%00"},
    "addresses": {"X-Forwarded-For": "nonsense, ::::, 999.1.1.1", "X-Forwarded-Host": "evil.example"},
    "long cookies": {"Cookie": "a=" + "x" * 8000},
    "bad cookies": {"Cookie": "sessionid=%00; timezone=../../x; django_language=../x; messages=x; theme=<script>"},
    "languages": {"Accept-Language": "xx;q=9,*;q=nan," + "a" * 2000},
}


def addresses(patterns: list[URLPattern | URLResolver], name: str = "") -> list[str]:
    """The full name of every address of ours; the admin's have tests of their own."""
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inside = f"{name}{pattern.namespace}:" if pattern.namespace else name
            found += addresses(pattern.url_patterns, inside) if pattern.namespace != "admin" else []
        elif pattern.name:
            found.append(f"{name}{pattern.name}")
    return found


class Walk:
    """A member's browser, a film, and every address of the site filled in with things that are there."""

    def __init__(self, client: Client) -> None:
        movie, person = factories.movie(), factories.person()
        factories.credit(movie, person)
        slugs = {"person": person.slug, "genre": "drama"}
        kinds = [{}, {"kind": "like"}, {"key": "x"}, {"uidb36": "1", "key": "x-y"}, {"pk": 1}, {"number": 1}]
        self.client, self.movie = client, movie
        self.paths = {
            name: path
            for name in addresses(get_resolver().url_patterns)
            if name != "account_logout"
            for path in [_fill(name, slugs.get(name.rpartition(":")[2], movie.slug), kinds)]
            if path
        }


def _fill(name: str, slug: str, kinds: list[dict]) -> str:
    for values, more in itertools.product(kinds, ({}, {"slug": slug})):
        try:
            return reverse(name, kwargs={**values, **more})
        except Exception:  # noqa: BLE001, S112 - an address that takes something else
            continue
    return ""


@pytest.fixture
def walk(member: Client) -> Walk:
    member.raise_request_exception = False
    return Walk(member)


def test_the_walk_reaches_the_site(walk):
    assert {"home", "catalog:movie", "recs:rate", "recs:mark", "accounts:close", "account_login"} <= walk.paths.keys()


@pytest.mark.parametrize("kind", BODIES)
def test_no_body_breaks_a_page_or_writes(walk, kind, viewer):
    body, content_type = BODIES[kind]
    before = (type(viewer).objects.count(), viewer.password)
    answers = {
        name: walk.client.generic("POST", path, body, content_type).status_code for name, path in walk.paths.items()
    }
    assert {name: status for name, status in answers.items() if status >= 500} == {}
    viewer.refresh_from_db()
    assert (type(viewer).objects.count(), viewer.password) == before
    assert not Interaction.objects.exists()


@pytest.mark.parametrize("kind", HEADERS)
def test_no_header_breaks_a_page(walk, kind):
    answers = {}
    for name, path in walk.paths.items():
        answers[name] = walk.client.get(path, headers=HEADERS[kind]).status_code
    for path in (reverse("recs:rate", args=[walk.movie.slug]), reverse("recs:mark", args=[walk.movie.slug, "like"])):
        data = {f"{walk.movie.pk}-rating": "4", "on": "1"}
        answers[path] = walk.client.post(path, data, headers=HEADERS[kind]).status_code
    assert {name: status for name, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"])
def test_a_method_that_a_page_of_ours_does_not_know_is_refused(walk, method):
    ours = {name: path for name, path in walk.paths.items() if not name.startswith("account_")}
    answers = {name: walk.client.generic(method, path).status_code for name, path in ours.items()}
    assert {name: status for name, status in answers.items() if status != 405} == {}


@pytest.mark.parametrize("value", ["7", "0.3", "abc", "NaN", "inf", "-1", "5.5", "", "1e308", "4\0", "9" * 400])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_what_is_no_rating_is_refused_and_not_kept(walk, value, headers):
    path = reverse("recs:rate", args=[walk.movie.slug])
    answer = walk.client.post(path, {f"{walk.movie.pk}-rating": value}, headers=headers)
    assert answer.status_code == 400
    assert not Interaction.objects.exists()


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("name", ["recs:rate", "theme", "account_login"])
def test_no_form_leads_off_the_site(walk, elsewhere, name):
    data = {"next": elsewhere, f"{walk.movie.pk}-rating": "4", "theme": "dark"}
    answer = walk.client.post(walk.paths[name], data)
    assert "evil" not in answer.get("Location", "").partition("?")[0]
    assert not answer.get("Location", "").startswith("javascript")


def test_a_host_that_is_not_ours_is_refused_by_our_own_page(db, client):
    answer = client.get("/browse/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "css/tokens.css" in answer.content.decode()


@pytest.mark.parametrize("slug", ["x" * 5000, "a%00b", "..", "%F0%9F%8E%AC", "%ff", "a%0Ab", "-", "_", "0"])
@pytest.mark.parametrize("before", ["/film/", "/person/", "/genre/", "/welcome/films/", "/accounts/confirm-email/"])
def test_an_address_of_nothing_is_no_error(walk, slug, before):
    for path in (f"{before}{slug}/", f"{before}{slug}/rate/", f"{before}{slug}/why/"):
        assert walk.client.get(path).status_code < 500, path
        assert walk.client.post(path).status_code < 500, path


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page=st.sampled_from(["recs:ratings", "recs:watchlist", "recs:welcome_groups"]),
    said=st.dictionaries(
        st.sampled_from(["page", "sort", "stars", "minutes", "view", "set"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.integers().map(str) | st.floats().map(str),
        max_size=5,
    ),
)
def test_no_question_breaks_a_list(walk, page, said):
    assert walk.client.get(reverse(page), said).status_code == 200
