"""`make bench`: run every bench, or those named: `make bench ARGS="pages"`."""

import importlib
import sys

BENCHES = {
    "pages": "requests/s and CPU per request of the main pages, against an empty view and a bare page",
    "calibration": "honesty of the experiments' statistics: thousands of simulated experiments a metric",
    "experiment_analysis": "seconds from the log of a large experiment to its verdict, against one scan of it",
    "history_import": "seconds from the upload of 2,000 films to the first picks, against bare reading and COPY",
    "activity": "rows/s of the activity log, against a bare COPY, and its CPU on a film page",
    "mailing": "mails/s out of the outbox against the bare mail server, memory, and who waits behind a flood",
    "digests": "thousands of digests due in one minute: made and sent per second, memory, alerts among them",
    "inbox": "milliseconds from a commit to the open tab, and memory, with 1,000 streams on one process",
    "instant": "milliseconds from a rating to new picks, with 10,000 films, against a POST that only writes the row",
    "movielens_import": "rows/s of the MovieLens import, against a bare COPY",
    "peers": "our recommenders beside other libraries': quality, cost, ratios (MOVIELENS=path, LENSKIT=1)",
    "growth": "memory and time of training and serving as people and films grow, with exponents",
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHES)
    if unknown:
        sys.stderr.write(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}\n")
        return 2
    for name in names or BENCHES:
        print(f"\n== {name}: {BENCHES[name]}\n", flush=True)
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
