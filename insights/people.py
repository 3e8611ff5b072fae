"""One person as staff may look at them: what they did beside what each algorithm would show them. Nothing is changed.

Whoever has not let us count what they do is shown by what serving needs alone: ratings, lists and settings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog import names
from catalog.cards import MovieCard
from insights import words
from insights.dashboards.figures import Column, Figure
from insights.models import ActivityLog, Inspection
from recs import drafts, explain, feedback, queries, serving, whys
from recs import taste as tastes
from recs.forms_taste import DIVERSITY, NOVELTY, Slider
from recs.mine import Mine
from recs.models import Assignment, Experiment, ExperimentOptOut, Interaction
from recs.services import enrolment, picks
from recs.shelf import Person
from recs.whys import Explained

PICKS = 20
LOOKS = 20
LOGGED = 300  # rows of the log that are looked through, the newest first
Action = ActivityLog.Action
ACTIONS = (Action.MOVIE_VIEW, Action.RECOMMENDATION_CLICK, Action.MOVIE_SEARCH)
Text = str | Promise


@dataclass(frozen=True)
class Shown:
    """One film that an algorithm would show, with the reason as this person would read it."""

    rank: int
    card: MovieCard
    score: float
    reason: SafeString
    algorithm: str
    version: str


@dataclass(frozen=True)
class Logged:
    """A row of the log in words: what happened, and with which film or words."""

    at: datetime
    action: str
    label: Text
    film: MovieCard | None
    words: str


@dataclass(frozen=True)
class Place:
    """Where this person stands in an experiment that runs."""

    experiment: Experiment
    variant: str
    seen_at: datetime | None


class Look(NamedTuple):
    """When somebody of the staff looked, who, and at what."""

    at: datetime
    who: str
    what: Text


class Inspected:
    """Everything that the page asks about one person; each part is read when it is asked for."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.mine = Mine(user)

    @property
    def counted(self) -> bool:
        return self.user.data_usage_consent

    @cached_property
    def taste(self) -> tastes.Taste:
        return tastes.of(self.user)

    @cached_property
    def served(self) -> str:
        """The engine that makes their picks now."""
        return picks.algorithm_for(self.user)

    @cached_property
    def algorithms(self) -> Mapping[str, tastes.Choice]:
        """Those that they may choose, and the one of their arm where nobody can choose that."""
        choices = tastes.choices(self.user)
        return (
            choices
            if self.served in choices
            else {**choices, self.served: tastes.Choice(words.ALGORITHMS.get(self.served, self.served), "")}
        )

    @cached_property
    def person(self) -> Person:
        return replace(drafts.person_of(self.user, self.mine), genres=queries.genre_preferences(self.user))

    def as_served_by(self, algorithm: str) -> Person:
        """The same with everything they set but the engine."""
        return replace(self.person, taste=replace(self.person.taste, algorithm=algorithm))

    def picks(self, algorithm: str) -> list[Shown]:
        """The first films of their list by this algorithm; where it has too little to say, by those that stand in."""
        exclude = feedback.settled(self.mine.deeds)
        found = serving.picks_for(self.as_served_by(algorithm), n=PICKS, exclude=exclude)
        cards = queries.cards([pick.movie_id for pick in found])
        reasons = explain.sentences({pick.movie_id: pick.reason for pick in found})
        return [
            Shown(
                pick.rank, cards[pick.movie_id], pick.score, reasons[pick.movie_id], pick.algorithm, pick.model_version
            )
            for pick in found
            if pick.movie_id in cards
        ]

    def working(self, algorithm: str, movie_id: int) -> Explained | None:
        """The numbers behind "Why this?" for one film."""
        return whys.explained(self.as_served_by(algorithm), movie_id)

    def counts(self) -> dict[str, int]:
        """How many films of each kind of act."""
        rows = Interaction.objects.filter(user=self.user).values_list("interaction_type")
        return dict(rows.annotate(films=Count("pk")).order_by())

    def acts(self) -> QuerySet[Interaction]:
        """Ratings, lists and what was picked in the welcome: what the algorithms go by."""
        acts = Interaction.objects.filter(user=self.user).select_related("movie")
        return acts.only("interaction_type", "rating", "source", "timestamp", "movie__title", "movie__slug")

    def log(self) -> list[Logged]:
        """The newest visits, clicks and searches; nothing without consent, whatever the log says."""
        if not self.counted:
            return []
        rows = ActivityLog.objects.filter(user=self.user, action_type__in=ACTIONS).order_by("-timestamp")[:LOGGED]
        found = list(rows.values_list("timestamp", "action_type", "movie_id", "metadata"))
        cards = queries.cards({movie_id for _at, _action, movie_id, _said in found if movie_id})
        return [
            Logged(at, action, Action(action).label, cards.get(movie_id), _words(said))
            for at, action, movie_id, said in found
        ]

    def places(self) -> list[Place]:
        """Their arms in what runs now; somebody who may not take part any more has none."""
        if not enrolment.eligible(self.user) or self.has_left:
            return []
        drawn = Assignment.objects.filter(user=self.user, phase=F("experiment__phase"))
        drawn = drawn.filter(experiment__status=Experiment.Status.RUNNING, experiment__is_active=True)
        rows = drawn.exclude(experiment__in=Experiment.objects.filter(Experiment.SHOWN_ONLY))
        return [
            Place(one.experiment, one.get_variant_display(), one.first_exposed_at)
            for one in rows.select_related("experiment").order_by("experiment_id")
        ]

    @cached_property
    def has_left(self) -> bool:
        return ExperimentOptOut.objects.filter(user=self.user).exists()

    @property
    def novelty(self) -> str:
        return Slider(NOVELTY).word(self.taste.novelty)

    @property
    def diversity(self) -> str:
        return Slider(DIVERSITY).word(self.taste.diversity)

    def genres(self) -> list[str]:
        """The genres they named when they joined."""
        known = queries.genre_names()
        return [names.genre(known[one]) for one in self.person.genres if one in known]

    def less(self) -> list[whys.Line]:
        """What they told us to use less."""
        return whys.adjusted(self.user)

    def looks(self) -> list[Look]:
        """The last times that somebody looked, the newest first."""
        rows = Inspection.objects.filter(person=self.user).select_related("actor").order_by("-at", "-pk")[:LOOKS]
        return [Look(row.at, called(row.actor), words.look(row.algorithm)) for row in rows]


def masked(email: str) -> str:
    """Enough of an address to tell people apart, too little to write to them: "v•••@m•••.localhost"."""
    name, _at, domain = email.rpartition("@")
    host, dot, end = domain.rpartition(".")
    return f"{name[:1]}•••@{(host or domain)[:1]}•••{dot}{end if dot else ''}" if name else "•••"


def address(user: User, *, reader: User) -> str:
    """In full for administrators alone."""
    return user.email if reader.is_superuser else masked(user.email)


def called(user: User | None) -> str:
    """Who looked; a look outlives the account of whoever it was."""
    return user.display_name if user else gettext("somebody whose account is gone")


def looks_listed(looks: Iterable[Inspection]) -> Figure:
    """Who looked at whom, for a file; numbers tell people of one name apart."""
    columns = [
        Column(_("When"), "moment"),
        Column(_("Who looked"), "text"),
        Column(_("Person"), "text"),
        Column(_("Number")),
        Column(_("What"), "text"),
    ]
    rows = [
        (look.at, called(look.actor), look.person.display_name, look.person_id, str(words.look(look.algorithm)))
        for look in looks
    ]
    return Figure("inspections", _("List of looks"), columns, rows)


def _words(said: Any) -> str:
    query = said.get("query") if isinstance(said, Mapping) else None
    return query if isinstance(query, str) else ""
