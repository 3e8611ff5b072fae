"""Experiments as people fill them in: shares in per cent, times in their own zone, one question at a time."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from insights import words
from insights.experiment_words import FIELDS, OUTCOMES
from recs.models import Experiment
from recs.models.experiment import TargetMetric
from recs.services import experiments
from recs.taste import CHOICES, DEMOGRAPHIC

# The engine that goes by who people are needs each one's permission, so that it can be nobody's arm.
ALGORITHMS = [(name, words.ALGORITHMS[name]) for name in (*CHOICES, "genre_based") if name != DEMOGRAPHIC]
CONFIDENCES = [(0.8, "80\u00a0%"), (0.9, "90\u00a0%"), (0.95, "95\u00a0%"), (0.99, "99\u00a0%")]
GOALS: dict[str, Any] = {
    TargetMetric.CTR: gettext_lazy("Click-through rate: films clicked of films shown"),
    TargetMetric.ENGAGEMENT: gettext_lazy("Engagement: ratings and marks a person"),
    TargetMetric.CONVERSION: gettext_lazy("Conversion: people who rate or save a film within a week"),
    TargetMetric.RETENTION: gettext_lazy("Retention: people who are back in the second week"),
    TargetMetric.TIME_SPENT: gettext_lazy("Time spent a person"),
    TargetMetric.RATING: gettext_lazy("Mean rating: better as a guardrail, because raters choose to rate"),
}
# Fields in per cent, with the columns behind them and what those begin with.
SHARES = {
    "share": ("traffic_split", 0.5),
    "part_from": ("namespace_start", 0.0),
    "part_to": ("namespace_end", 1.0),
}
BESIDE = ("seen", "zone")  # said about the form, no part of the experiment
PLANNED_DAYS = 14
LONGEST_DAYS = 366
MINUTE = timedelta(minutes=1)


def _moment(**said: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, **said)


class ExperimentForm(forms.Form):
    """A draft, and what of it can still change while it runs (`locked` fields stand there and are not read)."""

    name = forms.CharField(label=FIELDS["name"], max_length=100)
    hypothesis = forms.CharField(
        label=FIELDS["hypothesis"],
        help_text=gettext_lazy("For example: people will click more, because they see fewer films they know."),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
    description = forms.CharField(
        label=FIELDS["description"], required=False, max_length=4000, widget=forms.Textarea({"rows": 2})
    )
    kind = forms.ChoiceField(
        label=FIELDS["kind"],
        choices=[
            (Experiment.Kind.AB, gettext_lazy("A/B test: each person sees A or B")),
            (Experiment.Kind.INTERLEAVING, gettext_lazy("Interleaving: everybody sees one list mixed of both")),
        ],
        help_text=gettext_lazy("Interleaving tells with fewer people which list is preferred, and nothing else."),
    )
    algorithm_a = forms.ChoiceField(label=FIELDS["algorithm_a"], choices=ALGORITHMS)
    algorithm_b = forms.ChoiceField(label=FIELDS["algorithm_b"], choices=ALGORITHMS)
    is_aa_test = forms.BooleanField(
        label=gettext_lazy("A/A test: the same on both sides, to check the measuring itself"), required=False
    )
    target_metric = forms.ChoiceField(label=FIELDS["target_metric"], choices=list(GOALS.items()))
    share = forms.FloatField(
        label=gettext_lazy("Share of people with A, in per cent"),
        help_text=gettext_lazy("From 10 to 90. At 50 the fewest people are needed."),
        min_value=10,
        max_value=90,
        widget=forms.NumberInput({"step": "any"}),
    )
    part_from = forms.FloatField(
        label=gettext_lazy("Part of all people: from, in per cent"),
        help_text=gettext_lazy("Experiments whose parts do not meet can run side by side."),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput({"step": "any"}),
    )
    part_to = forms.FloatField(
        label=gettext_lazy("to, in per cent"), min_value=0, max_value=100, widget=forms.NumberInput({"step": "any"})
    )
    start_date = _moment(label=FIELDS["start_date"], help_text=gettext_lazy("A time that is over means: at once."))
    end_date = _moment(
        label=FIELDS["end_date"], help_text=gettext_lazy("At least a week later, so that every day counts.")
    )
    minimum_sample_size = forms.IntegerField(
        label=FIELDS["minimum_sample_size"],
        help_text=gettext_lazy("Before that, no verdict is given."),
        min_value=1,
        max_value=10_000_000,
    )
    confidence_level = forms.TypedChoiceField(label=FIELDS["confidence_level"], choices=CONFIDENCES, coerce=float)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, experiment: Experiment | None = None, **kwargs: Any) -> None:
        self.experiment = experiment
        kwargs.setdefault("initial", {**_initial(experiment), "zone": timezone.get_current_timezone_name()})
        super().__init__(*args, **{**kwargs, "label_suffix": ""})
        if experiment is None:
            return
        for name in ("algorithm_a", "algorithm_b"):
            _with_choice(self.fields[name], getattr(experiment, name))
        _with_choice(self.fields["confidence_level"], experiment.confidence_level)
        if experiment.status != Experiment.Status.DRAFT:
            for name in set(self.fields) - {*experiments.WHILE_RUNNING, *BESIDE}:
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        self._read_in_the_zone_of_the_page(said)
        self._keep_what_was_not_touched(said)
        same = said.get("algorithm_a") == said.get("algorithm_b")
        if same and "algorithm_a" in said and not said.get("is_aa_test"):
            self.add_error("algorithm_b", _("Choose another algorithm than A, or say that it is an A/A test."))
        if said.get("is_aa_test") and not same and "algorithm_b" in said:
            self.add_error("algorithm_b", _("In an A/A test both sides have the same algorithm."))
        if (said.get("part_from") or 0) >= (said.get("part_to") or 100):
            self.add_error("part_to", _("The part ends before it begins."))
        start, end = said.get("start_date"), said.get("end_date")
        if start and end and not timedelta() < end - start <= timedelta(days=LONGEST_DAYS):
            self.add_error("end_date", _("It must end after it starts, and within a year."))
        return said

    def _read_in_the_zone_of_the_page(self, said: dict[str, Any]) -> None:
        """A browser's zone may only be known after the page with the form was made in another."""
        try:
            zone = ZoneInfo(said.get("zone") or "")
        except (ValueError, OSError, KeyError):
            return
        for name in ("start_date", "end_date"):
            if said.get(name) and not self.fields[name].disabled:
                said[name] = timezone.localtime(said[name]).replace(tzinfo=zone)

    def _keep_what_was_not_touched(self, said: dict[str, Any]) -> None:
        """A form shows no seconds and rounds shares: what looks the same is the same."""
        if self.experiment is None:
            return
        for name in ("start_date", "end_date"):
            before = getattr(self.experiment, name)
            if said.get(name) and said[name] == before.replace(second=0, microsecond=0):
                said[name] = before

    @property
    def seen_at(self) -> datetime | None:
        """The version that was edited; None where it is not said."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except (ValueError, KeyError):
            return None

    @property
    def values(self) -> dict[str, Any]:
        """Columns and their values; of what cannot change now, none."""
        read = [name for name, field in self.fields.items() if not field.disabled and name not in BESIDE]
        return {SHARES[name][0] if name in SHARES else name: self._value(name) for name in read}

    def _value(self, name: str) -> Any:
        return self.part(name) if name in SHARES else self.cleaned_data[name]

    def part(self, name: str) -> float:
        """A share as it is kept; a rounded one that was not touched stays as it was."""
        column, default = SHARES[name]
        said = self.cleaned_data.get(name)
        before = getattr(self.experiment, column) if self.experiment else default
        return before if said is None or abs(before - said / 100) < 1e-6 else said / 100


def _with_choice(field: forms.Field, value: Any) -> None:
    """What an experiment has stays among the choices, even if it is not offered any more."""
    if isinstance(field, forms.ChoiceField):
        choices: list[Any] = list(field.choices)  # type: ignore[arg-type]
        if str(value) not in {str(held) for held, _label in choices}:
            field.choices = [*choices, (value, words.ALGORITHMS.get(str(value), str(value)))]


def _initial(experiment: Experiment | None) -> dict[str, Any]:
    if experiment is None:
        now = timezone.now().replace(second=0, microsecond=0)
        return {
            "algorithm_a": "hybrid",
            "algorithm_b": "collaborative",
            **{name: 100 * default for name, (_column, default) in SHARES.items()},
            "target_metric": TargetMetric.CTR,
            "start_date": now,
            "end_date": now + timedelta(days=PLANNED_DAYS),
            "minimum_sample_size": 1000,
            "confidence_level": 0.95,
        }
    names = [name for name in ExperimentForm.base_fields if name not in (*SHARES, *BESIDE)]
    held = {name: getattr(experiment, name) for name in names}
    held |= {name: round(100 * getattr(experiment, column), 4) for name, (column, _default) in SHARES.items()}
    return {**held, "seen": experiment.updated_at.isoformat()}


class PhaseForm(forms.Form):
    phase = forms.IntegerField(widget=forms.HiddenInput)
    algorithm_a = forms.ChoiceField(label=FIELDS["algorithm_a"], choices=ALGORITHMS)
    algorithm_b = forms.ChoiceField(label=FIELDS["algorithm_b"], choices=ALGORITHMS)
    share = forms.FloatField(
        label=gettext_lazy("Share of people with A, in per cent"),
        min_value=10,
        max_value=90,
        widget=forms.NumberInput({"step": "any"}),
    )

    def __init__(self, *args: Any, experiment: Experiment, **kwargs: Any) -> None:
        self.experiment = experiment
        held = {name: getattr(experiment, name) for name in ("phase", "algorithm_a", "algorithm_b")}
        kwargs["initial"] = {**held, "share": round(100 * experiment.traffic_split, 4)}
        super().__init__(*args, **{**kwargs, "label_suffix": ""})
        for name in ("algorithm_a", "algorithm_b"):
            _with_choice(self.fields[name], getattr(experiment, name))

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        same = said.get("algorithm_a") == said.get("algorithm_b")
        if "algorithm_b" in said and same != self.experiment.is_aa_test:
            self.add_error(
                "algorithm_b",
                _("In an A/A test both sides have the same algorithm.") if not same else _("Choose another than A."),
            )
        return said


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why? (for the history)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )


class ConcludeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came out?"), choices=list(OUTCOMES.items()), widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy(
            "Needed where the figures do not say the same. Everybody can read it on the page “What we are trying”."
        ),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
    )


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the new draft"), max_length=100)
