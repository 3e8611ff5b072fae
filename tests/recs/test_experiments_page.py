"""What people are told of experiments, and the way out."""

import pytest
from django.urls import reverse
from django.utils import timezone

from recs.models import Assignment, ExperimentEvent, ExperimentOptOut
from recs.services import enrolment
from tests import factories
from tests.recs import trials

pytestmark = pytest.mark.django_db
PAGE = "/experiments/"


def page(user=None, query: str = "", client=None) -> str:
    return (client or trials.browser(user)).get(f"{PAGE}{query}").content.decode()


def running(**fields):
    return trials.experiment(
        **{
            "name": "What films are made of",
            "description": "Do makers matter more?",
            "hypothesis": "People open more films.",
            "algorithm_b": "content_based",
            **fields,
        }
    )


def concluded(**fields):
    said = {"outcome": "b", "figures": {"n": [1200, 1234], "effect": 0.05, "low": 0.01, "high": 0.09}}
    trial = running(**{"status": "concluded", "winner_algorithm": "content_based", **fields})
    ExperimentEvent.objects.create(experiment=trial, action="conclude", detail=said)
    return trial


def test_visitors_may_read_it(client):
    running()
    html = page(client=client)
    assert "What films are made of" in html
    assert "Only members who are signed in take part" in html


def test_both_sides_and_what_decides_are_named_in_plain_words():
    running()
    html = page(trials.person())
    for words in ("Do makers matter more?", "“Everything together”", "“What films are made of”", "open a film"):
        assert words in html


@pytest.mark.parametrize("kind", ["ab", "interleaving"])
def test_what_i_get_is_only_told_when_i_ask(kind):
    trial, user = running(kind=kind), trials.person()
    trials.drawn(trial, user, "b")
    assert "Your first row is" not in page(user)
    assert "Your first row is" in page(user, f"?mine={trial.pk}")


def test_reading_the_page_draws_nobody():
    running()
    page(trials.person())
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 40, "%00"])
def test_asking_about_nonsense_is_a_page_as_usual(asked):
    running()
    assert "Your part" in page(trials.person(), f"?mine={asked}")


def test_drafts_and_what_waits_for_its_decision_are_not_shown():
    running(status="draft", name="Secret draft")
    running(status="stopped", name="Secret stop")
    assert "Secret" not in page(trials.person())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_staff": True}, "You work here"),
        ({"data_usage_consent": False}, "nothing you do is counted"),
        ({"algorithm_preference": "trending"}, "Your choice stands"),
    ],
    ids=["staff", "consent", "choice"],
)
def test_who_is_in_none_is_told_why(fields, words):
    assert words in page(trials.person(**fields))


def test_leaving_and_coming_back_count_at_the_next_page():
    running()
    user = trials.person()
    arm, client = enrolment.arm_for(user), trials.browser(user)
    left = client.post(reverse("recs:experiments_part"), {"part": "0"}, follow=True).content.decode()
    assert "You have left" in left
    assert enrolment.arm_for(user) is None
    client.post(reverse("recs:experiments_part"), {"part": "1"})
    assert enrolment.arm_for(user) == arm


def test_whoever_leaves_may_take_their_figures_along():
    running()
    user = trials.person()
    enrolment.arm_for(user)
    trials.browser(user).post(reverse("recs:experiments_part"), {"part": "0", "forget": "1"})
    assert not Assignment.objects.exists()


def test_only_a_post_changes_anything():
    user = trials.person()
    assert trials.browser(user).get(reverse("recs:experiments_part")).status_code == 405
    assert not ExperimentOptOut.objects.exists()


def test_visitors_have_nothing_to_leave(client):
    assert client.post(reverse("recs:experiments_part"), {"part": "0"}).status_code == 302
    assert not ExperimentOptOut.objects.exists()


def test_what_was_learnt_has_its_winner_people_and_note():
    concluded(decision_note="Clear enough.", status="shipped")
    html = page(trials.person())
    for words in (
        "“What films are made of” did better",
        "2,434 people took part",
        "5.0 %",
        "Clear enough.",
        "Everybody has it now",
    ):
        assert words in html


def test_what_was_lost_is_told_with_a_minus():
    trial = concluded(winner_algorithm="popular")
    said = {"outcome": "a", "figures": {"n": [1200, 1234], "effect": -0.05, "low": -0.09, "high": 0.01}}
    ExperimentEvent.objects.create(experiment=trial, action="conclude", detail=said)
    assert "changed by \u22125.0 %; the truth is likely between \u22129.0 and 1.0 %." in page(trials.person())


def test_no_winner_is_said_as_it_is():
    trial = running(status="concluded", updated_at=timezone.now())
    assert "No difference was found" in page(trials.person())
    ExperimentEvent.objects.create(experiment=trial, action="conclude", detail={"outcome": "invalid", "figures": {}})
    assert "Something went wrong" in page(trials.person())


def test_names_and_notes_are_text_and_never_markup():
    concluded(name="<b>bold</b>", description="<script>x</script>", decision_note="<i>note</i>")
    html = page(trials.person())
    assert not [tag for tag in ("<b>bold", "<script>x", "<i>note") if tag in html]


def test_footer_and_privacy_settings_lead_here(member):
    for path in ("/", "/settings/privacy/"):
        assert f'href="{PAGE}"' in member.get(path).content.decode()


def test_the_page_costs_few_queries(django_assert_max_num_queries):
    for number in range(4):
        concluded(name=f"Trial {number}")
    running(name="Now")
    client = trials.browser(factories.user(data_usage_consent=True))
    client.get(PAGE)
    with django_assert_max_num_queries(8):
        client.get(PAGE)
