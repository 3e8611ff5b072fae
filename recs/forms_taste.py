"""What people send us about how their picks are made."""

from dataclasses import asdict, dataclass
from typing import Any, cast

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog import queries as catalog_queries
from catalog.models import Genre, Movie, Person
from recs import taste as tastes
from recs.models import Adjustment
from recs.taste import Taste

STEP = 0.1
LEAST, MOST = 0.0, 1.0
Words = tuple[str | Promise, ...]
# What the places of a slider are called, from one end to the other.
NOVELTY: Words = (
    _("Very popular"),
    _("Rather popular"),
    _("Balanced"),
    _("Rather adventurous"),
    _("Very adventurous"),
)
DIVERSITY: Words = (_("Very similar"), _("Rather similar"), _("Balanced"), _("Rather diverse"), _("Very diverse"))
STEPS = ("novelty-less", "novelty-more", "diversity-less", "diversity-more")


class Slider(forms.NumberInput):
    """A native range input that says its place in words; taste.js keeps the words in step with the thumb."""

    input_type = "range"

    def __init__(self, words: Words) -> None:
        super().__init__({"min": "0", "max": "1", "step": str(STEP), "class": "slide__range"})
        self.words = words

    def word(self, value: Any) -> str:
        """The words for a place; what is no place between the ends counts as the middle, where the thumb will be."""
        place = _place(value)
        return str(self.words[int(place * (len(self.words) - 1) + 0.5)])

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        said = {"aria-valuetext": self.word(value), "data-words": "|".join(map(str, self.words))}
        return super().get_context(name, f"{_place(value):g}", {**said, **(attrs or {})})

    def format_value(self, value: Any) -> str:
        return str(value)  # for machines: a dot in every language


def _place(value: Any) -> float:
    try:
        place = float(value)
    except (TypeError, ValueError):
        return tastes.NEUTRAL
    return place if LEAST <= place <= MOST else tastes.NEUTRAL


class TasteForm(forms.Form):
    """All settings at once. `step` moves a slider by one place, for browsers without scripts."""

    algorithm = forms.ChoiceField(
        label=_("How we choose"),
        error_messages={"invalid_choice": _("There is no such way to choose films. Pick one of the list.")},
        widget=forms.RadioSelect,
    )
    novelty = forms.FloatField(label=_("Popular or adventurous"), widget=Slider(NOVELTY))
    diversity = forms.FloatField(label=_("Similar or diverse"), widget=Slider(DIVERSITY))
    decade = forms.ChoiceField(label=_("Decade"), required=False)
    certificate = forms.ChoiceField(label=_("Certificate"), required=False)
    step = forms.ChoiceField(choices=[(one, one) for one in STEPS], required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        now = tastes.of(user)
        super().__init__(data, initial=asdict(now), auto_id="taste-%s")
        self.choices = tastes.choices(user)
        decades = {f"{first}s" for first in catalog_queries.facets().decades} | {now.decade}
        named = [(one, gettext("%(year)ss") % {"year": one.removesuffix("s")}) for one in sorted(decades - {""})[::-1]]
        options: dict[str, list[tuple[str, Any]]] = {
            "algorithm": [(slug, choice.label) for slug, choice in self.choices.items()],
            "decade": [("", _("Any decade")), *named],
            "certificate": [("", _("Any certificate")), *(_up_to(one) for one in tastes.CERTIFICATES)],
        }
        for name, offered in options.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def clean_novelty(self) -> float:
        return _within(self.cleaned_data["novelty"])

    def clean_diversity(self) -> float:
        return _within(self.cleaned_data["diversity"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        name, _dash, way = found.get("step", "").partition("-")
        if name in found:
            moved = found[name] + (STEP if way == "more" else -STEP)
            found[name] = round(min(MOST, max(LEAST, moved)), 4)
        return found

    @property
    def ways(self) -> list[dict[str, Any]]:
        chosen = self["algorithm"].value()
        return [{"slug": slug, "choice": one, "chosen": slug == chosen} for slug, one in self.choices.items()]

    @property
    def slides(self) -> list[dict[str, Any]]:
        """Each slider with the words for its place, its ends and the buttons beside it."""
        said = {
            "novelty": (
                gettext("Popular"),
                gettext("Adventurous"),
                gettext("More popular"),
                gettext("More adventurous"),
            ),
            "diversity": (gettext("Similar"), gettext("Diverse"), gettext("More similar"), gettext("More diverse")),
        }
        return [
            {
                "field": self[name],
                "now": cast(Slider, self.fields[name].widget).word(self[name].value()),
                **dict(zip(("from", "to", "less", "more"), words, strict=True)),
            }
            for name, words in said.items()
        ]

    @property
    def filters(self) -> list[forms.BoundField]:
        return [self["decade"], self["certificate"]]

    @property
    def chosen(self) -> Taste:
        """What was sent, once it is valid."""
        said = self.cleaned_data
        return Taste(said["algorithm"], said["novelty"], said["diversity"], said["decade"], said["certificate"])


def _up_to(certificate: str) -> tuple[str, str]:
    return certificate, gettext("Up to %(certificate)s") % {"certificate": certificate}


def _within(place: float) -> float:
    if not LEAST <= place <= MOST:
        raise forms.ValidationError(_("Choose a place between the two ends."))
    return place


def packed(taste: Taste) -> str:
    """Settings as one word that a button can carry, to be read by `TasteForm` like anything else that is sent."""
    said = QueryDict(mutable=True)
    said.update({name: str(value) for name, value in asdict(taste).items()})
    return said.urlencode()


@dataclass(frozen=True, slots=True)
class Change:
    """How much of one reason to use: 1 all, 0.5 less, 0 nothing of it."""

    kind: str
    target: int
    weight: float

    @property
    def said(self) -> str:
        """As a button says it and `AdjustForm` reads it."""
        return f"{self.kind}:{self.target}:{self.weight:g}"


class AdjustForm(forms.Form):
    """One press on one reason: "film:12:0.5"."""

    UNKNOWN = _("We do not know that reason. Reload the page and try again.")
    change = forms.RegexField(
        r"\A(film|genre|person|popularity):(0|[1-9][0-9]{0,17}):(0|1|0\.[0-9]{1,6})\Z",
        error_messages={"required": UNKNOWN, "invalid": UNKNOWN},
    )

    def clean_change(self) -> Change:
        kind, target, weight = self.cleaned_data["change"].split(":")
        change = Change(kind, int(target), float(weight))
        # What is gone may be used again, so that its name leaves the list; only what is there can be used less.
        if not _fits(change) or (change.weight < 1 and not _exists(change)):
            raise forms.ValidationError(self.UNKNOWN)
        return change


def _fits(change: Change) -> bool:
    return (change.target == 0) == (change.kind == Adjustment.Kind.POPULARITY)


def _exists(change: Change) -> bool:
    tables: dict[str, type[Model]] = {"film": Movie, "genre": Genre, "person": Person}
    table = tables.get(change.kind)
    return table is None or table._default_manager.filter(pk=change.target).exists()
