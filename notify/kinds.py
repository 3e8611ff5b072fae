"""Everything that we tell people: each kind, what it is called, by which channels it can come, and where the choice is
kept. The settings page, the services and the staff pages read this list; a new kind is one more entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notify.models import Channel, InboxCategory

EMAIL, PUSH, IN_APP = Channel.EMAIL, Channel.PUSH, Channel.IN_APP


@dataclass(frozen=True, slots=True)
class Kind:
    """`channels` maps each channel that the kind can come by to the column of Preference that says whether it does,
    or to a plain True or False: the default of a choice that is kept in a row of its own (models.Choice).
    `is_account` is what must reach a person whatever they chose: it knows no choice, pause, quiet hours or cap.
    `share` of the mails of a minute is open to the kind; the rest is kept for what must not wait."""

    slug: str
    label: Promise
    help: Promise
    category: InboxCategory
    channels: Mapping[str, str | bool] = field(default_factory=dict)
    is_account: bool = False
    share: float = 0.99


DIGEST = "digest"
PICKS = "picks"
TRENDING = "trending"
WATCHLIST_RELEASE = "watchlist_release"
FINISHED = "finished"
EXPERIMENT_ENDED = "experiment_ended"
ANNOUNCEMENT = "announcement"
ACCOUNT = "account"

KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind(
            DIGEST,
            _("Weekly digest"),
            _("Once a week: a handful of films picked for you, each with its reason."),
            InboxCategory.RECOMMENDATION,
            {EMAIL: "weekly_digest"},
            share=0.98,
        ),
        Kind(
            PICKS,
            _("New picks"),
            _("When films that suit you well turn up between two digests."),
            InboxCategory.RECOMMENDATION,
            {IN_APP: "in_app_recommendations", EMAIL: "recommendation_alerts", PUSH: "push_recommendations"},
        ),
        Kind(
            TRENDING,
            _("Trending"),
            _("When a film that suits you is suddenly on everybody’s lips."),
            InboxCategory.RECOMMENDATION,
            {EMAIL: "trending_alerts", PUSH: "push_trending"},
        ),
        Kind(
            WATCHLIST_RELEASE,
            _("Your watchlist"),
            _("When a film on your watchlist comes out."),
            InboxCategory.RECOMMENDATION,
            {IN_APP: True, EMAIL: False, PUSH: False},
        ),
        Kind(
            FINISHED,
            _("Imports and exports"),
            _("When an import or an export of yours is done."),
            InboxCategory.SYSTEM,
            {IN_APP: True},
        ),
        Kind(
            EXPERIMENT_ENDED,
            _("Experiments"),
            _("What we learnt, when an experiment that you took part in ends."),
            InboxCategory.SYSTEM,
            {IN_APP: True},
        ),
        Kind(
            ANNOUNCEMENT,
            _("News of the site"),
            _("What the people who run the site want everybody to know."),
            InboxCategory.ANNOUNCEMENT,
            {IN_APP: "in_app_system_updates"},
        ),
        Kind(
            ACCOUNT,
            _("Account"),
            _("Mails about your account itself, like a new password, always come."),
            InboxCategory.SYSTEM,
            {EMAIL: True},
            is_account=True,
            share=1.0,
        ),
    )
}

# What a person can choose to hear, or not.
CHOICES: Mapping[str, Kind] = {slug: kind for slug, kind in KINDS.items() if not kind.is_account}

# Told between two digests, and capped.
ALERTS = (WATCHLIST_RELEASE, PICKS, TRENDING)


def is_account(slug: str) -> bool:
    """False also for a kind of a time before."""
    return slug in KINDS and KINDS[slug].is_account
