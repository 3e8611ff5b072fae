"""After an upgrade of the time zones."""

import datetime as dt

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.services.preferences import django_language
from notify.kinds import ANNOUNCEMENT
from notify.services import inbox, preferences


def mend(*, now: dt.datetime | None = None) -> int:
    """Move what is due by other rules now; whoever lived in a zone that is gone gets UTC, and is told. Of how many."""
    lost = preferences.mend(now=now)
    for preference in lost:
        user = preference.user
        with translation.override(django_language(user.preferred_language)):
            inbox.tell(
                user=user,
                kind=ANNOUNCEMENT,
                key=f"zone:{preference.timezone}",
                title=_("The time zone of your digest exists no more"),
                message=_("It was called %(zone)s. Until you choose another one, times are in UTC.")
                % {"zone": preference.timezone},
                action_url=reverse("notify:preferences"),
            )
    return len(lost)
