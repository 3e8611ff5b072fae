"""Titles made comparable: what two people, or two sites, write differently and mean alike."""

import re
import unicodedata
from functools import lru_cache

REMEMBERED = 16_384  # keys of titles: a file is asked for the same ones several times
# Letters that Unicode does not take apart into a plain letter and a mark.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
# Only those that are nothing else: "Die Hard", "I, Robot" and "As Good as It Gets" keep their first word.
ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "l", "der", "das", "el", "los", "las", "il"})
TURNED = ARTICLES | {
    "die",
    "un",
    "une",
    "ein",
    "eine",
    "lo",
    "gli",
    "i",
    "o",
    "os",
    "as",
    "um",
    "uma",
    "het",
    "een",
    "den",
    "det",
    "de",
}
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_SIGNS = re.compile(r"[^\w]+|_")
_LAST_ARTICLE = re.compile(r"^(.*), ?(\w{1,4})(['’]?)$", re.DOTALL)


@lru_cache(maxsize=REMEMBERED)
def full(title: str) -> str:
    """Without accents, case and punctuation, "&" as "and", and "Matrix, The" the right way round."""
    text = title.strip().casefold() if title.isascii() else _unaccented(title)
    if (match := _LAST_ARTICLE.match(text)) and match[2] in TURNED:
        text = f"{match[2]}{match[3] or ' '}{match[1]}"
    text = re.sub(r"\b([ld])['’]", r"\1 ", text)
    words = _SIGNS.sub(" ", _APOSTROPHES.sub("", text).replace("&", " and ")).split()
    return " ".join(words) or title.strip().casefold()


def _unaccented(title: str) -> str:
    text = unicodedata.normalize("NFKD", title.strip()).casefold()
    return "".join(sign for sign in text if not unicodedata.combining(sign)).translate(PLAIN)


def short(key: str) -> str:
    """A `full` title without the article before it."""
    first, _, rest = key.partition(" ")
    return rest if rest and first in ARTICLES else key


def trigrams(key: str) -> set[str]:
    padded = f"  {key} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
