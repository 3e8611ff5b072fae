"""Titles made comparable: what two people, or two sites, write differently and mean alike."""

import re
import unicodedata

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


def full(title: str) -> str:
    """Without accents, case and punctuation, "&" as "and", and "Matrix, The" the right way round."""
    text = unicodedata.normalize("NFKD", title.strip()).casefold()
    text = "".join(sign for sign in text if not unicodedata.combining(sign)).translate(PLAIN)
    if (match := _LAST_ARTICLE.match(text)) and match[2] in TURNED:
        text = f"{match[2]}{match[3] or ' '}{match[1]}"
    text = re.sub(r"\b([ld])['’]", r"\1 ", text)
    words = _SIGNS.sub(" ", _APOSTROPHES.sub("", text).replace("&", " and ")).split()
    return " ".join(words) or title.strip().casefold()


def short(key: str) -> str:
    """A `full` title without the article before it."""
    first, _, rest = key.partition(" ")
    return rest if rest and first in ARTICLES else key


def trigrams(key: str) -> set[str]:
    padded = f"  {key} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
