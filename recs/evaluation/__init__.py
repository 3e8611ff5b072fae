"""How good is an algorithm? Splits and metrics over whole rankings; no Django, no database."""

from recs.evaluation.metrics import ndcg
from recs.evaluation.splits import hide_some

__all__ = ["hide_some", "ndcg"]
