"""Every staff address of notify as every role: who comes in, who is refused, and that no address is forgotten."""

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import User
from insights.models import Inspection
from notify.models import Announcement, Circuit, Delivery, Suppression, SuppressionReason, SuppressionScope
from notify.services import suppressions
from notify.urls import urlpatterns
from tests import roles
from tests.notify.outbox import mail

pytestmark = pytest.mark.django_db

REFUSED, POST_ONLY = 403, 405
STAFF = {"staff", "administrator"}


def walk(found=urlpatterns, prefix: str = ""):
    for one in found:
        if isinstance(one, URLPattern):
            yield prefix + str(one.pattern), one
        else:
            yield from walk(one.url_patterns, prefix + str(one.pattern))


PATTERNS = {pattern.name: (there, pattern) for there, pattern in walk() if there.startswith("staff/")}
NAMES = sorted(PATTERNS)


@pytest.fixture
def people() -> dict[str, Client]:
    return roles.browsers()


@pytest.fixture
def address(admin):
    row = mail()
    circuit = Circuit.objects.create(name="email")
    found = suppressions.add(address="a@example.org", reason=SuppressionReason.STAFF, scope=SuppressionScope.ALL)
    announcement = Announcement.objects.create(title="New", message="Words", created_by=admin)
    owners = {"circuit": circuit.pk, "suppression": found.pk, "digest": row.user_id, "announcement": announcement.pk}

    def of(name: str) -> str:
        wanted = set(PATTERNS[name][1].pattern.converters)
        for there, pattern in walk():
            if pattern.name == name:
                wanted |= {key for key in ("number", "pk") if f":{key}>" in there}
        pk = owners.get(name.split("_", maxsplit=1)[0], 0)
        return reverse(f"notify:{name}", kwargs={key: {"number": row.id, "pk": pk}[key] for key in wanted})

    return of


def test_there_are_addresses_to_walk():
    assert {"mails", "mail_resend", "mail_health", "suppression_lift", "mail_why", "announcements"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_only_staff_come_in(people, address, name):
    there = address(name)
    codes = {role: people[role].get(there).status_code for role in roles.ROLES}
    if set(codes.values()) == {POST_ONLY}:
        codes = {role: people[role].post(there).status_code for role in roles.ROLES}
    assert {role for role in roles.ROLES if codes[role] != REFUSED} == STAFF
    assert max(codes.values()) < 500


@pytest.mark.parametrize("name", NAMES)
def test_nobody_else_can_post_there(people, address, name):
    there = address(name)
    for role in set(roles.ROLES) - STAFF:
        assert people[role].post(there).status_code in (REFUSED, POST_ONLY)


@pytest.mark.parametrize("name", NAMES)
def test_a_visitor_is_asked_to_log_in(client, address, name):
    there = address(name)
    assert client.get(there).url == f"{reverse('account_login')}?next={there}"


@pytest.mark.parametrize(
    ("name", "query", "what"),
    [
        ("mail", "", "mail"),
        ("mail_preview", "", "mail"),
        ("mail_why", "?person={}", "why"),
        ("digest_preview", "?person={}", "digest"),
        ("digest_frame", "", "digest"),
    ],
)
def test_each_look_at_a_person_is_written_down(people, address, name, query, what):
    there = address(name)
    person = Delivery.objects.get().user
    people["staff"].get(there + query.format(person.pk))
    assert list(Inspection.objects.values_list("person", "algorithm")) == [(person.pk, what)]


def test_the_frames_of_a_page_are_no_looks_of_their_own(people, address):
    people["staff"].get(address("digest_frame"), headers={"Sec-Fetch-Dest": "iframe"})
    assert not Inspection.objects.exists()


def test_staff_who_were_switched_off_are_out(people, address):
    User.objects.update(is_active=False)
    assert people["staff"].get(address("mails")).status_code == 302
    assert Suppression.objects.exists()


@pytest.mark.parametrize(("role", "sees"), [("member", False), ("editor", False), ("staff", True)])
def test_the_menu_leads_there_those_who_may_go(people, role, sees):
    page = people[role].get(reverse("recs:watchlist")).content.decode()
    assert (f'href="{reverse("notify:mails")}"' in page) is sees
