"""What a file `_redirects` has: every line with its number, wrong ones too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naws.portal_website.plan_redirects import (
    Redirect,
    first_of,
    followed,
    given_redirects,
    read_redirects,
)

FILE = """# from the old site
/old /new
/blog/*  /news/:splat   301!   # for good

/shop/:item https://shop.example.com/:item 308
/search q=:term /find/:term 301
/de /de/start 302 Language=de
/app/* /index.html 200
/broken
/odd /even 3o1
"""


def test_each_line_is_read_with_its_number() -> None:
    found = read_redirects(FILE)
    assert [(each.path.rpartition(":")[2], each.source, each.target, each.status) for each in found] == [
        ("2", "/old", "/new", 302),
        ("3", "/blog/*", "/news/:splat", 301),
        ("5", "/shop/:item", "https://shop.example.com/:item", 308),
        ("6", "/search", "/find/:term", 301),
        ("7", "/de", "/de/start", 302),
        ("8", "/app/*", "/index.html", 200),
        ("9", "/broken", "", 302),
        ("10", "/odd", "/even", 0),
    ]
    assert [each.conditions for each in found if each.conditions] == [("q=:term",), ("Language=de",)]
    assert found[1].written == "/blog/* /news/:splat 301!"
    assert found[0].path == 'source["_redirects"]:2'


def test_what_shows_another_file_gives_way_unless_it_is_forced() -> None:
    lines = read_redirects("/a /b 200\n/a /b 200!\n/a /b 301!\n/a /b\n")
    assert [(each.status, each.gives_way) for each in lines] == [(200, True), (200, False), (301, False), (302, False)]


def test_what_is_given_is_permanent() -> None:
    (found,) = given_redirects({"/old": "/new"})
    assert (found.path, found.status) == ('redirects["/old"]', 301)


@pytest.mark.parametrize(
    ("source", "target", "path", "led"),
    [
        ("/old", "/new", "/old", "/new"),
        ("/old", "/new", "/old/", "/new"),
        ("/blog/*", "/news/:splat", "/blog/2026/a", "/news/2026/a"),
        ("/blog/*", "/news/:splat", "/blog/", "/news/"),
        ("/blog/*", "/news/:splat", "/blog", "/news/"),
        ("/blog*", "/news", "/blogs", "/news"),
        ("/:a/x/:b", "/:b/:a", "/1/x/2", "/2/1"),
        ("/:a", "/y", "/1/2", None),
        ("/a.b", "/c", "/axb", None),
        ("/*", "https://example.com/:splat", "/a", "https://example.com/a"),
        ("/:a/*", "/t/:splat/:a/:other", "/1/2/3", "/t/2/3/1/:other"),
    ],
)
def test_a_path_is_followed(source: str, target: str, path: str, led: str | None) -> None:
    assert Redirect(path="", source=source, target=target).follow(path) == led


def test_the_first_that_matches_is_taken() -> None:
    every = read_redirects("/a /1\n/* /2\n/b /3\n")
    assert [first_of(every, path) for path in ("/a", "/b", "/c")] == [every[0], every[2], every[1]]


def test_a_chain_is_followed_and_a_loop_only_for_a_while() -> None:
    chain = read_redirects("/a /b\n/b /c?x=1\n/c https://example.com/\n")
    assert [each.source for each in followed(chain, "/a")] == ["/a", "/b", "/c"]
    assert len(list(followed(read_redirects("/a /b\n/b /a\n"), "/a"))) == 20
    assert len(list(followed(read_redirects("/* /x/:splat\n"), "/a"))) == 20
    assert list(followed(read_redirects("/* /index.html 200\n"), "/a")) == []


def test_the_fallback_of_a_single_page_is_known() -> None:
    assert [each.is_fallback for each in read_redirects("/* /index.html 200\n/* /index.html 302\n/a/* / 200\n")] == [
        True,
        False,
        False,
    ]


@given(st.text())
def test_every_text_is_read(text: str) -> None:
    for each in read_redirects(text):
        each.follow(each.sample)
        assert each.path.startswith('source["_redirects"]:')
