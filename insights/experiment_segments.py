"""The goal in parts of the people, as the page of an experiment shows it: exploration, in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import Language
from insights import experiment_pictures as pictures
from insights.experiment_pictures import Bar
from insights.experiments import segments
from insights.experiments.sentences import number, percent

BY: Mapping[str, str | Promise] = {
    "language": gettext_lazy("Language"),
    "joined": gettext_lazy("How long here"),
    "activity": gettext_lazy("How active before"),
}
OF: Mapping[str, str | Promise] = {
    "new": gettext_lazy("Joined in the 28 days before"),
    "old": gettext_lazy("Here for longer"),
    "least": gettext_lazy("The least active third"),
    "middle": gettext_lazy("The middle third"),
    "most": gettext_lazy("The most active third"),
    **{code: label for code, label in Language.choices},
    segments.OTHERS: gettext_lazy("Other languages"),
}
ORDER = list(OF)


@dataclass(frozen=True)
class Part:
    by: str
    of: str
    people: list[str]
    lift: str
    low: str
    high: str
    p: str
    bar: Bar | None


def parts(found: list[Mapping[str, Any]], *, told_p: Any) -> list[Part]:
    """Those of one kind together, in their natural order. `told_p` says a p-value in words."""
    known = [(one["low"], one["high"]) for one in found if one["known"]]
    far = pictures.reach(known)
    ordered = sorted(found, key=lambda one: (list(BY).index(one["by"]), _place(one["of"])))
    return [_part(one, far, told_p) for one in ordered]


def _place(of: str) -> int:
    return ORDER.index(of) if of in ORDER else len(ORDER)


def _part(one: Mapping[str, Any], far: float, told_p: Any) -> Part:
    known = one["known"]
    return Part(
        by=str(BY[one["by"]]),
        of=str(OF.get(one["of"], one["of"])),
        people=[number(count) for count in one["n"]],
        lift=percent(one["effect"], signed=True) if known else "–",
        low=percent(one["low"], signed=True) if known else "",
        high=percent(one["high"], signed=True) if known else "",
        p=told_p(one.get("p_adjusted")),
        bar=pictures.bar(one["effect"], one["low"], one["high"], reach=far) if known else None,
    )
