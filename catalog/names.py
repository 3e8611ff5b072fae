"""Names of genres, languages and countries for people; the database keeps English names and ISO codes."""

from django.utils.translation import get_language_info, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

# TMDB writes some languages differently from Django's list, which knows the rest.
_LANGUAGES = {"zh": _("Chinese"), "cn": _("Cantonese"), "no": _("Norwegian"), "xx": _("No spoken language")}

_COUNTRIES = {
    "AE": _("United Arab Emirates"),
    "AF": _("Afghanistan"),
    "AR": _("Argentina"),
    "AT": _("Austria"),
    "AU": _("Australia"),
    "BA": _("Bosnia and Herzegovina"),
    "BE": _("Belgium"),
    "BG": _("Bulgaria"),
    "BO": _("Bolivia"),
    "BR": _("Brazil"),
    "BS": _("Bahamas"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CL": _("Chile"),
    "CN": _("China"),
    "CO": _("Colombia"),
    "CU": _("Cuba"),
    "CY": _("Cyprus"),
    "CZ": _("Czechia"),
    "DE": _("Germany"),
    "DK": _("Denmark"),
    "DZ": _("Algeria"),
    "EC": _("Ecuador"),
    "EE": _("Estonia"),
    "EG": _("Egypt"),
    "ES": _("Spain"),
    "FI": _("Finland"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "GE": _("Georgia"),
    "GR": _("Greece"),
    "HK": _("Hong Kong"),
    "HR": _("Croatia"),
    "HU": _("Hungary"),
    "ID": _("Indonesia"),
    "IE": _("Ireland"),
    "IL": _("Israel"),
    "IN": _("India"),
    "IQ": _("Iraq"),
    "IR": _("Iran"),
    "IS": _("Iceland"),
    "IT": _("Italy"),
    "JM": _("Jamaica"),
    "JO": _("Jordan"),
    "JP": _("Japan"),
    "KE": _("Kenya"),
    "KR": _("South Korea"),
    "KZ": _("Kazakhstan"),
    "LB": _("Lebanon"),
    "LT": _("Lithuania"),
    "LU": _("Luxembourg"),
    "LV": _("Latvia"),
    "MA": _("Morocco"),
    "MT": _("Malta"),
    "MX": _("Mexico"),
    "MY": _("Malaysia"),
    "NG": _("Nigeria"),
    "NL": _("Netherlands"),
    "NO": _("Norway"),
    "NZ": _("New Zealand"),
    "PE": _("Peru"),
    "PH": _("Philippines"),
    "PK": _("Pakistan"),
    "PL": _("Poland"),
    "PS": _("Palestine"),
    "PT": _("Portugal"),
    "QA": _("Qatar"),
    "RO": _("Romania"),
    "RS": _("Serbia"),
    "RU": _("Russia"),
    "SA": _("Saudi Arabia"),
    "SE": _("Sweden"),
    "SG": _("Singapore"),
    "SI": _("Slovenia"),
    "SK": _("Slovakia"),
    "SN": _("Senegal"),
    "SU": _("Soviet Union"),
    "TH": _("Thailand"),
    "TN": _("Tunisia"),
    "TR": _("Türkiye"),
    "TW": _("Taiwan"),
    "UA": _("Ukraine"),
    "US": _("United States"),
    "UY": _("Uruguay"),
    "VE": _("Venezuela"),
    "VN": _("Vietnam"),
    "XC": _("Czechoslovakia"),
    "XG": _("East Germany"),
    "YU": _("Yugoslavia"),
    "ZA": _("South Africa"),
}


# The genres of TMDB, so that translators meet their names. The context keeps Django's own "Action" and "History" away.
_GENRES = {
    "Action": pgettext_lazy("genre", "Action"),
    "Adventure": pgettext_lazy("genre", "Adventure"),
    "Animation": pgettext_lazy("genre", "Animation"),
    "Comedy": pgettext_lazy("genre", "Comedy"),
    "Crime": pgettext_lazy("genre", "Crime"),
    "Documentary": pgettext_lazy("genre", "Documentary"),
    "Drama": pgettext_lazy("genre", "Drama"),
    "Family": pgettext_lazy("genre", "Family"),
    "Fantasy": pgettext_lazy("genre", "Fantasy"),
    "History": pgettext_lazy("genre", "History"),
    "Horror": pgettext_lazy("genre", "Horror"),
    "Music": pgettext_lazy("genre", "Music"),
    "Mystery": pgettext_lazy("genre", "Mystery"),
    "Romance": pgettext_lazy("genre", "Romance"),
    "Science Fiction": pgettext_lazy("genre", "Science Fiction"),
    "Thriller": pgettext_lazy("genre", "Thriller"),
    "TV Movie": pgettext_lazy("genre", "TV Movie"),
    "War": pgettext_lazy("genre", "War"),
    "Western": pgettext_lazy("genre", "Western"),
}


def genre(name: str) -> str:
    return str(_GENRES.get(name, name))


def language(code: str) -> str:
    if code in _LANGUAGES:
        return str(_LANGUAGES[code])
    try:
        return gettext(get_language_info(code)["name"])
    except KeyError:
        return code.upper()


def country(code: str) -> str:
    return str(_COUNTRIES.get(code.upper(), code.upper()))
