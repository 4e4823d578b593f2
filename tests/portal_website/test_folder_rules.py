"""Rules on the folder: each with the file and the line that breaks it."""

import json
from pathlib import Path
from typing import Any

import pytest

from naws.core.authoring import Rule
from naws.portal_website import checks_files, checks_folder, checks_immutable, checks_leftovers, checks_missing
from naws.portal_website.checks_files import FILE_RULES
from naws.portal_website.checks_folder import FOLDER_RULES, FolderPart
from naws.portal_website.checks_immutable import IMMUTABLE_RULES
from naws.portal_website.checks_leftovers import LEFTOVER_RULES
from naws.portal_website.checks_missing import MISSING_RULES
from naws.portal_website.checks_pages import PAGE_RULES, CallbackPart, immutable_files, leads_to_page, readable_text
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
    rules = (*FOLDER_RULES, *MISSING_RULES, *FILE_RULES, *LEFTOVER_RULES, *IMMUTABLE_RULES, *PAGE_RULES)
    assert [issue for rule in rules for issue in rule.issues(good)] == []


def test_a_folder_that_is_not_there(here: Path) -> None:
    write(here / "web" / "dist", DIST)
    for source, remedy in (
        ("web/dits", 'source="web/dist"'),
        ("web/output", 'source="web/dist"'),
        ("web", 'source="web/dist"'),
        ("none/dist", BUILD),
        ("a" * 5_000, BUILD),
        (f"{'a' * 5_000}/dist", BUILD),
        ("", 'source="web/dist"'),
        ("${Token[TOKEN.1]}", 'source="web/dist"'),
    ):
        (issue,) = checks_folder.is_built.issues(FolderPart(folder=read_folder(source)))
        assert issue.remedy == remedy
    (here / "empty").mkdir()
    (issue,) = checks_folder.is_built.issues(FolderPart(folder=read_folder("empty")))
    assert (issue.expected, issue.remedy) == ("a folder with index.html: it is empty", BUILD)


BUILD = "npm run build  # or what else builds the site, before cdk runs"


@pytest.mark.parametrize(
    ("files", "remedy"),
    [
        ({"INDEX.HTML": PAGE}, "mv dist/INDEX.HTML dist/index.html"),
        ({"200.html": PAGE}, 'fallback: "index.html"  // of adapter-static\nmv dist/200.html dist/index.html'),
        ({"BUILD_ID": "1", "build-manifest.json": "{}"}, 'output: "export"  // in next.config; then source="out"'),
        ({"app.js": "1"}, 'source="…"  # the folder that the build wrote index.html into'),
    ],
)
def test_a_folder_without_a_first_page_is_answered_with_what_makes_one(
    here: Path, files: dict[str, str], remedy: str
) -> None:
    write(here / "dist", files)
    (issue,) = checks_folder.is_built.issues(FolderPart(folder=read_folder("dist")))
    assert issue.remedy == remedy


def test_secret_files_are_named() -> None:
    careless = part(
        {
            ".env.production": "x",
            "keys/server.pem": f"{BEGIN} RSA PRIVATE KEY-----",
            "ca.pem": "-----BEGIN CERTIFICATE-----",
            ".env.example": "",
            ".dev.vars": "",
            ".git-credentials": "",
            "sub/.envrc": "",
            "kubeconfig": "",
            "k8s/prod.kubeconfig": "",
            "secrets.yaml": "",
            "sub/secrets.yml": "",
        }
    )
    assert found(checks_folder.no_secret_files, careless) == [
        ('source[".dev.vars"]', "published"),
        ('source[".env.production"]', "published"),
        ('source[".git-credentials"]', "published"),
        ('source["k8s/prod.kubeconfig"]', "published"),
        ('source["keys/server.pem"]', "published"),
    ]
    assert careless.folder.secret_files[5:] == ("kubeconfig", "secrets.yaml", "sub/.envrc", "sub/secrets.yml")
    assert checks_folder.no_secret_files.issues(careless)[1].remedy == "rm dist/.env.production"


SECRETS = (
    *("sk-" + "proj-" + "aB3-" * 12, "sk-" + "ant-api03-" + "aB3_" * 12, "sk-" + "a1" * 10 + "T3BlbkFJ" + "b2" * 10),
    *("hf_" + "aB" * 17, "SG." + "a1" * 11 + "." + "b" * 43, "rk_" + "live_" + "a1" * 10),
    "https://hooks." + "slack.com/services/T0A1B2C3D/B0A1B2C3D/" + "aB3" * 8,
    "https://discord." + "com/api/webhooks/" + "12" * 9 + "/" + "aB-3" * 17,
    *("xox" + "e-" + "1" * 10 + "-" + "a" * 24,),
    *("gh" + "u_" + "a1B2" * 9, "glpat-" + "a1" * 12, "github_pat_" + "a1" * 30, "npm_" + "a1" * 18),
)  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:6])
def test_keys_of_services_are_secrets(secret: str) -> None:
    (issue,) = checks_folder.no_secret_texts.issues(part({"a.js": f'\nconst key="{secret}";'}))
    assert issue.path == 'source["a.js"]:2'
    assert secret not in issue.render()


@pytest.mark.parametrize(
    "text",
    [
        *("pk_" + "live_" + "a1" * 12, "AI" + "za" + "aB3" * 12, ".sk-ant-design-card", "sk-proj-…", "hf_x"),
        "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
    ],
)
def test_what_is_made_for_browsers_is_no_secret(text: str) -> None:
    assert checks_folder.no_secret_texts.issues(part({"a.js": f'"{text}"'})) == []


def test_long_texts_are_searched_in_pieces(tmp_path: Path) -> None:
    folder = write(tmp_path, DIST)
    line = "x" * 99 + "\n"
    (folder / "large.js").write_text(line * 79_999 + "y" * 90 + f'"{KEY}"\n' + line * 90_000 + KEY)
    found = read_folder(str(folder))
    assert found.credentials == (("large.js", 80_000), ("large.js", 170_001))
    assert found.unsearched == ()
    sparse(folder / "vast.js", 70_000_000)
    assert read_folder(str(folder)).unsearched == ("vast.js",)


def test_settings_of_other_hosts_are_named() -> None:
    left = part({"netlify.toml": "", "sub/.htaccess": "", "vercel.json": "{}", "app.json": "{}"})
    assert [path for path, _ in found(checks_leftovers.no_settings_of_others, left)] == [
        'source["netlify.toml"]',
        'source["sub/.htaccess"]',
        'source["vercel.json"]',
    ]


@pytest.mark.parametrize(("folders", "other"), [(True, "about.html"), (False, "about/index.html")])
def test_of_a_page_that_is_there_twice_one_is_shown(folders: bool, other: str) -> None:  # noqa: FBT001  # a table's column
    twice = {"about.html": "", "about/index.html": "", "docs/index.html": ""}
    (issue,) = checks_leftovers.once.issues(part(twice, kind="pages", folders=folders))
    assert (issue.path, issue.remedy) == (f'source["{other}"]', f"rm dist/{other}")
    assert checks_leftovers.once.issues(part(twice)) == []


def test_a_page_for_errors_may_be_there_twice_as_next_js_writes_it() -> None:
    assert checks_leftovers.once.issues(part({"404.html": PAGE, "404/index.html": PAGE}, kind="pages")) == []


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


@pytest.mark.parametrize(
    ("name", "expected", "remedy"),
    [
        ("sub/node_modules/a/node_modules/b.js", "the folder that the build left", "rm -r dist/sub/node_modules"),
        (".vscode/settings.json", "the folder that the build left", "rm -r dist/.vscode"),
        ("cdk.out/manifest.json", "the folder that the build left", "rm -r dist/cdk.out"),
        ("a/.terraform/x", "the folder that the build left", "rm -r dist/a/.terraform"),
        ("docker-compose.prod.yml", "the folder that the build left", "rm dist/docker-compose.prod.yml"),
        ("compose.yaml", "the folder that the build left", "rm dist/compose.yaml"),
        ("backup.sql", "no database, and nothing that was copied out of one", "rm dist/backup.sql"),
        ("db/dump.SQL.gz", "no database, and nothing that was copied out of one", "rm dist/db/dump.SQL.gz"),
        ("dump.sqlite", "no database, and nothing that was copied out of one", "rm dist/dump.sqlite"),
        ("app.db", "no database, and nothing that was copied out of one", "rm dist/app.db"),
        ("img/.DS_Store", "nothing that a system writes beside files", "find dist -name .DS_Store -delete"),
        ("Thumbs.db", "nothing that a system writes beside files", "find dist -name Thumbs.db -delete"),
    ],
)
def test_what_no_build_leaves_is_not_published(name: str, expected: str, remedy: str) -> None:
    (issue,) = checks_folder.no_sources.issues(part({"index.html": PAGE, name: ""}))
    assert (issue.path, issue.remedy) == (f'source["{name}"]', remedy)
    assert issue.expected == f"{expected}: it has {name}"
    assert checks_files.with_extension.issues(part({"index.html": PAGE, name: ""})) == []


@pytest.mark.parametrize(
    "name", ["cdk.outline/a.js", "compose.html", "docs/sql.html", "vscode/a.css", "db.js", "a.vscode/b.css"]
)
def test_what_builds_leave_is_published(name: str) -> None:
    assert checks_folder.no_sources.issues(part({"index.html": PAGE, name: ""})) == []


PASSWORDS = (
    *(
        "POSTGRES_PASSWORD: hunter" + "2hunter2",
        '      MYSQL_ROOT_PASSWORD: "pg' + 'lazy"',
        "- DB_PASSWORD=s3cr" + "etpw",
    ),
    *(
        "db_password: hunter" + "2hunter2",
        "spring.datasource.password: 'aB3" + "$kk=9x'",
        "adminPassword: Tr0ub" + "4dor&3 # x",
    ),
)
NO_PASSWORDS = (
    "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}",
    "POSTGRES_PASSWORD: postgres",
    "MYSQL_PASSWORD: change-me",
    "DB_PASSWORD:",
    "DB_PASSWORD_FILE: /run/secrets/db1",
    "password: Passwort",
    "forgot_password: Forgot your password 2 times?",
    "password: string",
    "password: {type: string, minLength: 12}",
    "password: !vault |",
    "password: ENC[AES256_GCM,data:x1]",
    "password: <your password 1>",
    "PASSWORD: xxxxxxxx",
    "password: '{{ .Values.db1 }}'",
    "PASSWORD_LENGTH: 12",
    "password: *db1",
    "passwordless: sign1nlink",
    "password: op://vault/item1/field",
    "PASSWORD: /run/secrets/db1",
    "DB_PASSWORD: 'true'",
    "# POSTGRES_PASSWORD: hunter" + "2hunter2",
    "POSTGRES_PASSWORD: password123",
)


@pytest.mark.parametrize("name", ["compose/x.yml", "config.YAML"])
@pytest.mark.parametrize("line", PASSWORDS)
def test_passwords_of_settings_are_secrets(name: str, line: str) -> None:
    others = {"a.txt": line, "a.js": line, "a.html": line}
    (issue,) = checks_folder.no_secret_texts.issues(part({name: f"a: b\n{line}\nc: d\n", **others}))
    assert issue.path == f'source["{name}"]:2'


@pytest.mark.parametrize("line", NO_PASSWORDS)
def test_what_is_written_in_the_place_of_a_password_is_no_secret(line: str) -> None:
    assert checks_folder.no_secret_texts.issues(part({"a.yml": f"a: b\n{line}\nc: d\n"})) == []


def test_the_example_of_an_api_is_no_secret() -> None:
    text = 'openapi: "3.1.0"\nexample:\n  password: hunter' + "2hunter2\n"
    assert checks_folder.no_secret_texts.issues(part({"a.yml": text, "b.yaml": f"# x\n{text}"})) == []


def test_hashes_of_passwords_are_secrets_where_data_are() -> None:
    bcrypt = "$2b" + "$12$" + "R9h/cIPz0gi.URNNX3kh2O" + "PST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"
    argon = "$argon2id" + "$v=19$m=65536,t=3,p=4$" + "c29tZXNhbHRzYWx0$" + "R2F3ZlY2hhc2hoYXNoaGFzaGhhc2g"
    for text in (bcrypt, argon):
        row = f"INSERT INTO users VALUES (1,'{text}');"
        leaking = part(
            {"dump.sql": f"--\n{row}", "users.csv": text, "blog.html": text, "search.json": text, "a.js": text}
        )
        assert [each.path for each in checks_folder.no_secret_texts.issues(leaking)] == [
            'source["users.csv"]:1',
            'source["dump.sql"]:2',
        ]


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
    assert found(checks_missing.is_there, broken) == [
        ('source["index.html"]:4', "/Favicon.ico"),
        ('source["index.html"]:4', "/site.webmanifest?v=1"),
        ('source["assets/a.css"]:2', "../img/gone.png"),
        ('source["assets/index-B3k9dx1y.js"]:2', "./Orders-Zz9kQ1xy.js"),
    ]
    issues = checks_missing.is_there.issues(broken)
    assert issues[0].expected == "favicon.ico is there: capitals count"
    assert issues[3].remedy == "./Orders-Zz9kQ1xy.js  ->  ./Orders-C4dx8kQz.js"


def test_a_base_moves_what_is_relative() -> None:
    files = {"index.html": '<base href="/shop/"><script src="a.js"></script>', "shop/a.js": ""}
    assert found(checks_missing.is_there, part(files)) == []
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
    prerendered = part({**relative, "about.html": "", "_app/immutable/start.B3k9dx1y.js": ""})
    assert found(checks_files.from_the_root, prerendered) == []
    assert [each.remedy for each in checks_files.kind.issues(prerendered)] == ['kind="pages"']


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


def test_webassembly_where_a_policy_is_enforced() -> None:
    files = {"assets/pdf-B3k9dx1y.wasm": ""}
    assert found(checks_files.no_wasm, part(files)) == []
    assert found(checks_files.no_wasm, part(files, csp="enforce")) == [("headers.csp", "'enforce'")]
    given = {"img-src": ["https://i.example.com"], "script-src": ["https://js.example.com"]}
    (issue,) = checks_files.no_wasm.issues(part(files, csp="enforce", csp_sources=given))
    mended = {**given, "script-src": ["https://js.example.com", "'wasm-unsafe-eval'"]}
    assert issue.remedy == f"csp_sources={json.dumps(mended)}"  # and nothing that was given is lost
    (issue,) = checks_files.no_wasm.issues(part(files, csp="enforce", csp_sources={"script-src": ["'none'"]}))
    assert issue.remedy == """csp_sources={"script-src": ["'wasm-unsafe-eval'"]}"""
    for source in "'wasm-unsafe-eval'", "'unsafe-eval'":
        assert found(checks_files.no_wasm, part(files, csp="enforce", csp_sources={"script-src": [source]})) == []


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
    assert found(checks_missing.is_there, part({"assets/a.js": script})) == []
    assert found(checks_missing.is_there, part({"assets/a.js": f"{script}import('./gone.js')"})) == [
        ('source["assets/a.js"]:3', "./gone.js")
    ]


def test_files_that_nobody_asks_for_need_no_extension() -> None:
    files = (".nojekyll", "CNAME", "img/.gitkeep", "LICENSE", ".well-known/apple-app-site-association", "report")
    issues = found(checks_files.with_extension, part(dict.fromkeys(files, "")))
    assert [path for path, _ in issues] == ['source[".well-known/apple-app-site-association"]', 'source["report"]']


def test_an_immutable_path_that_matches_nothing_is_named_with_what_is_near() -> None:
    files = {"assets/a-B3k9dx1y.js": "", "img/b-B3k9dx1y.png": ""}
    (issue,) = immutable_files.issues(part(files, immutable_paths=["/img/*", "/asets/*"]))
    assert (issue.path, issue.remedy) == ("immutable_paths[1]", 'immutable_paths=["/img/*", "/assets/*"]')
    (issue,) = immutable_files.issues(part(files, immutable_paths=["/img/*", "/assets/*", "/fonts/*"]))
    assert issue.remedy == 'immutable_paths=["/img/*", "/assets/*"]'


def test_pages_that_are_no_utf_8_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path, {"index.html": "", "silent.html": "", "a.html": "<p>\u00fc</p>"})
    (folder / "b.html").write_bytes(b"<p>\xfc</p>")
    (folder / "c.html").write_bytes("<p>x</p>".encode("utf-16"))
    found = readable_text.issues(FolderPart(folder=read_folder(str(folder))))
    assert [(issue.path, issue.value) for issue in found] == [
        ('source["index.html"]', "empty"),
        ('source["b.html"]', "ISO-8859-1"),
        ('source["c.html"]', "UTF-16"),
    ]


@pytest.mark.parametrize(
    ("path", "kind", "remedy"),
    [
        ("/callback", "spa", ""),
        ("/", "pages", ""),
        ("/about", "pages", ""),
        ("/abuot?x=1", "pages", 'callback_path="/about"'),
        ("/callback.html", "spa", 'callback_path="/"'),
        ("/api/callback", "spa", 'callback_path="/callback"'),
    ],
)
def test_signing_in_leads_back_to_a_page(path: str, kind: Any, remedy: str) -> None:
    folder = part({"about/index.html": PAGE}).folder
    found = leads_to_page.issues(CallbackPart(path=path, folder=folder, kind=kind, apis=("/api/*",)))
    assert [issue.remedy for issue in found] == ([remedy] if remedy else [])
