"""What protocols, measures and algorithms are called on staff pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recs.taste import CHOICES


@dataclass(frozen=True)
class Measure:
    """`digits` behind the decimal point; `share` is shown as per cent."""

    name: str
    line: str | Promise
    digits: int = 3
    share: bool = False


PROTOCOLS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "strong": (
        _("New people"),
        _("Tested on people whom no model has seen: four fifths of what they liked is told, the rest is to be found."),
    ),
    "temporal": (
        _("The future"),
        _("Everything up to a day is learned; what people liked after it is to be found."),
    ),
    "rating": (_("Predicted stars"), _("One rating in ten is hidden and guessed.")),
}

MEASURES: Mapping[str, Measure] = {
    "ndcg@10": Measure("NDCG@10", _("How high the films to be found stand among the first 10.")),
    "ndcg@100": Measure("NDCG@100", _("How high they stand among the first 100.")),
    "recall@20": Measure("Recall@20", _("How many of them are among the first 20."), 1, share=True),
    "recall@50": Measure("Recall@50", _("How many of them are among the first 50."), 1, share=True),
    "coverage@20": Measure("Coverage@20", _("Films of the catalogue that anybody is shown."), 1, share=True),
    "novelty@20": Measure("Novelty@20", _("How little known the first 20 are, in bits."), 2),
    "diversity@20": Measure("Diversity@20", _("How different the genres of the first 20 are."), 2),
    "popularity@20": Measure(
        "Popularity@20", _("Mean rank of the first 20 by popularity; 100 is the best known. Lower is less biased."), 1
    ),
    "rmse": Measure("RMSE", _("Error in stars; large errors weigh more.")),
    "mae": Measure("MAE", _("Mean error in stars.")),
    "coverage": Measure("Coverage", _("Ratings inside the promised range; 80 in a hundred are right."), 1, share=True),
    "width": Measure("Half width", _("Half of that range, in stars."), 2),
}

ALGORITHMS: Mapping[str, str | Promise] = {
    **{name: choice.label for name, choice in CHOICES.items()},
    "neighbours": _("Similar films"),
    "genre_based": _("Favourites of a genre"),
    "ratings": _("Our guess"),
    "biases": _("Film and person means"),
    "mean": _("One mean for all"),
    "alike": _("People alike"),
}

# What somebody of the staff looked at: the picks of an algorithm, or one of the pages about mail.
LOOKS: Mapping[str, str | Promise] = {
    **ALGORITHMS,
    "mail": _("Mail"),
    "digest": _("Weekly digest"),
    "why": _("Why not?"),
}


def look(what: str) -> str | Promise:
    """What a look was at, in words; an algorithm that there is no more keeps its name."""
    return LOOKS.get(what, what)
