"""What the functions at the edge do with a request, as JavaScript: a placeholder until the whole one is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ViewerPlan:
    """What becomes of a request."""

    release: str
    kind: Literal["spa", "pages"]
    extensions: Sequence[str] = ()
    redirects: Mapping[str, str]
    main_domain: str | None = None
    password: tuple[str, str] | None = None
    immutable: Sequence[str] = ()
    config: str | None = None


def site_function(plan: ViewerPlan) -> str:
    """The function of the site."""
    return (
        f"var R='{plan.release}';function handler(e){{var r=e.request;"
        "if(r.uri.split('/').pop().indexOf('.')<0)r.uri='/index.html';r.uri='/'+R+r.uri;return r}"
    )


def api_function(plan: ViewerPlan, prefix: str) -> str:
    """The function of an api."""
    del plan
    return f"function handler(e){{var r=e.request;r.uri=r.uri.slice({len(prefix)})||'/';return r}}"
