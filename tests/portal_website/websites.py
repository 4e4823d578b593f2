"""Where the tests have their websites, and what one in production is given, as `conftest.py` has them."""

import runpy
from pathlib import Path

_FOUND = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
HERE, THERE, NOWHERE = _FOUND["HERE"], _FOUND["THERE"], _FOUND["NOWHERE"]
production_props = _FOUND["production_props"]
