"""Rules on what a build leaves beside its pages: texts that nobody searched, files for other hosts, pages twice."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from naws.core.authoring import Finding, Rule, Verbatim, advice
from naws.portal_website.checks_folder import FolderPart, at, first_few

_PUBLIC = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_identities_secrets.html"
_HOSTS = {
    "netlify.toml": "Netlify",
    "vercel.json": "Vercel",
    "now.json": "Vercel",
    "firebase.json": "Firebase Hosting",
    ".firebaserc": "Firebase Hosting",
    "staticwebapp.config.json": "Azure Static Web Apps",
    "web.config": "IIS",
    ".htaccess": "Apache",
    "nginx.conf": "nginx",
    "wrangler.toml": "Cloudflare",
    "wrangler.json": "Cloudflare",
    "wrangler.jsonc": "Cloudflare",
    "_worker.js": "Cloudflare Pages",
    "_routes.json": "Cloudflare Pages",
    "amplify.yml": "Amplify Hosting",
    "customHttp.yml": "Amplify Hosting",
    "render.yaml": "Render",
    "static.json": "Heroku",
}

_ERRORS = ("404", "500")
"""Pages for errors, which tools write under both names."""


@advice(
    code="NAWS-SITE-050",
    title="All texts are searched for credentials",
    source=_PUBLIC,
    example="""
    # The folder has a script of 70 MB.
    source="web/vast"
    """,
    fix='source="web/dist"',
)
def searched(part: FolderPart) -> Iterator[Finding]:
    """Pages, styles, scripts and other texts are, up to some 64 MB of each: more would hold up each synthesis."""
    for name, more in first_few(part.folder.unsearched):
        yield Finding(
            path=at(name),
            value=Verbatim("not searched"),
            expected=f"texts that are no longer{more}",
            remedy=f"grep -nE 'AKIA|PRIVATE KEY-----|sk-|ghp_' {part.on_disk(name)}",
        )


@advice(
    code="NAWS-SITE-051",
    title="Settings of another host are not published",
    source="`redirects`, `headers` and `not_found_page` are what this pattern has for them",
    example="""
    # The folder has a file netlify.toml.
    source="web/elsewhere-hosted"
    """,
    fix='source="web/dist"',
)
def no_settings_of_others(part: FolderPart) -> Iterator[Finding]:
    """They have no effect here, and anybody can read them: rules of access and internal addresses among them."""
    found = [name for name in sorted(part.folder.names) if PurePosixPath(name).name in _HOSTS]
    for name, more in first_few(found):
        yield Finding(
            path=at(name),
            value=Verbatim("published"),
            expected=f"nothing that is for {_HOSTS[PurePosixPath(name).name]}{more}",
            remedy=f"rm {part.on_disk(name)}\nredirects={{…}}, headers=SecurityHeaders(…)  # what it sets",
        )


@advice(
    code="NAWS-SITE-052",
    title="A page is in the folder once",
    source="`/about` is `about/index.html` or `about.html`, as most pages of the folder are",
    example="""
    # The folder has about.html and about/index.html.
    source="web/twice", kind="pages"
    """,
    fix='source="web/pages", kind="pages"',
)
def once(part: FolderPart) -> Iterator[Finding]:
    """One of the two is shown under their address, and the other under its own name with `.html` alone."""
    names = part.folder.names
    pages = (name[:-11] for name in sorted(names) if name.endswith("/index.html") and name[:-11] not in _ERRORS)
    twice = [each for each in pages if f"{each}.html" in names]
    if part.kind != "pages":
        return
    for page, more in first_few(twice):
        shown, other = (f"{page}/index.html", f"{page}.html")[:: 1 if part.folders else -1]
        address = f"/{page}{'/' if part.folders else ''}"
        yield Finding(
            path=at(other),
            value=Verbatim(f"not shown at {address}"),
            expected=f"one file for {address}, which shows {shown}{more}",
            remedy=f"rm {part.on_disk(other)}",
        )


LEFTOVER_RULES: tuple[Rule[FolderPart], ...] = (searched, no_settings_of_others, once)
