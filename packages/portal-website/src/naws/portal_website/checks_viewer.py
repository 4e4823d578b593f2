"""Rules on the functions that see every request at the edge first: their size, and what their runtime has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from naws.core.authoring import Field, Finding, Rule, is_text, limit
from naws.portal_website.plan_viewer import LONGEST

_QUOTAS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions"
_RUNTIME = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html"
_MODULES = ("crypto", "querystring", "buffer", "cloudfront", "fs")
_NEWEST = "cloudfront-js-2.0"
_MODULE = re.compile(r"\brequire\(\s*['\"]([^'\"]+)['\"]|^\s*import\b[^'\";]*['\"]([^'\"]+)['\"]", re.MULTILINE)
_FIELDS = {
    "redirects": ("redirects", 'redirects={"/old/*": "/new/:splat"}  # one for many'),
    "redirects with variables": ("redirects", 'redirects={"/old/*": "/new/:splat"}  # one for many'),
    "passed": ("redirects", 'redirects={"/old/*": "/new/:splat"}  # in the place of 200'),
    "pages": ("source", "mv about.html about/index.html  # as most pages of the folder are"),
    "outside": ("immutable_paths", 'immutable_paths=["/assets/*"]'),
    "extensions": ("source", "rm …  # files with extensions of their own"),
    "password": ("password", "omit password"),
}
_LARGEST_FIRST = 3


@dataclass(frozen=True, kw_only=True)
class FunctionPart:
    """A function at the edge.

    Attributes:
        path: how it is called in an issue, such as `site function`.
        code: its JavaScript; None when it is not known.
        parts: the bytes of its parts, by what they are for. Empty: it is one.
        runtime: such as `cloudfront-js-2.0`; None when it is not known.
    """

    path: str
    code: str | None
    parts: Mapping[str, int] = field(default_factory=dict[str, int])
    runtime: str | None = _NEWEST


def bytes_of(parts: Mapping[str, str]) -> Mapping[str, int]:
    """The bytes of a function's parts."""
    return {name: len(text.encode()) for name, text in parts.items()}


@limit(
    code="NAWS-EDGE-140",
    title="A function at the edge has 10,240 bytes at most",
    source=_QUOTAS,
    example='redirects={f"/old/{n}/some/long/path": f"/new/{n}/another/long/path" for n in range(300)}',
    fix='redirects={"/old/*": "/new/:splat"}',
)
def fits(part: FunctionPart) -> Iterator[Finding]:
    """CloudFront refuses more, and raises it for nobody. Most of it are redirects, as a rule."""
    size = len(part.code.encode()) if is_text(part.code) else 0
    if size <= LONGEST:
        return
    largest = sorted(part.parts.items(), key=lambda each: -each[1])[:_LARGEST_FIRST]
    path, remedy = next((_FIELDS[name] for name, _ in largest if name in _FIELDS), (part.path, "shorten it"))
    named = ", ".join(f"{name} take {count:,}" for name, count in largest)
    yield Field(path).finding(
        f"at most {LONGEST:,} bytes in the function at the edge" + (f": {named}" if named else ""),
        remedy,
        shown=f"a function of {size:,} bytes",
    )


@limit(
    code="NAWS-EDGE-141",
    title="A function at the edge has a handler, and modules that its runtime has",
    source=_RUNTIME,
    example="""
    # CDK code sets the function's code to: exports.main = () => require("lodash")
    source="web/dist"
    """,
    fix='source="web/dist"',
)
def runs(part: FunctionPart) -> Iterator[Finding]:
    """The runtime calls `handler`, and has crypto, querystring, buffer and cloudfront. Others fail each request."""
    if not is_text(part.code):
        return
    if is_text(part.runtime) and part.runtime != _NEWEST:
        yield Field(f"{part.path}.runtime", part.runtime).finding(f'"{_NEWEST}", which the code is for', f'"{_NEWEST}"')
    if not re.search(r"\bfunction\s+handler\s*\(|\bhandler\s*=", part.code):
        yield Field(f"{part.path}.code").finding(
            "a function handler(event)", "function handler(event) { return event.request; }", shown="no handler"
        )
    for found in _MODULE.finditer(part.code):
        name = found[1] or found[2]
        if name not in _MODULES:
            expected = f"modules of the runtime: {', '.join(_MODULES[:4])}"
            yield Field(f"{part.path}.code", name).finding(expected, "write what is needed of it into the function")


VIEWER_RULES: tuple[Rule[FunctionPart], ...] = (fits, runs)
