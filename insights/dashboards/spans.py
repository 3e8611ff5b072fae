"""Which days and which people a page is about. The address says so, and the pages hand it on to each other."""

import datetime
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, User
from accounts.services import demo_logins

PRESETS = (7, 28, 90)
USUAL = 28
LONGEST = 366
FIRST_DAY = datetime.date(2000, 1, 1)
ONE_DAY = datetime.timedelta(days=1)
SEGMENTS = [
    ("all", _("Everybody")),
    ("new", _("New: joined in the last 28 days")),
    ("active", _("Active: did something in the last 28 days")),
    ("cold", _("Little known: fewer than 5 ratings")),
]
LANGUAGES = [(f"language-{code}", label) for code, label in Language.choices]
SIMULATED = [("", _("Only if there is nobody else")), ("yes", _("Count them")), ("no", _("Leave them out"))]


@dataclass(frozen=True)
class Span:
    """Whole days from `first` to `last`, both included, and the people who count. `leaves_out`: there are simulated
    people, and they do not."""

    first: datetime.date
    last: datetime.date
    zone: datetime.tzinfo
    segment: str = "all"
    simulated: bool = False
    kept: tuple[tuple[str, str], ...] = ()
    leaves_out: bool = False

    @property
    def start(self) -> datetime.datetime:
        """The midnight that begins the first day, wherever the reader is."""
        return datetime.datetime.combine(self.first, datetime.time(), self.zone)

    @property
    def end(self) -> datetime.datetime:
        return datetime.datetime.combine(self.last + ONE_DAY, datetime.time(), self.zone)

    @cached_property
    def days(self) -> list[datetime.date]:
        return [self.first + ONE_DAY * number for number in range(self.length)]

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Span":
        """As many days, right before these."""
        return replace(self, first=self.first - ONE_DAY * self.length, last=self.first - ONE_DAY)

    def since(self, days: int) -> "Span":
        """The same with so many days more at its beginning."""
        return replace(self, first=self.first - ONE_DAY * days)

    @property
    def is_under_way(self) -> bool:
        """Does the last day still go on?"""
        return self.last >= timezone.localdate()

    @property
    def with_simulated(self) -> str:
        """The query of the same days and people, and the simulated ones."""
        return f"?{urlencode({**dict(self.kept), 'simulated': 'yes'})}"

    @property
    def query(self) -> str:
        """What the other pages get behind their address: with its question mark, or nothing."""
        return f"?{urlencode(self.kept)}" if self.kept else ""

    @property
    def rest(self) -> str:
        """The same without the days, for the links that choose others."""
        rest = [(name, value) for name, value in self.kept if name not in ("days", "since", "until")]
        return f"&{urlencode(rest)}" if rest else ""


class SpanForm(forms.Form):
    """Days by their number back from today, or from a day to a day, which wins."""

    days = forms.TypedChoiceField(
        choices=[(days, days) for days in PRESETS], coerce=int, required=False, empty_value=None
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    segment = forms.ChoiceField(label=_("Who"), choices=[*SEGMENTS, (_("By language"), LANGUAGES)], required=False)
    simulated = forms.ChoiceField(label=_("Simulated people of the demo"), choices=SIMULATED, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        today = timezone.localdate()
        until = min(said.get("until") or today, today)
        since = said.get("since") or until - ONE_DAY * ((said.get("days") or USUAL) - 1)
        if since > until:
            self.add_error("since", gettext("The first day comes after the last one."))
        elif since < FIRST_DAY:
            self.add_error("since", gettext("There is nothing from before the year 2000."))
        elif (until - since).days >= LONGEST:
            self.add_error("since", gettext("A year at most can be shown at once."))
        return {**said, "first": since, "last": until}


def read(query: QueryDict) -> tuple[Span, SpanForm]:
    """The span that an address asks for, and its form; what cannot be meant says so and gives the usual days."""
    form = SpanForm(query if any(name in query for name in SpanForm.base_fields) else {}, label_suffix="")
    today = timezone.localdate()
    said: dict[str, Any] = {"first": today - ONE_DAY * (USUAL - 1), "last": today}
    if form.is_valid():
        said = form.cleaned_data
    kept = tuple((name, str(query[name])) for name in SpanForm.base_fields if form.is_valid() and query.get(name))
    others, some = _who_is_here()
    simulated = said.get("simulated") == "yes" or (not said.get("simulated") and not others)
    return Span(
        said["first"],
        said["last"],
        timezone.get_current_timezone(),
        said.get("segment") or "all",
        simulated,
        kept,
        some and not simulated,
    ), form


def _who_is_here() -> tuple[bool, bool]:
    """Whether there are people other than the simulated and the log-ins of the demo; whether some are simulated."""
    people = User.objects.filter(is_active=True, is_staff=False)
    others = people.filter(is_simulated=False).exclude(email__endswith=f"@{demo_logins.DOMAIN}")
    found = User.objects.values_list(Exists(others), Exists(people.filter(is_simulated=True)))[:1]
    return next(iter(found), (False, False))
