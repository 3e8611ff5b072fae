"""The statistics of experiments, on sums per arm; no Django, no database.

Every function takes numbers or numpy arrays of them, so that one call judges one experiment or two thousand simulated
ones. Tail probabilities come from `scipy.special`, which starts faster than `scipy.stats` and gives the same digits.
"""
