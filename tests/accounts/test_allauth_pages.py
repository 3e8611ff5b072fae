"""Every address that django-allauth answers, walked as a visitor and as a member."""

import pytest
from allauth.urls import urlpatterns
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

EXAMPLES = {"key": "no-such-key", "uidb36": "a"}


def names(patterns: list[URLPattern | URLResolver]) -> list[tuple[str, dict[str, str]]]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += names(pattern.url_patterns)
        elif pattern.name:
            arguments = pattern.pattern.regex.groupindex
            found.append((pattern.name, {name: EXAMPLES[name] for name in arguments}))
    return found


PAGES = names(urlpatterns)


def check(client: Client, name: str, arguments: dict[str, str]) -> None:
    answer = client.get(reverse(name, kwargs=arguments))
    assert answer.status_code in {200, 302, 404}
    if answer.status_code == 200:
        page = answer.content.decode()
        assert 'class="header"' in page
        assert "<h1>" in page


@pytest.mark.parametrize(("name", "arguments"), PAGES, ids=[name for name, _ in PAGES])
def test_a_visitor_gets_a_page_of_ours_or_is_led_on(client: Client, db, name: str, arguments: dict[str, str]) -> None:
    check(client, name, arguments)


@pytest.mark.parametrize(("name", "arguments"), PAGES, ids=[name for name, _ in PAGES])
def test_a_member_gets_a_page_of_ours_or_is_led_on(member: Client, name: str, arguments: dict[str, str]) -> None:
    check(member, name, arguments)


def test_the_walk_has_met_the_pages_that_we_use() -> None:
    used = {"account_login", "account_signup", "account_logout", "account_email", "account_reset_password"}
    assert used <= {name for name, _ in PAGES}


def test_too_many_requests_get_a_page_of_ours(client: Client, db) -> None:
    for _ in range(21):
        answer = client.post(reverse("account_signup"), {})
    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()
