"""Rules on the folder: each with the file and the line that breaks it."""

from pathlib import Path
from typing import Any

import pytest

from naws.core.authoring import Rule
from naws.portal_website import checks_files, checks_folder, checks_immutable
from naws.portal_website.checks_files import FILE_RULES
from naws.portal_website.checks_folder import FOLDER_RULES, FolderPart
from naws.portal_website.checks_immutable import IMMUTABLE_RULES
from naws.portal_website.plan_folder import read_folder
from site_folders import BEGIN, DIST, KEY, PAGE, sparse, write


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def part(files: dict[str, str] | None = None, **given: Any) -> FolderPart:
    write(Path("dist"), DIST | (files or {}))
    folder = read_folder("dist")
    return FolderPart(folder=folder, **({"immutable": folder.immutable.cached} | given))


def found(rule: Rule[FolderPart], judged: FolderPart) -> list[tuple[str, str]]:
    return [(each.path, each.value) for each in rule.issues(judged)]


def test_a_good_folder_breaks_no_rule() -> None:
    good = part()
    assert [issue for rule in (*FOLDER_RULES, *FILE_RULES, *IMMUTABLE_RULES) for issue in rule.issues(good)] == []


def test_a_folder_that_is_not_there(here: Path) -> None:
    write(here / "web" / "dist", DIST)
    for source, remedy in (
        ("web/dits", 'source="web/dist"'),
        ("web/output", 'source="web/dist"'),
        ("web", 'source="web/dist"'),
        ("none/dist", 'source="…"'),
        ("a" * 5_000, 'source="…"'),
        (f"{'a' * 5_000}/dist", 'source="…"'),
        ("", 'source="…"'),
        ("${Token[TOKEN.1]}", 'source="web/dist"'),
    ):
        (issue,) = checks_folder.is_built.issues(FolderPart(folder=read_folder(source)))
        assert issue.remedy == remedy
    (here / "empty").mkdir()
    (issue,) = checks_folder.is_built.issues(FolderPart(folder=read_folder("empty")))
    assert issue.expected == "a folder with index.html: it is empty"


def test_secret_files_are_named() -> None:
    careless = part(
        {
            ".env.production": "x",
            "keys/server.pem": f"{BEGIN} RSA PRIVATE KEY-----",
            "ca.pem": "-----BEGIN CERTIFICATE-----",
            ".env.example": "",
        }
    )
    assert found(checks_folder.no_secret_files, careless) == [
        ('source[".env.production"]', "published"),
        ('source["keys/server.pem"]', "published"),
    ]
    assert checks_folder.no_secret_files.issues(careless)[0].remedy == "rm dist/.env.production"


def test_secrets_in_texts_are_named_with_their_line_and_never_shown() -> None:
    leaking = part(
        {
            "a.js": f'const a = 1;\nconst key = "{KEY}";\n',
            "b.json": '{\n\n"secretAccessKey": "' + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz" + '"}',
            "c.html": f"<p>{BEGIN} PRIVATE KEY-----\n" + "M" * 64,
            "d.txt": "\nghp_" + "a1B2" * 9,
            "e.csv": f"key,value\n{KEY},x",
            "fine.js": '"AKIAIOSFODNN7EXAMPLE"; pem = "' + BEGIN + ' PRIVATE KEY-----"; k = "AIza' + "x" * 35 + '"',
        }
    )
    issues = checks_folder.no_secret_texts.issues(leaking)
    assert sorted(each.path for each in issues) == [
        'source["a.js"]:2',
        'source["b.json"]:3',
        'source["c.html"]:1',
        'source["d.txt"]:2',
        'source["e.csv"]:2',
    ]
    assert KEY not in "".join(each.render() for each in issues)


def test_the_address_of_a_database_with_its_password_is_a_secret_and_an_example_is_none() -> None:
    texts = {
        "a.js": 'const db = "postgres://app:' + 's3cr3tpw@db.internal:5432/shop"',
        "guide.html": "postgres://user:password@db.example.com/x mongodb+srv://admin:" + "${pw}@cluster.net",
    }
    assert [each.path for each in checks_folder.no_secret_texts.issues(part(texts))] == ['source["a.js"]:1']


def test_a_folder_of_sources() -> None:
    whole = part({"package.json": "{}", "node_modules/a/b.js": "", "dist/index.html": ""})
    (issue,) = checks_folder.no_sources.issues(whole)
    assert (issue.path, issue.remedy) == ('source["node_modules/a/b.js"]', 'source="dist/dist"')
    assert "and 1 more" in issue.expected


def test_source_maps_are_named_by_the_line_that_names_them() -> None:
    mapped = part(
        {
            "assets/index-B3k9dx1y.js": "f()\n//# sourceMappingURL=index-B3k9dx1y.js.map",
            "assets/index-B3k9dx1y.js.map": "{}",
            "lonely.css.map": "{}",
            "data.js": "//# sourceMappingURL=data:application/json,{}",
        }
    )
    assert found(checks_folder.no_maps, mapped) == [
        ('source["assets/index-B3k9dx1y.js"]:2', "assets/index-B3k9dx1y.js.map"),
        ('source["lonely.css.map"]', "published"),
    ]


def test_many_findings_are_five_and_a_number() -> None:
    issues = checks_folder.no_maps.issues(part({f"{number}.map": "" for number in range(12)}))
    assert len(issues) == 5
    assert issues[-1].expected == "no source map; 7 more are like it"


def test_names_that_s3_or_a_system_does_not_take() -> None:
    long = "/".join("a" * 200 for _ in range(5)) + "/" + "b" * 20
    odd = part({long: "", "Logo.png": "", "logo.png": "", "a\nb.txt": ""})
    (issue,) = checks_folder.keys.issues(odd)
    assert issue.expected == "at most 1,011 bytes: it has 1,025"
    assert [each.path for each in checks_folder.names.issues(odd)] == ['source["a\\nb.txt"]', 'source["logo.png"]']


def test_a_name_that_is_no_text(here: Path) -> None:
    write(here / "dist", DIST)
    (here / "dist" / "a\udcff.txt").touch()
    (issue,) = checks_folder.keys.issues(FolderPart(folder=read_folder("dist")))
    assert issue.render().encode()


def test_what_is_too_large_or_takes_long(here: Path) -> None:
    sparse(write(here / "dist", DIST) / "film.mp4", 600 * 1024 * 1024)
    quick = FolderPart(folder=read_folder("dist"))
    assert found(checks_folder.is_quick, quick) == [("source", "600 MiB in 5 files")]
    assert found(checks_folder.fits, quick) == []
    sparse(here / "dist" / "film.mp4", 6_000_000_000)
    (issue,) = checks_folder.fits.issues(FolderPart(folder=read_folder("dist")))
    assert (issue.path, issue.expected) == ('source["film.mp4"]', "at most 4,768 MiB")
    assert read_folder("dist").asset_hash == "0" * 64


def test_what_cannot_be_read_and_what_is_not(here: Path) -> None:
    write(here / "dist", DIST | {"_headers": ""})
    (here / "dist" / "link").symlink_to("nothing")
    judged = FolderPart(folder=read_folder("dist"))
    assert found(checks_folder.readable, judged) == [('source["link"]', "nothing")]
    assert found(checks_folder.no_headers_file, judged) == [('source["_headers"]', "not read")]


def test_missing_files_are_named_by_the_line_that_refers_to_them() -> None:
    broken = part(
        {
            "index.html": PAGE + '<img src="/Favicon.ico"><img src="/api/logo.png"><a href="/about.html">x</a>'
            '<link rel="stylesheet" href="%BASE%/x.css"><script>fetch("/config.json")</script>'
            '<link rel="manifest" href="/site.webmanifest?v=1"><img src="/config.json">',
            "assets/index-B3k9dx1y.js": 'a();\nimport("./Orders-Zz9kQ1xy.js");\nimport("./Orders-C4dx8kQz.js")',
            "assets/a.css": "a{}\nb{background:url(../img/gone.png)}c{background:url(data:image/png;base64,x.png)}",
        },
        apis=("/api/*",),
        published=("config.json",),
    )
    assert found(checks_files.is_there, broken) == [
        ('source["index.html"]:4', "/Favicon.ico"),
        ('source["index.html"]:4', "/site.webmanifest?v=1"),
        ('source["assets/a.css"]:2', "../img/gone.png"),
        ('source["assets/index-B3k9dx1y.js"]:2', "./Orders-Zz9kQ1xy.js"),
    ]
    issues = checks_files.is_there.issues(broken)
    assert issues[0].expected == "favicon.ico is there: capitals count"
    assert issues[3].remedy == "./Orders-Zz9kQ1xy.js  ->  Orders-C4dx8kQz.js"


def test_a_base_moves_what_is_relative() -> None:
    files = {"index.html": '<base href="/shop/"><script src="a.js"></script>', "shop/a.js": ""}
    assert found(checks_files.is_there, part(files)) == []
    assert found(checks_files.from_the_root, part(files)) == []


def test_plain_http() -> None:
    mixed = part(
        {"index.html": PAGE + '<script src="http://cdn.example.com/a.js"></script><a href="http://x.org">x</a>'}
    )
    (issue,) = checks_files.encrypted.issues(mixed)
    assert (issue.path, issue.remedy) == ('source["index.html"]:4', "https://cdn.example.com/a.js")


def test_relative_files_of_a_single_page() -> None:
    relative = {"index.html": PAGE.replace('"/assets', '"./assets')}
    assert found(checks_files.from_the_root, part(relative)) == [
        ('source["index.html"]:3', "./assets/index-B3k9dx1y.js")
    ]
    assert found(checks_files.from_the_root, part(relative, kind="pages")) == []


def test_immutable_files_have_hashes() -> None:
    files = {"assets/logo.png": "", "assets/settings.js": ""}
    assert found(checks_immutable.hashed, part(files)) == []
    issue, word = checks_immutable.hashed.issues(part(files, immutable=("/assets/*",)))
    assert word.path == 'source["assets/settings.js"]'
    assert issue.path == 'source["assets/logo.png"]'
    assert issue.remedy == "omit immutable_paths"
    assert "logo-B3k9dx1y.png" in issue.expected


@pytest.mark.parametrize(
    ("files", "remedies"),
    [
        (("bundle/a.073c9b0a.js", "bundle/b.173c9b0a.js", "bundle/c.273c9b0a.css"), ['immutable_paths=["/bundle/*"]']),
        (("bundle/a.073c9b0a.js", "bundle/b.173c9b0a.js"), []),
        (("a.073c9b0a.js", "b.173c9b0a.js", "c.273c9b0a.css"), ['immutable_paths=["/*.css", "/*.js"]']),
        (("x/a.073c9b0a.js", "x/b.173c9b0a.js", "x/c.273c9b0a.js", "x/plain.js"), ["mv dist/x/plain.js …"]),
    ],
)
def test_hashes_elsewhere(here: Path, files: tuple[str, ...], remedies: list[str]) -> None:
    write(here / "dist", dict.fromkeys(files, ""))
    issues = checks_immutable.kept.issues(FolderPart(folder=read_folder("dist")))
    assert [each.remedy for each in issues] == remedies


def test_handlers_where_a_policy_is_enforced() -> None:
    files = {"index.html": PAGE + '<button onclick="go()">Go</button>\n<a href="javascript:go()">x</a>'}
    assert found(checks_files.no_handlers, part(files)) == []
    assert found(checks_files.no_handlers, part(files, csp="enforce")) == [
        ('source["index.html"]:4', "onclick"),
        ('source["index.html"]:5', "href"),
    ]
    allowed = {"script-src-attr": ["'unsafe-inline'"]}
    assert found(checks_files.no_handlers, part(files, csp="enforce", csp_sources=allowed)) == []


def test_pages_that_are_not_read(here: Path) -> None:
    sparse(write(here / "dist", DIST) / "all.html", 9_000_000)
    judged = FolderPart(folder=read_folder("dist"), csp="enforce")
    assert found(checks_files.all_read, judged) == [("headers.csp", "'enforce'")]
    assert found(checks_files.all_read, FolderPart(folder=read_folder("dist"))) == []


def test_the_kind_and_what_is_hidden() -> None:
    pages = part({"about/index.html": "", "config.json": ""}, published=("config.json",))
    assert [each.remedy for each in checks_files.kind.issues(pages)] == ['kind="pages"']
    assert found(checks_files.not_hidden, pages) == [('source["config.json"]', "hidden")]
    assert found(checks_files.kind, part({"about/index.html": ""}, kind="pages")) == []


def test_the_page_for_what_is_not_there() -> None:
    for given, remedies in (
        ("404.html", []),
        ("/404.html", ['not_found_page="404.html"']),
        ("missing.html", ['not_found_page="404.html"']),
        (None, []),
        ("${Token[TOKEN.2]}", []),
    ):
        judged = part({"404.html": ""}, kind="pages", not_found_page=given)
        assert [each.remedy for each in checks_files.not_found_is_there.issues(judged)] == remedies
    for more, count in (({"kind": "pages"}, 0), ({"kind": "spa"}, 1), ({"kind": "pages", "apis": ("/api/*",)}, 1)):
        judged = part({"404.html": ""}, not_found_page="404.html", **more)
        assert len(checks_files.not_found_is_shown.issues(judged)) == count


def test_a_release_has_an_id() -> None:
    for given, count in (("0123456789ab", 0), (None, 0), ("${Token[TOKEN.3]}", 0), ("v1.4", 1), ("0123456789AB", 1)):
        assert len(checks_files.release_id.issues(part(release=given))) == count


def test_files_without_an_extension() -> None:
    files = {".well-known/security": "", "assets/LICENSE": "", "_redirects": ""}
    judged = part(files, immutable=("/assets/*",))
    assert found(checks_files.with_extension, judged) == [('source[".well-known/security"]', "never shown")]


@pytest.mark.parametrize(
    ("given", "better"),
    [
        ("/assets/*", None),
        ("/assets/index-*.js", None),
        ("/*.js", None),
        ("assets/*", "/assets/*"),
        ("/assets", "/assets/*"),
        ("/assets/", "/assets/*"),
        ("https://www.example.com/assets/*", "/assets/*"),
        ("", "/assets/*"),
    ],
)
def test_the_form_of_an_immutable_path(given: str, better: str | None) -> None:
    issues = checks_immutable.immutable_form.issues(part(immutable_paths=[given]))
    assert [(each.path, each.remedy) for each in issues] == (
        [] if better is None else [("immutable_paths[0]", f'immutable_paths=["{better}"]')]
    )


def test_what_a_comment_names_is_not_missing() -> None:
    script = "// import('./gone.js')\nconst a = \"import('./gone.js')\";\n"
    assert found(checks_files.is_there, part({"assets/a.js": script})) == []
    assert found(checks_files.is_there, part({"assets/a.js": f"{script}import('./gone.js')"})) == [
        ('source["assets/a.js"]:3', "./gone.js")
    ]


def test_files_that_nobody_asks_for_need_no_extension() -> None:
    files = (".nojekyll", "CNAME", "img/.gitkeep", "LICENSE", ".well-known/apple-app-site-association", "report")
    issues = found(checks_files.with_extension, part(dict.fromkeys(files, "")))
    assert [path for path, _ in issues] == ['source[".well-known/apple-app-site-association"]', 'source["report"]']
