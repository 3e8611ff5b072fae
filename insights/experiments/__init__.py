"""Experiments, from the log to the verdict: sums (SQL), results (statistics), health, verdict, words."""
