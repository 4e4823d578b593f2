"""The functions at the edge, run by Node as CloudFront runs them: an event in, a request or an answer out."""

import base64
import hashlib
import json
import subprocess
from dataclasses import replace

import pytest

from naws.portal_website.plan_viewer import (
    LONGEST,
    USUAL_EXTENSIONS,
    Moved,
    ViewerPlan,
    api_function,
    site_function,
    site_parts,
)

RUN = """
const fs = require('fs');
const given = JSON.parse(fs.readFileSync(0, 'utf8'));
const handler = new Function('require', given.code + '; return handler;')(require);
console.log(JSON.stringify(given.events.map(handler)));
"""
EXTENSIONS = ("html", "js", "css", "json", "png", "ico")


def event(uri, headers=None, querystring=None):
    named = {name: {"value": value} for name, value in {"host": "d111.cloudfront.net", **(headers or {})}.items()}
    return {
        "request": {"method": "GET", "uri": uri, "querystring": querystring or {}, "headers": named, "cookies": {}},
    }


def run(code, *events):
    given = json.dumps({"code": code, "events": events})
    done = subprocess.run(["node", "-e", RUN], input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def answers(plan, *uris):
    """Where each goes: the path that is asked of the bucket, or status and place."""
    found = run(site_function(plan), *(event(each) if isinstance(each, str) else each for each in uris))
    return [
        each["uri"] if "uri" in each else (each["statusCode"], each["headers"].get("location", {}).get("value"))
        for each in found
    ]


SPA = ViewerPlan(release="abc123", extensions=EXTENSIONS, outside=("/assets/*",))
PAGES = ViewerPlan(release="abc123", kind="pages", extensions=EXTENSIONS, outside=("/_astro/*",), others=("/legal",))


def test_a_page_whose_address_ends_as_that_of_a_file_does():
    """A page on next.js: servers of such sites try the page's name, too."""
    named = replace(PAGES, others=("/blog/next.js",), named=("/blog/next.js", "/docs/node.js", "/a+b.js"))
    assert answers(named, "/blog/next.js", "/docs/node.js", "/docs/node.js/", "/app.js", "/a+b.js", "/a%2Bb.js") == [
        "/abc123/blog/next.js.html",
        (301, "/docs/node.js/"),
        "/abc123/docs/node.js/index.html",
        "/abc123/app.js",
        (301, "/a%2Bb.js/"),
        (301, "/a%2Bb.js/"),
    ]
    plain = replace(named, folders=False, others=("/docs/node.js",))
    assert answers(plain, "/blog/next.js", "/docs/node.js", "/app.js", "/app.css") == [
        "/abc123/blog/next.js.html",
        (301, "/docs/node.js/"),
        "/abc123/app.js",
        "/abc123/app.css",
    ]


def test_a_single_page_app():
    asked = {
        "/": "/abc123/index.html",
        "/index.html": "/abc123/index.html",
        "/app.css": "/abc123/app.css",
        "/APP.CSS": "/abc123/APP.CSS",
        "/missing.js": "/abc123/missing.js",  # a missing file is 404 and not the app
        "/orders/17": "/abc123/index.html",
        "/users/jane.doe": "/abc123/index.html",  # no extension of a file that was built
        "/users/constructor": "/abc123/index.html",
        "/x.constructor": "/abc123/index.html",
        "/assets/app-3f2a.js": "/assets/app-3f2a.js",
        "/assetsx": "/abc123/index.html",
        "/assets/unknown": "/abc123/index.html",  # a page of the app, though files are beside it
        "/assets/v1.2/start": "/abc123/index.html",
        "/assets/jane.doe": "/assets/jane.doe",  # an older build may have had such a file
        "/config.json": "/config.json",
        "/configXjson": "/abc123/index.html",
        "/older/index.html": "/abc123/older/index.html",  # no older release is led to
        "/a%20b.png": "/abc123/a%20b.png",
    }
    assert answers(SPA, *asked) == list(asked.values())


def test_files_without_an_extension_are_files_where_there_are_some():
    assert answers(replace(SPA, dotted=False), "/assets/3f2a9c1b") == ["/assets/3f2a9c1b"]


def test_pages_in_folders():
    asked = {
        "/": "/abc123/index.html",
        "/about/": "/abc123/about/index.html",
        "/about": (301, "/about/"),
        "/legal": "/abc123/legal.html",
        "/legal/": "/abc123/legal.html",
        "/about/me.png": "/abc123/about/me.png",
        "/_astro/x.css": "/_astro/x.css",
        "/_astro/tour": (301, "/_astro/tour/"),
        "/_astro/tour/": "/abc123/_astro/tour/index.html",
        "//evil.example": (301, "/evil.example/"),
        "/\\evil.example": (301, "/evil.example/"),
    }
    assert answers(PAGES, *asked) == list(asked.values())


def test_pages_that_are_files():
    plan = ViewerPlan(release="abc123", kind="pages", extensions=EXTENSIONS, folders=False, others=("/docs",))
    asked = {
        "/": "/abc123/index.html",
        "/about": "/abc123/about.html",
        "/about/": (301, "/about"),
        "/docs": (301, "/docs/"),
        "/docs/": "/abc123/docs/index.html",
        "/docs/start": "/abc123/docs/start.html",
        "/about.html": "/abc123/about.html",
    }
    assert answers(plan, *asked) == list(asked.values())


def test_an_older_release_is_shown_as_well_as_the_newest():
    plan = replace(SPA, extensions=(*USUAL_EXTENSIONS, "js"), inside=("assets/logo.png", "assets/a b.png"))
    asked = {
        "/logo.webp": "/abc123/logo.webp",  # the new build has no such file
        "/assets/pic-Zk3mP0aQ.png": "/assets/pic-Zk3mP0aQ.png",
        "/assets/logo.png": "/abc123/assets/logo.png",
        "/assets/a%20b.png": "/abc123/assets/a%20b.png",
        "/users/jane.doe": "/abc123/index.html",
        "/v1.2/start": "/abc123/index.html",
    }
    assert answers(plan, *asked) == list(asked.values())


def test_paths_are_compared_as_browsers_send_them():
    redirects = (
        Moved(source="/über", target="/über-uns/", status=301),
        Moved(source="/gr%c3%bcn/*", target="https://bücher.example/ä:splat#ö", status=302),
        Moved(source="/50%", target="/half price", status=301),
        Moved(source="/road", target="https://www.Straße.example:8443/", status=301),
    )
    plan = ViewerPlan(
        release="abc123",
        kind="pages",
        extensions=EXTENSIONS,
        outside=("/my docs/*",),
        others=("/größe", "/100%"),
        redirects=redirects,
    )
    asked = {
        "/gr%C3%B6%C3%9Fe": "/abc123/gr%C3%B6%C3%9Fe.html",
        "/gr%c3%b6%c3%9fe": "/abc123/gr%C3%B6%C3%9Fe.html",
        "/100%25": "/abc123/100%25.html",
        "/%C3%BCber": (301, "/%C3%BCber-uns/"),
        "/%c3%bcber/": (301, "/%C3%BCber-uns/"),
        "/gr%C3%BCn/%C3%A4/b": (302, "https://xn--bcher-kva.example/%C3%A4%C3%A4/b#%C3%B6"),
        "/50%25": (301, "/half%20price"),
        "/road": (301, "https://www.xn--strae-oqa.example:8443/"),
        "/my%20docs/a.txt": "/my%20docs/a.txt",
    }
    assert answers(plan, *asked) == list(asked.values())
    assert site_function(plan).isascii()


def test_a_plus_of_a_name_is_no_blank_to_the_bucket():
    redirects = (
        Moved(source="/c++", target="/c%2B%2B/q?x=a+b", status=301),
        Moved(source="/go+/*", target="https://example.com/?q=:splat", status=302),
        Moved(source="/a+b", target="/c++.html", status=200),
        Moved(source="/*", target="/all.html", status=200, gives_way=True),
    )
    plan = replace(
        PAGES, outside=("/my+docs/*",), inside=("my+docs/a+.txt",), others=("/d++",), pages=("/d++", "/e+"),
        extensions=(*EXTENSIONS, "txt"), redirects=redirects,
    )  # fmt: skip
    asked = {
        "/c++.png": "/abc123/c%2B%2B.png",
        "/c%2b%2B.png": "/abc123/c%2B%2B.png",
        "/my+docs/b+.txt": "/my%2Bdocs/b%2B.txt",
        "/my%2Bdocs/a+.txt": "/abc123/my%2Bdocs/a%2B.txt",
        "/d++": "/abc123/d%2B%2B.html",
        "/d%2B%2B": "/abc123/d%2B%2B.html",
        "/e+": (301, "/e%2B/"),
        "/c++": (301, "/c%2B%2B/q?x=a+b"),
        "/c%2B%2B": (301, "/c%2B%2B/q?x=a+b"),
        "/go+/a+b": (302, "https://example.com/?q=a+b"),
        "/go%2B/a%2Bb": (302, "https://example.com/?q=a%2Bb"),
        "/a+b": "/abc123/c%2B%2B.html",
    }
    assert answers(plan, *asked) == list(asked.values())
    assert answers(SPA, "/a+b.png", "/assets/+layout.js", "/x+y") == [
        "/abc123/a%2Bb.png",
        "/assets/%2Blayout.js",
        "/abc123/index.html",
    ]


def test_what_shows_another_file_gives_way_to_what_is_there():
    plan = replace(
        PAGES,
        pages=("/app/settings", "/"),
        redirects=(
            Moved(source="/img/*", target="/pictures/:splat", status=200),
            Moved(source="/app/*", target="/app/index.html", status=200, gives_way=True),
            Moved(source="/*", target="/all.html", status=200, gives_way=True),
        ),
    )
    asked = {
        "/app/main.js": "/abc123/app/main.js",
        "/app/orders/7": "/abc123/app/index.html",
        "/app/settings/": "/abc123/app/settings/index.html",
        "/img/a.png": "/abc123/pictures/a.png",
        "/": "/abc123/index.html",
        "/x": "/abc123/all.html",
        "/x.css": "/abc123/x.css",
    }
    assert answers(plan, *asked) == list(asked.values())


def test_a_query_stays():
    query = {"q": {"value": "a%20b"}, "tag": {"value": "y", "multiValue": [{"value": "x"}, {"value": "y"}]}}
    assert answers(PAGES, event("/about", querystring={**query, "on": {"value": ""}})) == [
        (301, "/about/?q=a%20b&tag=x&tag=y&on")
    ]


REDIRECTS = (
    Moved(source="/old", target="/new", status=301),
    Moved(source="/old", target="/never", status=302),
    Moved(source="/shop", target="https://shop.example.com/?from=us#top", status=302),
    Moved(source="/blog/*", target="/news/:splat", status=301),
    Moved(source="/user/:id/posts/:post", target="/p/:post/of/:id?x=$1", status=302),
    Moved(source="/go/*", target=":splat", status=302),
    Moved(source="/shown", target="/hidden.html", status=200),
    Moved(source="/sums/*", target="/table.html", status=200),
)


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("/old", (301, "/new")),
        ("/old/", (301, "/new")),
        ("/shop", (302, "https://shop.example.com/?from=us#top")),
        ("/blog/2026/x", (301, "/news/2026/x")),
        ("/blog", (301, "/news/")),
        ("/blogger", "/abc123/index.html"),
        ("/user/7/posts/9", (302, "/p/9/of/7?x=$1")),
        ("/user/7/posts/9/z", "/abc123/index.html"),
        ("/go//evil.example", (302, "/evil.example")),
        ("/shown", "/abc123/hidden.html"),
        ("/sums/3", "/abc123/table.html"),
        ("/toString", "/abc123/index.html"),
    ],
)
def test_redirects(uri, answer):
    plan = ViewerPlan(release="abc123", extensions=EXTENSIONS, redirects=REDIRECTS)
    assert answers(plan, uri) == [answer]


def test_a_redirect_keeps_the_query_that_it_has_none_of():
    plan = ViewerPlan(release="abc123", redirects=REDIRECTS)
    query = {"page": {"value": "2"}}
    found = answers(plan, event("/old", querystring=query), event("/shop", querystring=query))
    assert found == [(301, "/new?page=2"), (302, "https://shop.example.com/?from=us#top")]


def test_other_names_lead_to_the_main_one():
    plan = ViewerPlan(release="abc123", main_domain="www.example.com", extensions=EXTENSIONS)
    www, bare = ({"host": "WWW.example.com"}, {"host": "example.com"})
    query = {"a": {"value": "1"}}
    found = answers(plan, event("/x", www), event("/x", bare, query), event("/app.css", bare))
    assert found == [
        "/abc123/index.html",
        (301, "https://www.example.com/x?a=1"),
        (301, "https://www.example.com/app.css"),
    ]


def basic(user, password):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_a_password():
    plan = ViewerPlan(release="abc123", password=("früh", hashlib.sha256(b"pa:ss\xc3\xa9").hexdigest()))
    right, wrong, other = basic("früh", "pa:ssé"), basic("früh", "pa:sse"), basic("x", "pa:ssé")
    found = run(
        site_function(plan),
        *(event("/", each) for each in (right, wrong, other, {}, {"authorization": "Bearer x"}, basic("früh", ""))),
    )
    assert found[0]["uri"] == "/abc123/index.html"
    for each in found[1:]:
        assert (each["statusCode"], each["headers"]["cache-control"]["value"]) == (401, "no-store")
        assert each["headers"]["www-authenticate"]["value"].startswith("Basic ")


def test_an_endpoint_is_asked_without_prefix_and_without_the_password():
    plan = ViewerPlan(release="abc123", password=("a", "b" * 64))
    code = api_function(plan, "/api")
    bearer = {"authorization": "Bearer t"}
    found = run(code, event("/api/orders/7"), event("/api"), event("/api/x", basic("a", "b")), event("/api/x", bearer))
    assert [each["uri"] for each in found] == ["/orders/7", "/", "/x", "/x"]
    assert "authorization" not in found[2]["headers"]
    assert found[3]["headers"]["authorization"]["value"] == "Bearer t"
    assert api_function(ViewerPlan(release="abc123"), "") == ""
    assert "request.uri" not in api_function(plan, "")


def test_only_what_begins_with_the_prefix_loses_it():
    asked = {
        "/api/orders": "/orders",
        "/api": "/",
        "/api/": "/",
        "/x/../api/orders": "/x/../api/orders",
        "/apis/../api/orders": "/apis/../api/orders",
        "/a.i/../api/orders": "/a.i/../api/orders",
        "/api/../api/x": "/../api/x",
    }
    found = run(api_function(ViewerPlan(release="abc123"), "/api"), *map(event, asked))
    assert [each["uri"] for each in found] == list(asked.values())
    for prefix in ("/a+b/c.d", "/it's $/x"):
        (found,) = run(api_function(ViewerPlan(release="abc123"), prefix), event(f"{prefix}/y".replace(" ", "%20")))
        assert found["uri"] == "/y"


def test_only_what_is_used_is_in_the_function():
    whole = ViewerPlan(
        release="abc123", kind="pages", redirects=REDIRECTS, main_domain="a.example", password=("a", "b")
    )
    assert "require" not in site_function(SPA)
    assert "redirect" not in site_function(SPA)
    assert len(site_function(SPA)) < 700
    assert len(site_function(whole)) < LONGEST / 2
    assert set(site_parts(whole)) > {"redirects", "redirects with variables", "password", "main_domain"}
