"""The numbers that a person comes down to, and which sums and products of them an arm keeps."""

from enum import StrEnum


class Pass(StrEnum):
    """A pass over the log: what people were shown and did, and when they were here."""

    DEEDS = "deeds"
    VISITS = "visits"


def with_before(top: str, bottom: str) -> list[tuple[str, str]]:
    """The products that a ratio and its own past need besides squares."""
    now, before = (top, bottom), (f"{top}_before", f"{bottom}_before")
    return [now, before, *((one, other) for one in now for other in before)]


WINSOR = 0.99
LATENCY_LEVELS = [round(0.900 + 0.005 * step, 3) for step in range(20)]  # 0.900 … 0.995; 0.95 is the eleventh
P95 = LATENCY_LEVELS.index(0.95)

SHOWN = ["clicks", "impressions", "lists", "empty", "fallback", "unwanted", "timed", "quick", "crossed"]
SHOWN += ["clicks_before", "impressions_before"]
SHOWN_PRODUCTS = [
    *with_before("clicks", "impressions"),
    ("empty", "lists"),
    ("fallback", "lists"),
    ("unwanted", "impressions"),
    ("quick", "timed"),
]
MIXED = ["clicks_a", "clicks_b", "preference", "lead", "mixed", "competitive"]  # of mixed lists only
ACTS = ["acts", "acts_before", "stars", "rated", "left_mail"]
ACTS_PRODUCTS = [("acts", "acts_before"), ("stars", "rated")]
VISITS = ["seconds", "seconds_before", "converted", "converted_before"]
VISITS_PRODUCTS = [("seconds", "seconds_before"), ("converted", "converted_before")]
# Yes or no, or never compared by person: their squares say nothing new.
UNSQUARED = {"crossed", "left_mail", "converted", "converted_before", "clicks_a", "clicks_b", "mixed", "competitive"}

CAPPED = {Pass.DEEDS: ["acts", "acts_before"], Pass.VISITS: ["seconds", "seconds_before"]}
# Worked out when all persons are known. Most people saw no slow list: only of the others is each list looked at.
MADE = {
    "quick": """CASE WHEN coalesce(slowest <= slow, TRUE) THEN timed
        ELSE (SELECT count(*)::float8 FROM unnest(tooks) one WHERE one <= slow) END""",
    "preference": "sign(clicks_b - clicks_a)",
    "lead": "clicks_b - clicks_a",
}
# What a metric is made of.
PARTS = {
    "ctr": ("clicks", "impressions", "clicks_before", "impressions_before"),
    "engagement": ("acts", "acts_before"),
    "conversion": ("converted", "converted_before"),
    "rating": ("stars", "rated"),
    "time_spent": ("seconds", "seconds_before"),
    "retention": ("complete", "back"),
}
# Parts of the people in which the goal is looked at besides.
SEGMENTS = ("language", "joined", "activity")


def names(one: Pass, *, mixed: bool) -> list[str]:
    """The numbers of a person that a pass tells; of mixed lists some more."""
    if one is Pass.VISITS:
        return VISITS
    return SHOWN + (MIXED if mixed else []) + ACTS


def products(one: Pass) -> list[tuple[str, str]]:
    return VISITS_PRODUCTS if one is Pass.VISITS else SHOWN_PRODUCTS + ACTS_PRODUCTS
