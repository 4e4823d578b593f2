"""The folders that the examples of the website's rules name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

PAGE = '<!doctype html>\n<title>Shop</title>\n<script type="module" src="/assets/index-B3k9dx1y.js"></script>\n'
DIST = {
    "index.html": PAGE,
    "assets/index-B3k9dx1y.js": 'import("./Orders-C4dx8kQz.js");\n',
    "assets/Orders-C4dx8kQz.js": "export default 1;\n",
    "favicon.ico": "",
}
PAGES = {
    "index.html": '<title>Shop</title><a href="/about">About</a>',
    "about/index.html": "<title>About</title>",
    "404.html": "<title>Not found</title>",
}
BEGIN = "-----BEGIN"
KEY = "AKIA" + "IZ7T3QWERTYASDFG"
OTHERS: dict[str, dict[str, str]] = {
    "careless": {".env": "DB_PASSWORD=x", "server.pem": f"{BEGIN} PRIVATE KEY-----\nMII"},
    "leaking": {"assets/index-B3k9dx1y.js": f'const a = 1;\nconst key = "{KEY}";\n'},
    "mapped": {
        "assets/index-B3k9dx1y.js": "f();\n//# sourceMappingURL=index-B3k9dx1y.js.map\n",
        "assets/index-B3k9dx1y.js.map": "{}",
    },
    "long": {f"{'a' * 200}/{'b' * 200}/{'c' * 200}/{'d' * 200}/{'e' * 220}.txt": ""},
    "twins": {"Logo.png": "", "logo.png": ""},
    "headed": {"_headers": "/*\n  X-Robots-Tag: noindex\n"},
    "broken": {"assets/index-B3k9dx1y.js": 'a();\nimport("./Orders-Zz9kQ1xy.js");\n'},
    "uncalled": {"assets/index-B3k9dx1y.js": 'a(new URL("./pdf-Zz9kQ1xy.wasm", import.meta.url));\n'},
    "unbundled": {"assets/index-B3k9dx1y.js": 'import React from "react";\n'},
    "mixed": {"index.html": PAGE + '<script src="http://cdn.example.com/lib.js"></script>'},
    "foreign": {"index.html": PAGE + '<script src="https://js.example.com/lib.js"></script>'},
    "relative": {"index.html": PAGE.replace('"/assets', '"./assets')},
    "hashless": {"assets/logo.png": ""},
    "elsewhere": {"bundle/main.073c9b0a.js": "", "bundle/main.173c9b0a.css": "", "bundle/a.273c9b0a.js": ""},
    "inline": {"index.html": PAGE + "".join(f"<script>page = {number}</script>" for number in range(40))},
    "handlers": {"index.html": PAGE + '<button onclick="go()">Go</button>'},
    "wasm": {"assets/pdf-B3k9dx1y.wasm": ""},
    "app": {"cdk.json": "{}", "app.py": ""},
    "bare": {".well-known/apple-app-site-association": "{}"},
    "configured": {"config.json": "{}"},
    "moved": {"_redirects": "/old /new 301\n"},
    "statusless": {"_redirects": "/old /new\n"},
    "elsewhere-hosted": {"netlify.toml": "[build]\n"},
    "wrong-status": {"_redirects": "# moved\n/old /new 404\n"},
    "conditions": {"_redirects": "/ /de 302 Language=de\n"},
}  # fmt: skip
"""What each has beside, or in the place of, the files of `web/dist`."""


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, newline="")
    return folder


def sparse(file: Path, size: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        opened.truncate(size)


def write_examples(here: Path) -> None:
    """The folder `web`, which nobody changes: it is written once, as it has thousands of files."""
    (here / "web").symlink_to(Path(_written().name) / "web")


@cache
def _written() -> TemporaryDirectory[str]:
    made = TemporaryDirectory()
    _write_all(Path(made.name))
    return made


def _write_all(here: Path) -> None:
    web = here / "web"
    write(web / "dist", DIST)
    write(web / "pages", PAGES)
    write(web / "twice", PAGES | {"about.html": "<title>About</title>"})
    write(
        web / "whole",
        {"index.html": PAGE, "package.json": "{}", "node_modules/vite/index.js": "", "dist/index.html": PAGE},
    )
    for name, files in OTHERS.items():
        write(web / name, DIST | files)
    (write(web / "utf16", DIST) / "index.html").write_text(PAGE, encoding="utf-16")
    (write(web / "dangling", DIST) / "link").symlink_to(here / "nothing")
    sparse(write(web / "videos", DIST) / "film.mp4", 6_000_000_000)
    sparse(write(web / "huge", DIST) / "all.html", 9_000_000)
    sparse(write(web / "vast", DIST) / "all.js", 70_000_000)
    write(web / "many", DIST)
    for number in range(12_000):
        (web / "many" / f"{number}.txt").touch()
