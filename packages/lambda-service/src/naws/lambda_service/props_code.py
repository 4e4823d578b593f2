"""The code of a function in Python, as users give it."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import ClassVar

from naws.core.authoring import Hint, Hints, suggesting


@suggesting
@dataclass(frozen=True)
class PythonCode:
    """A folder of Python code, packed with its locked dependencies for Lambda's platform, on any host, without Docker.

    Nothing runs when it is made. It is packed when the pattern is built, with `uv`, from wheels alone; the same sources
    and the same lock are packed once, and have the same hash everywhere. A folder without dependencies needs no `uv`.

    What Lambda does not need is left out: version control, virtual environments, caches, bytecode, the folder `tests`,
    and the files that only name dependencies.

    Attributes:
        folder: what becomes the root of the package, so that `app.handler` is in `<folder>/app.py`. A relative path
            starts where the app runs, and `Path(__file__).parent / "orders"` beside the file.
        lock: the file that pins every dependency: a `uv.lock`, or requirements with `==` everywhere. None: `uv.lock`
            in the folder, else its `requirements.txt`, else there are no dependencies.
        exclude: further files that are left out, such as `"*.md"` or `"data/raw"`; a pattern without a slash matches
            names at any depth, and what is in an excluded folder is excluded. Empty: nothing more.

    Raises:
        PatternValidationError: by the pattern that takes it: `NAWS-PKG-001` and further.
    """

    _hints: ClassVar[Hints] = {"folder": Hint(example='"orders"')}
    folder: str | Path
    _: KW_ONLY
    lock: str | Path | None = None
    exclude: Sequence[str] = ()
