"""An experiment in plain words, for people who decide about films and not about statistics."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from insights import words
from recs.models.experiment import TargetMetric
from web import signs

GUARDRAILS = {
    "latency": gettext_lazy("Time to the picks (95th percentile)"),
    "empty": gettext_lazy("Empty lists"),
    "not_interested": gettext_lazy("Marked “not interested”"),
    "unsubscribed": gettext_lazy("Unsubscribed from mail"),
    "fallback": gettext_lazy("Served by another algorithm than planned"),
}
_UNMET = {
    "aa": gettext_lazy("In an A/A test both sides are the same: there is nothing to ship."),
    "interleaving": gettext_lazy("Mixed lists only tell which list people prefer. Run an A/B test before you ship."),
    "goal": gettext_lazy("B is not shown to be better."),
    "health": gettext_lazy("Something is wrong with the experiment, or it has no data."),
    "people": gettext_lazy("Too few people have seen it."),
    "days": gettext_lazy("It has not run for a week."),
    "simulated": gettext_lazy("Its people are simulated, and so is what they did: there is nothing to ship."),
}
_STATES = {
    "worse": gettext_lazy("%(guardrail)s: worse with B than with A."),
    "open": gettext_lazy("%(guardrail)s: not yet shown to be no worse with B."),
    "nothing": gettext_lazy("%(guardrail)s: nothing was measured."),
}


@dataclass(frozen=True)
class Told:
    """What the words are made from."""

    design: Mapping[str, Any]
    results: Mapping[str, Any]
    state: str
    ship_allowed: bool
    simulated: bool = False

    @property
    def goal(self) -> Mapping[str, Any]:
        return self.results["goal"]

    @property
    def mixed(self) -> bool:
        return self.design["kind"] == "interleaving"


def number(value: float, places: int = 0) -> str:
    return signs.number(value, places)


def percent(share: float, *, signed: bool = False) -> str:
    """A share as percent with as many digits as help: 0.42 %, 4.2 %, 42 %."""
    value = round(100 * share, 6)
    places = 0 if value == 0 else 2 if abs(value) < 1 else 1 if abs(value) < 10 else 0
    written = _("%(number)s %%") % {"number": signs.number(value, places, plus=signed)}
    return signs.isolated(written.replace(" ", "\u00a0"))  # the sign stays in the number's line


def algorithm(name: str) -> str:
    return str(words.ALGORITHMS.get(name, name))


def headline(told: Told) -> str:
    """Of simulated people nothing is to be shipped, whatever they did."""
    if not told.simulated:
        return _headline(told)
    if told.state == "b_better" and not told.design["is_aa"]:
        return _("B is better with simulated people: there is nothing to ship")
    return _("%(headline)s (simulated people)") % {"headline": _headline(told)}


def _headline(told: Told) -> str:
    a, b = algorithm(told.design["algorithm_a"]), algorithm(told.design["algorithm_b"])
    if told.state in ("a_better", "b_better") and told.design["is_aa"]:
        return _("A difference where there can be none")
    if told.state == "b_better":
        form = _("B is better: ship %(name)s") if told.ship_allowed else _("B is better, but do not ship %(name)s yet")
        return form % {"name": b}
    if told.state == "a_better":
        return _("A is better: keep %(name)s") % {"name": a}
    if told.state == "inconclusive" and told.design["over"]:
        return _("Undecided at the end")
    return {
        "no_data": _("No data yet"),
        "collecting": _("Keep collecting"),
        "unhealthy": _("Do not trust these figures: something is wrong"),
        "no_difference": _("No difference that matters"),
        "inconclusive": _("Undecided so far: keep it running"),
    }[told.state]


def all_of(told: Told) -> list[str]:
    if told.state == "no_data":
        return [_("Nobody has seen this experiment yet. If that does not change within a day, look at its start date.")]
    parts = [_blocking(told), _advice(told), _effect(told), _people(told), _change(told), _besides(told)]
    return [sentence for part in parts for sentence in part]


def _blocking(told: Told) -> Iterator[str]:
    yield from (finding(one) for one in told.results["health"] if one["level"] == "block")


def _advice(told: Told) -> Iterator[str]:
    if told.state == "collecting" or (told.state == "inconclusive" and told.design["over"]):
        yield from _missing(told)
    if told.simulated:
        yield str(_UNMET["simulated"])
    elif told.state in ("a_better", "b_better") and told.design["is_aa"]:
        yield _("Both sides have the same algorithm. This is chance, or the measuring is broken: run it again.")
    elif told.state == "a_better":
        yield _("Leave everything as it is: with B the goal gets worse.")
    elif told.state == "b_better" and told.ship_allowed:
        yield _("Every condition is met: conclude the experiment, and ship.")
    elif told.state == "b_better" and told.mixed:
        yield _("People prefer B's films. Test next whether they also come back: run an A/B test.")
    elif told.state == "b_better":
        yield _("The goal is reached. What is still missing is listed below.")
    elif told.state == "inconclusive":
        yield (
            _("Keep A, or plan it again with more people.") if told.design["over"] else _("Do not change anything yet.")
        )
    elif told.state == "no_difference":
        largest = max(-told.goal["low"], told.goal["high"])
        yield _("If there is a difference, it is smaller than %(size)s. Choose what is simpler or cheaper.") % {
            "size": percent(largest)
        }


def _missing(told: Told) -> Iterator[str]:
    have, want, days = min(told.goal["n"]), told.design["minimum"], told.design["days"]
    if have < want:
        form = (
            _("%(have)s of at least %(want)s people have seen it.")
            if told.mixed
            else _("%(have)s of at least %(want)s people are counted in the smaller arm.")
        )
        yield form % {"have": number(have), "want": number(want)}
    if days < 7:
        yield ngettext(
            "It has run for %(days)s full day; it needs 7, so that every day of the week counts.",
            "It has run for %(days)s full days; it needs 7, so that every day of the week counts.",
            days,
        ) % {"days": days}
    if told.design["waiting"]:
        yield _("The planned end is over; what people do in their last days is still counted.")


def _effect(told: Told) -> Iterator[str]:
    goal = told.goal
    if told.state == "unhealthy":
        return  # a figure that is wrong is remembered all the same
    if not goal["known"]:
        yield _("No effect can be worked out yet: there is too little that differs.")
        return
    said = {name: percent(goal[name], signed=True) for name in ("effect", "low", "high")}
    said["confidence"] = percent(told.design["confidence"])
    if told.mixed:
        yield (
            _(
                "Preference for B: %(effect)s (people who clicked more of B's films, less those with more of A's). "
                "Between %(low)s and %(high)s is plausible (%(confidence)s interval)."
            )
            % said
        )
        return
    said["metric"] = str(TargetMetric(told.design["metric"]).label)
    yield (
        _(
            "%(metric)s: %(effect)s with B compared with A. "
            "Between %(low)s and %(high)s is plausible (%(confidence)s interval)."
        )
        % said
    )


def _people(told: Told) -> Iterator[str]:
    days, people = told.design["days"], told.goal["n"]
    when = ngettext("%(days)s full day", "%(days)s full days", days) % {"days": number(days)}
    if told.mixed:
        yield _("Counted: %(people)s people in %(when)s.") % {"people": number(people[0]), "when": when}
    else:
        yield _("Counted: %(a)s people with A and %(b)s with B in %(when)s.") % {
            "a": number(people[0]),
            "b": number(people[1]),
            "when": when,
        }


def _change(told: Told) -> Iterator[str]:
    """What would change this verdict."""
    further, pace = told.goal["further"], told.design["per_day"]
    if told.state == "unhealthy":
        yield _("Find the cause, then start a new phase: figures so far cannot be repaired.")
    elif told.state in ("a_better", "b_better"):
        by_looks = told.results["decided_by"] == "always_valid"
        yield _("This holds however often you look.") if by_looks else _("This was decided once, at the planned end.")
    elif told.state in ("inconclusive", "collecting") and further:
        yield from _further(further, pace)
    elif told.state == "no_difference":
        yield _("Only an experiment with more people could show a smaller difference.")


def _further(people: float, pace: float) -> Iterator[str]:
    days = people / pace if pace > 0 else math.inf
    if days > 365:
        yield _("If the effect is as small as it looks, it would take more than a year to show. Consider ending it.")
        return
    rounded = math.ceil(days)
    yield ngettext(
        "If the effect is as large as it looks, %(people)s more people would show it: some %(days)s day at this pace.",
        "If the effect is as large as it looks, %(people)s more people would show it: some %(days)s days at this pace.",
        rounded,
    ) % {"people": number(math.ceil(people)), "days": number(rounded)}


def _besides(told: Told) -> Iterator[str]:
    yield from (finding(one) for one in told.results["health"] if one["level"] != "block")


def unmet(code: str) -> str:
    """A condition for shipping that is not met yet."""
    if code in _UNMET:
        return str(_UNMET[code])
    _guardrail, name, state = code.split(" ")
    return str(_STATES[state]) % {"guardrail": GUARDRAILS[name]}


def finding(one: Mapping[str, Any]) -> str:
    """A finding of the health check, and what it means."""
    said = {
        "people": number(one.get("people", 0)),
        "share": percent(one.get("share") or 0),
        "loss": percent(one.get("loss") or 0),
        "arm": one.get("arm", "").upper(),
        "p": f"{one.get('p', 1):.2g}",
    }
    return _finding(one["code"]) % said


def _finding(code: str) -> str:
    return {
        "ratio": _(
            "The arms do not have the numbers of people that the split promised (p = %(p)s): "
            "people are lost in one of them, or counted twice."
        ),
        "ratio_blind": _("With so few people, one arm could lose up to %(loss)s of its people without our noticing."),
        "crossed": _("%(people)s people were shown lists of the other arm: a cache or the assignment is broken."),
        "fallback": _("In arm %(arm)s, %(share)s of the lists came from another algorithm than planned."),
        "overlap": _("Only %(share)s of the places differ between the two algorithms: there is little to tell apart."),
        "simulated": _("%(people)s of these people are made up by the demo: the figures show how it works, no more."),
        "shared_training": _(
            "Both algorithms learn from what people of both arms do, so that a difference may show smaller than it is."
        ),
        "raters_choose": _("Who rates chooses to: mean ratings may change because other people rate."),
    }[code]
