"""Speed, measured as ratios to baselines of the same run: the machines are shared, so bare seconds say little."""
