"""TMDB's API, as far as we ask it: where a film's pictures lie. JSON in, records out; no database."""

import re
from dataclasses import dataclass

import requests

ADDRESS = "https://api.themoviedb.org/3/movie/{number}"
SECONDS = (3.05, 10)
MOST_BYTES = 1_000_000
# A path of TMDB's image service and nothing else: it goes into the address of a picture on our pages.
PATH = re.compile(r"/[A-Za-z0-9_-]{1,100}\.(?:jpg|png)")


@dataclass(frozen=True, slots=True)
class Pictures:
    """Paths below https://image.tmdb.org/t/p/<size>; an empty one says that there is none."""

    poster: str = ""
    backdrop: str = ""


class SourceError(Exception):
    """TMDB gave no answer that we can use. `permanent`: asking again for this film is of no use."""

    def __init__(self, reason: str, *, permanent: bool = False, stop: bool = False, wait: int = 0) -> None:
        super().__init__(reason)
        self.permanent, self.stop, self.wait = permanent, stop, wait


def session(key: str) -> requests.Session:
    """A connection that carries the key: the short one as a parameter, the long "read access token" as a header."""
    made = requests.Session()
    made.headers["Accept"] = "application/json"
    if key.startswith("eyJ"):
        made.headers["Authorization"] = f"Bearer {key}"
    else:
        made.params = {"api_key": key}
    return made


def pictures(number: int, *, through: requests.Session) -> Pictures:
    """The pictures of the film with this TMDB number; raises SourceError."""
    try:
        answer = through.get(ADDRESS.format(number=number), timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as problem:
        # The exception's own text holds the address, and that the key.
        raise SourceError(f"TMDB cannot be reached ({type(problem).__name__})") from None
    _refuse(answer)
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("id") != number:
        raise SourceError("TMDB's answer is not what its documentation says")
    return Pictures(poster=_path(found.get("poster_path")), backdrop=_path(found.get("backdrop_path")))


def _refuse(answer: requests.Response) -> None:
    if answer.status_code in {401, 403}:
        raise SourceError("TMDB refuses the key in TMDB_API_KEY", stop=True)
    if answer.status_code == 404:
        raise SourceError("TMDB does not know this film", permanent=True)
    if answer.status_code == 429:
        wait = answer.headers.get("Retry-After", "")
        raise SourceError("TMDB asks us to slow down", wait=min(int(wait), 60) if wait.isdecimal() else 10)
    if answer.status_code != 200 or len(answer.content) > MOST_BYTES:
        raise SourceError(f"TMDB answered {answer.status_code}")


def _path(value: object) -> str:
    return value if isinstance(value, str) and PATH.fullmatch(value) else ""
