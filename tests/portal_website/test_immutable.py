"""Which files are cached for a year: by the hashes in their names, and the same in all builds of a tool."""

import random
import string
from collections.abc import Callable, Sequence

import pytest

from naws.portal_website.plan_names import Immutable, hashed_names, immutable_of, matches_any

HASHED = [
    "index-B_-k3d_x.js",
    "main.073c9b0a.chunk.js",
    "main-2XTB4QWE.js",
    "_next/static/chunks/framework-1ce91eb6f9ecda85.js",
    "_next/static/Qw3rTyUiOp-asdfghjk_1/_buildManifest.js",
    "KaTeX_AMS-Regular-BQhdFMY1.woff2",
    "abc12345.js",
    "x-0123456789abcdef0123456789abcdef.png",
    "photo.DKs9s3ab_Z1abcde.webp",
    "main.073c9b0a.js.LICENSE.txt",
    "polyfills-legacy-D8f3kLm2.js",
    "0.BS3iPbi4.css",
]
UNHASHED = [
    "logo.png",
    "index.html",
    "favicon-32x32.png",
    "android-chrome-192x192.png",
    "app.js",
    "main.js",
    "style.css",
    "vendor.js",
    "jquery-3.7.1.min.js",
    "user-profile.js",
    "UserProfile.js",
    "myComponent.js",
    "My-Very-Long-Component-Name.js",
    "screenshot-2024.png",
    "20240115.png",
    "es2015-polyfills.js",
    "bootstrap5.css",
    "hero-image.png",
    "Inter-Regular.woff2",
    "roboto-v30-latin-700.woff2",
    "_nuxt/builds/latest.json",
    "page1.js",
    "h264-video.mp4",
    "settings.js",
    "LICENSE",
]
WORDS = (
    "index",
    "orders",
    "user",
    "settings",
    "profile",
    "about",
    "main",
    "vendor",
    "runtime",
    "calendar",
    "language",
    "admin",
    "card",
    "table",
    "product",
)
BASE64, HEX, BASE32 = string.ascii_letters + string.digits + "-_", "0123456789abcdef", string.ascii_uppercase + "234567"
Build = Callable[[random.Random], list[str]]


def immutable(names: Sequence[str]) -> Immutable:
    return immutable_of(names, hashed_names(names))


def test_a_hash_is_seen_in_a_name() -> None:
    assert [name for name in HASHED if not hashed_names([name])] == []
    assert [name for name in UNHASHED if hashed_names([name])] == []


def test_what_looks_like_a_word_or_a_number_is_a_hash_among_hashes() -> None:
    chunks = [f"assets/chunk-{number}B3k9dx1.js" for number in range(9)]
    assert hashed_names([*chunks, "assets/index-45SYM_NA.js"]).keys() > {"assets/index-45SYM_NA.js"}
    assert "assets/user-settings.js" not in hashed_names([*chunks, "assets/user-settings.js"])
    assert "assets/user-settings.js" not in hashed_names(["assets/user-settings.js", "assets/app-calendar.js"])
    numbered = ["static/js/1.12345678.chunk.js", "static/js/2.1a345678.chunk.js"]
    assert hashed_names(numbered).keys() == {*numbered}


def text(of: random.Random, alphabet: str, length: int) -> str:
    return "".join(of.choice(alphabet) for _ in range(length))


def words(of: random.Random) -> str:
    return "-".join(of.choice(WORDS) for _ in range(of.randint(1, 3)))


def of_next(of: random.Random) -> list[str]:
    build = text(of, BASE64, 21)
    return [
        *(f"_next/static/chunks/{number}-{text(of, HEX, 16)}.js" for number in range(250)),
        *(f"_next/static/chunks/app/{words(of)}/page-{text(of, HEX, 16)}.js" for _ in range(40)),
        *(f"_next/static/css/{text(of, HEX, 16)}.css" for _ in range(8)),
        *(f"_next/static/media/{text(of, HEX, 16)}-s.p.woff2" for _ in range(5)),
        *(f"_next/static/{build}/{name}.js" for name in ("_buildManifest", "_ssgManifest")),
    ]


def of_svelte(of: random.Random) -> list[str]:
    return [
        *(f"_app/immutable/chunks/{text(of, BASE64, 8)}.js" for _ in range(200)),
        *(f"_app/immutable/nodes/{number}.{text(of, BASE64, 8)}.js" for number in range(60)),
        *(f"_app/immutable/entry/{name}.{text(of, BASE64, 8)}.js" for name in ("app", "start")),
        *(f"_app/immutable/assets/{number}.{text(of, BASE64, 8)}.css" for number in range(40)),
    ]


def of_astro(of: random.Random) -> list[str]:
    return [
        *(f"_astro/{words(of)}.{text(of, BASE64, 8)}.{of.choice(('js', 'css'))}" for _ in range(200)),
        *(f"_astro/photo.{text(of, BASE64, 8)}_{text(of, BASE64[:62], of.randint(4, 7))}.webp" for _ in range(100)),
    ]


def of_webpack(of: random.Random, length: int) -> list[str]:
    return [
        *(f"static/js/{number}.{text(of, HEX, length)}.chunk.js" for number in range(200)),
        *(f"static/css/{number}.{text(of, HEX, length)}.chunk.css" for number in range(99)),
        f"static/js/main.{text(of, HEX, length)}.js",
    ]


BUILDS: dict[str, tuple[str, Build]] = {
    "Vite": (
        "/assets/*",
        lambda of: [f"assets/{words(of)}-{text(of, BASE64, 8)}.{of.choice(('js', 'css'))}" for _ in range(300)],
    ),
    "esbuild": ("/assets/*", lambda of: [f"assets/chunk-{text(of, BASE32, 8)}.js" for _ in range(300)]),
    "webpack": ("/static/*", lambda of: of_webpack(of, 8)),
    "webpack 20": ("/static/*", lambda of: of_webpack(of, 20)),
    "Next": ("/_next/static/*", of_next),
    "SvelteKit": ("/_app/immutable/*", of_svelte),
    "Astro": ("/_astro/*", of_astro),
}


@pytest.mark.parametrize("tool", BUILDS)
def test_every_build_of_a_tool_is_immutable_as_a_whole(tool: str) -> None:
    pattern, build = BUILDS[tool]
    for seed in range(20):
        assert immutable(build(random.Random(seed))) == Immutable(cached=(pattern,), outside=(pattern,))


def test_words_are_never_a_hash() -> None:
    every = (
        *WORDS,
        "UserProfile",
        "myComponent",
        "v2",
        "2024",
        "192x192",
        "h264",
        "decade2",
        "Inter",
        "Regular",
        "facade",
    )
    for seed in range(20):
        of = random.Random(seed)
        names = [f"assets/{'-'.join(of.choice(every) for _ in range(of.randint(1, 4)))}.js" for _ in range(100)]
        assert hashed_names(names) == {}


@pytest.mark.parametrize(
    ("names", "cached", "outside", "inside"),
    [
        (("_astro/a.D8f3kLm2.css", "index.html"), ("/_astro/*",), ("/_astro/*",), ()),
        (
            ("_app/immutable/chunks/D8f3kLm2.js", "_app/version.json"),
            ("/_app/immutable/*",),
            ("/_app/immutable/*",),
            (),
        ),
        (
            ("_nuxt/D8f3kLm2.js", "_nuxt/entry.D8f3kLm3.css", "_nuxt/builds/latest.json"),
            ("/_nuxt/*.css", "/_nuxt/*.js"),
            ("/_nuxt/*",),
            ("_nuxt/builds/latest.json",),
        ),
        (("assets/logo.png", "assets/style.css"), (), (), ()),
        (
            ("assets/logo.png", "assets/hero-Zk3mP0aQ.png", "assets/a-D8f3kLm2.js"),
            ("/assets/*-????????.png", "/assets/*.js"),
            ("/assets/*",),
            ("assets/logo.png",),
        ),
        (
            ("assets/x-wallpaper.png", "assets/x-portrait.png", "assets/x-Zk3mP0aQ.png", "assets/a-D8f3kLm2.js"),
            ("/assets/*.js",),
            ("/assets/*",),
            ("assets/x-Zk3mP0aQ.png", "assets/x-portrait.png", "assets/x-wallpaper.png"),
        ),
        ((), (), (), ()),
    ],
)
def test_folders_of_tools_are_found(
    names: tuple[str, ...], cached: tuple[str, ...], outside: tuple[str, ...], inside: tuple[str, ...]
) -> None:
    found = immutable(names)
    assert (found.cached, found.outside, found.inside) == (cached, outside, inside)


def test_each_file_of_a_folder_is_in_one_place() -> None:
    plain = [f"assets/fonts/some-long-name-of-a-font-{number}-regular.woff2" for number in range(100)]
    for others in (plain, plain[:3]):
        names = ["assets/index-D8f3kLm2.js", "assets/logo-Zk3mP0aQ.png", "assets/logo.png", *others]
        found = immutable(names)
        for name in names:
            is_outside = matches_any(found.outside, name) and name not in found.inside
            assert is_outside == matches_any(found.cached, name) == (name in hashed_names(names))
