"""django-allauth's mails by way of the outbox: a mail server that is away loses none, and the log knows them."""

from typing import Any

from allauth.account.utils import filter_users_by_email
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.crypto import get_random_string

from accounts import adapter
from accounts.models import User
from accounts.services.preferences import django_language
from notify import addresses, letters, mime, tasks
from notify.kinds import ACCOUNT
from notify.models import Channel, Delivery
from notify.services import outbox

# What such a mail says to its reader alone; the words that are kept for staff are without it.
PRIVATE = frozenset({"activate_url", "password_reset_url", "key", "uid", "code", "ip", "user_agent"})
ADDRESSES = frozenset({"email", "from_email", "to_email", "deleted_email"})


class AccountAdapter(adapter.AccountAdapter):
    """No page waits for a mail server: who asks is answered alike whether or not there is such an account."""

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """It may go to an address that is no longer the person's, so say whose mail it is."""
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user}, email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the person's language, as soon as what it is about is committed. A queue that is away loses nothing: the
        row waits, and the next minute finds it. An address that is nobody's here can have no row."""
        user: User | None = context.get("user") or _owner(email)
        context = {"request": self.request, "email": email, **context}
        language = django_language(user.preferred_language) if user else translation.get_language()
        with translation.override(language):
            mail = self.render_mail(template_prefix, email, context)
            kept = self.render_mail(template_prefix, email, {name: _told(name, context[name]) for name in context})
            row = _put(user, email, mail, str(kept.body)) if user else None
        if row:
            transaction.on_commit(lambda: tasks.send_soon(row.id), robust=True)
        else:
            words = (email, str(mail.subject), str(mail.body), _html(mail))
            transaction.on_commit(lambda: tasks.send_apart(*words), robust=True)


def _owner(email: str) -> User | None:
    """As django-allauth sees it when somebody has lost their password: nobody, where the account is switched off."""
    found = filter_users_by_email(email, is_active=True, prefer_verified=True)
    return next(iter(found), None)


def _told(name: str, value: Any) -> Any:
    if name in ADDRESSES:
        return addresses.masked(value)
    return "…" if name in PRIVATE else value


def _put(user: User, email: str, mail: EmailMessage, kept: str) -> Delivery | None:
    """The row, with `kept` for staff; None for an address that mime cannot write: one with a blank in quotes."""
    key = f"{ACCOUNT}:{user.pk}:{get_random_string(20)}"
    given: dict[str, Any] = {"user": user, "kind": ACCOUNT, "key": key, "recipient": email, "subject": mail.subject}
    try:
        built = mime.build(**given, text=str(mail.body), html=_html(mail))
    except ValueError:
        return None
    return outbox.enqueue(
        **given,
        channel=Channel.EMAIL,
        content=letters.cut(kept),
        message=built.message,
        message_id=built.message_id,
    )


def _html(mail: EmailMessage) -> str:
    return next((str(content) for content, _kind in getattr(mail, "alternatives", [])), "")
