"""Speed, measured as ratios to baselines of the same run: the machines are shared, so bare seconds say little."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "site")) if path not in sys.path]
os.environ.setdefault("MARQUEE_MODE", "local")
