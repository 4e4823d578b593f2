"""The modules of the check import each other as a script's do: from its own folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
