"""The networks stand in files that are also loaded by path: they import each other by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
