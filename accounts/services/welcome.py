"""How far a person is with the welcome pages, as their account remembers it.

`onboarding_completed` says that they went to the end. `onboarding_completed_at` without it says that they left on
purpose: we do not lead them there again at each log-in, but the way back stays open.
"""

from django.utils import timezone

from accounts.models import User


def is_due(user: User) -> bool:
    """Whether to lead this person to the welcome pages after log-in."""
    return not user.onboarding_completed and user.onboarding_completed_at is None


def finish(*, user: User) -> None:
    user.onboarding_completed = True
    user.onboarding_completed_at = timezone.now()
    user.save(update_fields=["onboarding_completed", "onboarding_completed_at", "updated_at"])


def leave(*, user: User) -> None:
    """Skip the rest; somebody who had already finished stays finished."""
    if is_due(user):
        user.onboarding_completed_at = timezone.now()
        user.save(update_fields=["onboarding_completed_at", "updated_at"])


def tastes_collected(*, user: User, collected: bool) -> None:
    """Note whether we know any group or genre that this person likes."""
    if user.cold_start_preferences_collected != collected:
        user.cold_start_preferences_collected = collected
        user.save(update_fields=["cold_start_preferences_collected", "updated_at"])
