"""A form and a table that show, on the style sheet for staff, how ours look in every state."""

import django_tables2 as tables
from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("What the site calls you."))
    email = forms.EmailField(label=_("E-mail address"))
    language = forms.ChoiceField(label=_("Language"), choices=[("en", _("English")), ("fr", _("French"))])
    about = forms.CharField(label=_("About you"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    often = forms.ChoiceField(
        label=_("How often"),
        choices=[("daily", _("Every day")), ("weekly", _("Every week"))],
        widget=forms.RadioSelect,
    )
    agree = forms.BooleanField(label=_("Send me a weekly letter"), help_text=_("You can stop it at any time."))


class SampleTable(tables.Table):
    """Films with a number column."""

    title = tables.Column(verbose_name=_("Film"))
    year = tables.Column(verbose_name=_("Year"))
    minutes = tables.Column(verbose_name=_("Minutes"), attrs={"td": {"data-number": ""}, "th": {"class": "end"}})

    class Meta:
        attrs = {"class": "table"}


ROWS = [
    {"title": "Metropolis", "year": 1927, "minutes": 153},
    {"title": "Seven Samurai", "year": 1954, "minutes": 207},
    {"title": "Spirited Away", "year": 2001, "minutes": 125},
]
