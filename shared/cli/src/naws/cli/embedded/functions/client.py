"""The program of a function's process; arguments: handler, lifeline, paths. It is run by its path, isolated.

Source of the order of the paths: Lambda Developer Guide, 'Working with layers for Python Lambda functions',
'Search path for runtimes in AWS Lambda'.
"""

import os
import site
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any


def _end_with(lifeline: int) -> None:
    """End when the embedded AWS is gone, however it ended: the other end of the pipe closes with it."""
    os.read(lifeline, 1)
    os._exit(1)


def main() -> None:
    """Set the paths as Lambda's runtime has them, and hand over to AWS's client."""
    handler, lifeline, package, layer, *runtime = sys.argv[1:]
    threading.Thread(target=_end_with, args=(int(lifeline),), daemon=True).start()
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    layers = sorted(map(str, Path(layer).glob("python/lib/python*/site-packages"))) if layer else []
    sys.path[:0] = [package, *layers, *([f"{layer}/python"] if layer else []), *given, *runtime]
    site.setquit()  # `exit` is there on AWS, too; an interpreter without `site` has none
    serve: Any = import_module("awslambdaric.__main__")  # found only now: the paths come first
    serve.main(["bootstrap", handler])


main()
