"""/insights/inspections/: who looked at whom, for administrators."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from insights.models import Inspection
from insights.services import inspections
from tests import factories

pytestmark = pytest.mark.django_db
LIST, FILE = "/insights/inspections/", "/insights/inspections.csv"


@pytest.fixture
def auditor(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def sam() -> User:
    return factories.user(first_name="Sam", last_name="Staff", email="sam@staff.example.org", is_staff=True)


@pytest.fixture
def ana() -> User:
    return factories.user(first_name="Ana", last_name="Lovelace")


def look(actor: User, person: User, what: str = "popular", *, ago: int = 0) -> Inspection:
    made = inspections.record(actor=actor, person=person, algorithm=what)
    if not ago:
        return made
    made.delete()
    at = timezone.now() - datetime.timedelta(days=ago)
    return Inspection.objects.create(actor=actor, person=person, algorithm=what, at=at)


def html(client: Client, query: str = "", **headers: str) -> str:
    answer = client.get(f"{LIST}?{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def seen(client: Client, query: str = "") -> list[str]:
    """The people who were looked at, row by row."""
    rows = html(client, query).partition("<tbody")[2].split("<tr")[1:]
    return [row.split("</bdi></a>")[0].rpartition("<bdi>")[2] for row in rows]


def test_every_look_says_when_who_whom_and_at_what(auditor, sam, ana):
    made = look(sam, ana, "content_based")
    page = html(auditor)
    assert "<strong>1</strong> look" in page
    for part in ("Sam Staff", f'<a href="/insights/people/{ana.pk}/"><bdi>Ana Lovelace</bdi></a>'):
        assert part in page
    assert "What films are made of" in page
    assert f"{timezone.localtime(made.at):%Y}" in page


@pytest.mark.parametrize(
    ("what", "words"), [("mail", "Mail"), ("digest", "Weekly digest"), ("why", "Why not?"), ("gone_by", "gone_by")]
)
def test_a_look_at_mail_or_at_what_is_no_more_is_named_too(auditor, sam, ana, what, words):
    look(sam, ana, what)
    assert f"<td >{words}</td>" in html(auditor)


def test_nobody_has_looked_yet_is_said(auditor):
    assert "Nobody has looked yet" in html(auditor)
    assert "Nothing fits" in html(auditor, "by=nobody")


@pytest.mark.parametrize("heading", ["at", "actor", "person", "what"])
def test_every_heading_is_an_order(auditor, sam, ana, heading):
    zoe = factories.user(first_name="Zoe", last_name="", username="zoe")
    look(sam, ana, "collaborative", ago=2)
    look(zoe, zoe, "popular", ago=1)
    assert seen(auditor, f"sort={heading}") == ["Ana Lovelace", "Zoe"]
    assert seen(auditor, f"sort=-{heading}") == ["Zoe", "Ana Lovelace"]


def test_the_newest_look_comes_first_without_an_order_and_among_equals(auditor, sam):
    people = [factories.user(first_name=name, last_name="") for name in "ABC"]
    for ago, person in enumerate(people):
        look(sam, person, ago=ago)
    assert seen(auditor) == seen(auditor, "sort=actor") == seen(auditor, "sort=-actor") == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("by=sam", {"Ana Lovelace"}),
        ("by=zoe", {"Zoe"}),
        ("by=staff.example", {"Ana Lovelace"}),
        ("of=lovelace", {"Ana Lovelace"}),
        ("of=lovelace&by=zoe", set()),
        ("of=%00", {"Ana Lovelace", "Zoe"}),
        ("of=" + "9" * 30, set()),
        ("since=nonsense&page=nonsense&sort=nonsense", {"Ana Lovelace", "Zoe"}),
        ("page=99", {"Ana Lovelace", "Zoe"}),
    ],
)
def test_looks_are_narrowed_by_who_looked_and_at_whom(auditor, sam, ana, query, wanted):
    zoe = factories.user(first_name="Zoe", last_name="", username="zoe")
    look(sam, ana)
    look(zoe, zoe)
    assert set(seen(auditor, query)) == wanted


def test_a_number_means_one_person_and_nobody_whose_name_holds_it(auditor, sam, ana):
    other = factories.user(first_name=f"Ana {ana.pk}", last_name="")
    look(sam, ana)
    look(sam, other)
    assert seen(auditor, f"of={ana.pk}") == ["Ana Lovelace"]


def test_days_are_those_of_the_reader(auditor, sam, ana):
    auditor.cookies["timezone"] = "Pacific/Auckland"
    Inspection.objects.create(
        actor=sam, person=ana, algorithm="popular", at=datetime.datetime(2026, 5, 1, 20, tzinfo=datetime.UTC)
    )
    assert seen(auditor, "since=2026-05-02&until=2026-05-02") == ["Ana Lovelace"]
    assert seen(auditor, "until=2026-05-01") == []


def test_a_look_of_somebody_who_has_gone_stays(auditor, sam, ana):
    look(sam, ana)
    sam.delete()
    assert "somebody whose account is gone" in html(auditor)
    assert "somebody whose account is gone" in b"".join(auditor.get(FILE).streaming_content).decode()


def test_the_file_holds_the_same_looks_in_the_same_order(auditor, sam, ana):
    evil = factories.user(first_name="=1+1", last_name="")
    look(sam, ana, ago=1)
    look(sam, evil)
    answer = auditor.get(FILE, {"sort": "at"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0].endswith("When,Who looked,Person,Number,What")
    assert f"Sam Staff,Ana Lovelace,{ana.pk},Popular" in lines[1]
    assert "'=1+1" in lines[2]
    assert auditor.get(FILE, {"of": ana.pk}).streaming_content
    assert "inspections-" in answer["Content-Disposition"]


def test_by_htmx_the_list_comes_alone(auditor, sam, ana):
    look(sam, ana)
    page = html(auditor, **{"HX-Request": "true"})
    assert "<h1" not in page
    assert 'id="results"' in page


def test_the_page_takes_as_many_queries_for_many_looks(auditor, sam):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            html(auditor)
        return len(found)

    look(sam, factories.user())
    before = queries()
    for _ in range(8):
        look(factories.user(is_staff=True), factories.user())
    assert queries() == before


def test_looking_at_the_list_is_no_look_and_changes_none(auditor, sam, ana):
    look(sam, ana)
    assert auditor.post(LIST).status_code == 405
    html(auditor)
    assert Inspection.objects.count() == 1


def test_whoever_of_the_staff_was_given_the_right_reads_it_and_others_see_no_link(sam, ana):
    client = Client()
    client.force_login(sam)
    assert client.get(LIST).status_code == 403
    assert LIST not in client.get(reverse("insights:people")).content.decode()
    assert LIST not in client.get(reverse("insights:person", args=[ana.pk])).content.decode()
    sam.user_permissions.add(Permission.objects.get(codename="view_inspection"))
    assert f'href="{LIST}"' in client.get(reverse("insights:people")).content.decode()
    assert f'href="{LIST}?of={ana.pk}"' in client.get(reverse("insights:person", args=[ana.pk])).content.decode()
    assert seen(client) == ["Ana Lovelace"] * 2


def test_the_right_alone_opens_nothing_to_somebody_outside_the_staff(member, viewer):
    viewer.user_permissions.add(Permission.objects.get(codename="view_inspection"))
    assert member.get(LIST).status_code == 403
