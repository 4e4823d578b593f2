"""Run the job: ``python -m job``."""

import sys

from .main import main

sys.exit(main())
