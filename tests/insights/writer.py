"""A process that records one thing after another and prints its number once it is recorded: to be killed by tests.

Arguments: first number, how many (0: until killed), seconds between two, seconds between two loads (0: no thread).
"""

import itertools
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402

from insights.services import activity  # noqa: E402


def main(first: str, count: str, pause: str, seconds: str) -> None:
    settings.ACTIVITY_FLUSH_SECONDS = float(seconds)
    numbers = range(int(first), int(first) + int(count)) if int(count) else itertools.count(int(first))
    for number in numbers:
        activity.record(action="movie_view", metadata={"n": number})
        print(number, flush=True)
        time.sleep(float(pause))
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
