"""The folder that is deployed, made of `web/`: modules and styles under `assets/` with a hash in their names.

A name with a hash never means anything else, so that browsers keep it for a year, and a tab that is open while another
version is deployed still finds the chunks that it loads later.
"""

import hashlib
import re
import shutil
from pathlib import Path

HERE = Path(__file__).parent
REFERENCE = re.compile(r"""(["'])(\./|/assets/)([\w-]+\.(?:js|css))\1""")


def build(web: Path = HERE / "web", into: Path = HERE / "dist") -> Path:
    """Make the folder anew; the same sources make the same names."""
    shutil.rmtree(into, ignore_errors=True)
    (into / "assets").mkdir(parents=True)
    named: dict[str, str] = {}

    def asset(name: str) -> str:
        """The name of a module with its hash, after those that it refers to have theirs."""
        if name not in named:
            source = web / name
            text = REFERENCE.sub(renamed, source.read_text())
            digest = hashlib.sha256(text.encode()).hexdigest()[:10]
            named[name] = f"{source.stem}-{digest}{source.suffix}"
            (into / "assets" / named[name]).write_text(text)
        return named[name]

    def renamed(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}{asset(found[3])}{found[1]}"

    for page in sorted(web.iterdir()):
        if page.suffix == ".html":
            (into / page.name).write_text(REFERENCE.sub(renamed, page.read_text()))
        elif page.suffix not in (".js", ".css"):
            shutil.copy(page, into / page.name)
    return into


if __name__ == "__main__":
    print(build())
