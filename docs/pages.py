"""Arrange pages while the guide is built: that of errors by area, with tables and titles; and a search with a name.

The file of errors is what `naws explain` prints, rule after rule, and its headings are codes alone, so that links to it
hold on a code host, too. A hook of MkDocs: see `hooks` in mkdocs.yml.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

AREAS = {
    "ACK": "Acknowledgements",
    "ALARM": "Alarms",
    "ASL": "Definitions of workflows",
    "ASYNC": "Asynchronous invocation",
    "BUCKET": "Buckets",
    "BUILT": "What is built",
    "DATA": "Bindings to data",
    "DB": "Databases",
    "DEPLOY": "Deployments",
    "EDGE": "Distributions of websites",
    "ENV": "Environment variables",
    "FAN": "Many tasks from one run",
    "FLOW": "How workflows go",
    "FN": "Functions",
    "HTTP": "HTTP APIs",
    "LB": "Load balancers",
    "LOG": "Logs",
    "NAME": "Names",
    "NET": "Network",
    "OWNER": "Where stacks are, and whose",
    "PATTERN": "Event patterns",
    "PAYLOAD": "Payloads",
    "PKG": "Packages of functions",
    "QUEUE": "Queues",
    "REGION": "What stands in us-east-1",
    "RETRY": "Retries",
    "ROLL": "Rollbacks",
    "ROUTE": "Routes",
    "RUN": "Runs",
    "SCALE": "Scaling",
    "SCHED": "Schedules",
    "SITE": "Folders of websites",
    "SIZE": "CPU, memory and storage",
    "STAGE": "Stages",
    "SVC": "Services",
    "TABLE": "Tables",
    "TAG": "Tags",
    "TASK": "Tasks",
    "TIME": "Durations",
    "TYPE": "Types",
}
"""What an area is about; one that is missing here goes by its short name alone."""
_RULE = re.compile(r"## (NAWS-([A-Z]+)-\d+)\n\n\*\*(.+?)\.\*\* (\w+): ", re.DOTALL)

_EXAMPLE = re.compile(
    r'<div class="language-text highlight"><pre><span></span><code>(.*?)</code></pre></div>', re.DOTALL
)
_NAME = re.compile(r"<code>([^<>\s]{1,34})</code>")
"""What fits the width of a phone in one piece."""
_FIELDS = re.compile(r"<table>\s*<thead>\s*<tr>\s*<th>field</th>.*?</table>", re.DOTALL)
"""Tables of fields, which have four columns: on a phone each field stands by itself."""
_SEARCH = 'data-md-component="search" role="dialog"'
_WORKER = re.compile(r'("search": ")([^"]*?)(assets/)(javascripts/workers/search\.\w+\.min\.js)"')
_OURS = "search.js"
_BOOSTS = {"start.md": 2, "concepts/operate.md": 4, "errors.md": 0.2, "reference.md": 0.2, "unproven.md": 0.1}
"""How much the search makes of a page, beside the others: what people do before what is looked up by its name."""
_LINE = re.compile(r"</?span[^>]*>")


@dataclass(frozen=True)
class _Rule:
    code: str
    area: str
    title: str
    level: str
    text: str


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page of errors by area; every other page as it is, and both with their weight in the search."""
    if (boost := _BOOSTS.get(page.file.src_uri)) is not None:
        page.meta["search"] = {"boost": boost}
    return arranged(markdown) if page.file.src_uri == "errors.md" else markdown


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Names stay whole. A thousand examples of errors have no button each, which would take half a minute to open."""
    html = _NAME.sub(r'<code class="name">\1</code>', html)
    html = _FIELDS.sub(r'<div class="fields">\g<0></div>', html)
    if page.file.src_uri != "errors.md":
        return html
    return _EXAMPLE.sub(lambda found: f'<pre class="example" tabindex="0">{_LINE.sub("", found[1])}</pre>', html)


def on_post_page(output: str, **_: Any) -> str:
    """A worker of ours for the search, and a name for its dialog, which the theme leaves without one."""
    output = _WORKER.sub(rf'\1\2\3{_OURS}"', output)
    return output.replace(_SEARCH, f'{_SEARCH} aria-label="Search"', 1)


def on_post_build(config: Any, **_: Any) -> None:
    """The worker of the search begins with that of the theme, whose name changes with its version."""
    assets = Path(config["site_dir"]) / "assets"
    (theirs,) = assets.glob("javascripts/workers/search.*.min.js")
    ours = assets / _OURS
    ours.write_text(ours.read_text().replace("THEME", f'"{theirs.relative_to(assets).as_posix()}"'))


def on_page_context(context: Any, page: Any, **_: Any) -> Any:
    """Beside the page of errors stand its areas: hundreds of rules are no table of contents."""
    if page.file.src_uri == "errors.md":
        for part in page.toc:
            for area in part.children:
                area.children = []
    return context


def arranged(markdown: str) -> str:
    """The list of rules, by area: a table of the areas, and for each a table of its rules before they follow."""
    introduction, *texts = re.split(r"^(?=## NAWS-)", markdown, flags=re.MULTILINE)
    rules = [
        _Rule(found[1], found[2], found[3], found[4].lower(), text) for text in texts if (found := _RULE.match(text))
    ]
    areas = [(area, [*group]) for area, group in groupby(rules, lambda rule: rule.area)]
    rows = [f"| [{_title(area)}](#{_anchor(area)}) | `{area}` | {len(group)} |" for area, group in areas]
    parts = [introduction, "## Areas\n", "| area | in codes | rules |\n| --- | --- | ---: |", *rows, ""]
    for area, group in areas:
        parts += [f"## {_title(area)} {{ #{_anchor(area)} }}\n", *_table(group), "", *map(_section, group)]
    return "\n".join(parts)


def _table(rules: Sequence[_Rule]) -> list[str]:
    rows = [f"| [{rule.code}](#{rule.code.lower()}) | {rule.level} | {_cell(rule.title)} |" for rule in rules]
    return ["| rule | level | what holds |", "| --- | --- | --- |", *rows]


def _section(rule: _Rule) -> str:
    """A rule below a heading that has its title, too: search shows headings."""
    # What looks like attributes would end those of the heading.
    title = rule.title.replace("{", "&#123;").replace("}", "&#125;")
    head = f"### {rule.code}: {title} {{ #{rule.code.lower()} }}\n\n"
    return _RULE.sub(lambda _: f"{head}**{rule.level.capitalize()}:** ", rule.text, count=1)


def _title(area: str) -> str:
    return AREAS.get(area, area)


def _anchor(area: str) -> str:
    return f"area-{area.lower()}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
