"""What staff type when they announce something."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.entrance import FocusOnError
from accounts.models import Language
from notify.lines import safe_address
from notify.models import Announcement
from notify.services.inbox import KEPT

MINUTE = timedelta(minutes=1)


def _moment(**said: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, **said)


class AnnouncementForm(FocusOnError, forms.ModelForm):
    """Times are those of whoever types them; left out, it is at once, and for as long as every message."""

    language = forms.ChoiceField(label=gettext_lazy("To readers of"), required=False)
    publish_at = _moment(
        label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Leave it empty to announce it at once.")
    )
    expires_at = _moment(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("Then it leaves every inbox. Empty: after 90 days."),
    )

    class Meta:
        model = Announcement
        fields = ("title", "message", "action_url", "segment", "language", "publish_at", "expires_at")
        widgets = {"message": forms.Textarea({"rows": 6})}
        help_texts = {
            "action_url": gettext_lazy("Optional: a page of this site, as /browse/, or an address with https://."),
            "segment": gettext_lazy("Only those are reached who want news of the site."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        languages = self.fields["language"]
        languages.choices = [("", _("Every language")), *Language.choices]  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_action_url(self) -> str:
        asked = self.cleaned_data["action_url"].strip()
        if asked and not safe_address(asked):
            raise forms.ValidationError(_("Write a path of this site that begins with /, or an address with https://."))
        return asked

    def clean_publish_at(self) -> Any:
        return self.cleaned_data["publish_at"] or timezone.now()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        begin, end = said.get("publish_at"), said.get("expires_at")
        if begin and end and end <= begin:
            self.add_error("expires_at", _("It would end before it begins."))
        elif end and end <= timezone.now():
            self.add_error("expires_at", _("That is in the past."))
        if begin and begin > timezone.now() + KEPT * 4:
            self.add_error("publish_at", _("That is more than a year away."))
        return said
