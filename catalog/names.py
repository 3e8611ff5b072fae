"""Names of genres, languages and countries for people; the database keeps English names and ISO codes."""

from django.utils.translation import get_language_info, gettext
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


# The genres of TMDB, so that translators meet their names; the database keeps the English ones.
_GENRES = {
    "Action": _("Action"),
    "Adventure": _("Adventure"),
    "Animation": _("Animation"),
    "Comedy": _("Comedy"),
    "Crime": _("Crime"),
    "Documentary": _("Documentary"),
    "Drama": _("Drama"),
    "Family": _("Family"),
    "Fantasy": _("Fantasy"),
    "History": _("History"),
    "Horror": _("Horror"),
    "Music": _("Music"),
    "Mystery": _("Mystery"),
    "Romance": _("Romance"),
    "Science Fiction": _("Science Fiction"),
    "Thriller": _("Thriller"),
    "TV Movie": _("TV Movie"),
    "War": _("War"),
    "Western": _("Western"),
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
