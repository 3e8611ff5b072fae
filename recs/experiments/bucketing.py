"""Drawing an arm: a pure function of a seed and a person, the same in every process and for ever.

GrowthBook's hash, version 2: two rounds of FNV-1a. One round is not enough: with like-named seeds the arms of two
experiments depend on each other. Only ASCII is hashed (decimal ids, seeds of hexadecimal digits), because on anything
else the published implementations disagree.
"""

from collections.abc import Sequence

OFFSET, PRIME, MASK = 0x811C9DC5, 0x01000193, 0xFFFFFFFF
BUCKETS = 10_000
NEARLY_ONE = (0.99, 1.01)  # weights that add up to this are taken as they are

Range = tuple[float, float]


def fnv1a(text: str) -> int:
    """FNV-1a of ASCII text, 32 bits (Fowler, Noll and Vo)."""
    value = OFFSET
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * PRIME) & MASK
    return value


def bucket(seed: str, unit: str, *, version: int = 2) -> float:
    """Where this person falls in [0, 1), in steps of 1/10,000. Version 1 is for namespaces and for old tables only."""
    if version == 2:
        return fnv1a(str(fnv1a(seed + unit))) % BUCKETS / BUCKETS
    if version == 1:
        return fnv1a(unit + seed) % 1000 / 1000
    raise ValueError(f"hash version {version} is not known")


def equal_weights(arms: int) -> list[float]:
    return [1 / arms] * max(arms, 0) if arms > 0 else []


def ranges(arms: int, *, coverage: float = 1.0, weights: Sequence[float] | None = None) -> list[Range]:
    """The part of [0, 1) that each arm takes: its weight's place, filled from the left up to the coverage.

    Raising the coverage later lets people in without moving anybody. Weights that do not fit the arms, or do not add up
    to one, are replaced by equal ones.
    """
    coverage = min(max(coverage, 0.0), 1.0)
    if weights is None or len(weights) != arms or not NEARLY_ONE[0] <= sum(weights) <= NEARLY_ONE[1]:
        weights = equal_weights(arms)
    found, start = [], 0.0
    for weight in weights:
        found.append((start, start + coverage * weight))
        start += weight
    return found


def within(place: float, part: Range) -> bool:
    return part[0] <= place < part[1]


def choose(place: float, parts: Sequence[Range]) -> int:
    """The arm whose range holds this place, -1 for none: not in the experiment."""
    return next((arm for arm, part in enumerate(parts) if within(place, part)), -1)


def in_namespace(unit: str, namespace: str, part: Range) -> bool:
    """Whether a person belongs to a part of a namespace: experiments on disjoint parts never meet in one person."""
    return within(bucket(f"__{namespace}", unit, version=1), part)


def murmur3(text: str, seed: int = 0) -> int:
    """MurmurHash3 x86 32 (Appleby): what Unleash and compatible tools draw by, to read their tables."""
    data, value = text.encode(), seed
    for start in range(0, len(data) - len(data) % 4, 4):
        value = _rotated(value ^ _scrambled(int.from_bytes(data[start : start + 4], "little")), 13)
        value = (value * 5 + 0xE6546B64) & MASK
    if rest := data[len(data) - len(data) % 4 :]:
        value ^= _scrambled(int.from_bytes(rest, "little"))
    value ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        value = ((value ^ value >> shift) * factor) & MASK
    return value


def murmur_bucket(unit: str, group: str, *, buckets: int = 100, seed: int = 0) -> int:
    """1 to `buckets`, as Unleash's gradual rollout normalises a person in a group."""
    return murmur3(f"{group}:{unit}", seed) % buckets + 1


def _scrambled(word: int) -> int:
    return (_rotated(word * 0xCC9E2D51 & MASK, 15) * 0x1B873593) & MASK


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & MASK
