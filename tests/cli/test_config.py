"""`naws config`: the settings of an app's patterns, as a table and as JSON."""

import json
import textwrap

import pytest

from naws.cli import config, console
from naws.cli.errors import CliError
from naws.cli.synth import find_app
from naws.core.pattern.settings import FILE

NIGHTLY = {
    "path": "Prod/Reports/Nightly",
    "pattern": "task-processor",
    "settings": [
        {"name": "cpu", "value": 1024, "from": "default", "at": None, "omitted": ""},
        {"name": "log_retention", "value": "ONE_YEAR", "from": "conventions", "at": "Prod", "omitted": ""},
        {"name": "owner", "value": "'a[b]'", "from": "conventions", "at": "", "omitted": ""},
        {"name": "egress", "value": None, "from": "default", "at": None, "omitted": "HTTPS to anywhere"},
        {"name": "key", "value": None, "from": "default", "at": None, "omitted": ""},
        {"name": "scratch_mib", "value": 0, "from": "props", "at": None, "omitted": ""},
    ],
}
HOURLY = {"path": "Prod/Imports/Hourly", "pattern": "executor", "settings": []}


def reported(app, name, *, as_json):
    return console.reported(lambda: config.config(app, name, show=not as_json), as_json=as_json)


@pytest.fixture
def app(tmp_path):
    """An app that writes what patterns write; the later line of a path counts."""

    def write(*patterns, end=""):
        script = f"""
        import json, os, pathlib
        with open(os.environ[{FILE!r}], "a") as lines:
            for each in {patterns!r}:
                lines.write(json.dumps(each) + "\\n")
        (pathlib.Path(os.environ["CDK_OUTDIR"]) / "manifest.json").write_text("{{}}")
        {end}
        """
        (tmp_path / "app.py").write_text(textwrap.dedent(script))
        return find_app(tmp_path)

    return write


def test_a_table_says_value_and_origin(app, capsys):
    assert reported(app({**NIGHTLY, "settings": []}, NIGHTLY, HOURLY), None, as_json=False) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines == [
        "Prod/Reports/Nightly task-processor",
        "cpu 1024 default",
        "log_retention ONE_YEAR Conventions at Prod",
        "owner 'a[b]' Conventions at the app",
        "egress HTTPS to anywhere default",
        "key None default",
        "scratch_mib 0 props",
        "Prod/Imports/Hourly executor",
    ]


def test_in_a_file_each_setting_is_one_line_and_nothing_is_cut(app, capsys):
    name, value = "retry." + "infrastructure_attempts" * 3, "a value of many words " * 10
    setting = {"name": name, "value": value, "from": "default", "at": None, "omitted": ""}
    assert reported(app({**NIGHTLY, "settings": [setting]}), None, as_json=False) == 0
    assert f"{name}  {value}  default" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Nightly", "Reports/Nightly", "Prod/Reports/Nightly"])
def test_one_pattern_is_named_by_its_path_or_the_end_of_it(app, capsys, name):
    assert reported(app(NIGHTLY, HOURLY), name, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"version": 1, "patterns": [NIGHTLY]}


@pytest.mark.parametrize(
    ("patterns", "name", "told"),
    [
        ((NIGHTLY, HOURLY), "Nigthly", ("The app has no pattern Nigthly.", "Did you mean Nightly?")),
        ((NIGHTLY,), "ightly", ("The app has no pattern ightly.", "Did you mean Nightly?")),
        ((NIGHTLY,), "Q", ("The app has no pattern Q.", "It has Prod/Reports/Nightly.")),
        ((), None, ("The app has no pattern.", "")),
    ],
)
def test_what_is_not_there_is_said_with_a_code_of_its_own(app, capsys, patterns, name, told):
    with pytest.raises(CliError) as refused:
        reported(app(*patterns), name, as_json=False)
    assert (refused.value.title, refused.value.detail, refused.value.code) == (*told, 6)
    assert reported(app(*patterns), name, as_json=True) == 6
    document = {"version": 1, "error": dict(zip(("title", "detail"), told, strict=True))}
    assert json.loads(capsys.readouterr().out) == document


def test_an_app_that_fails_says_so_in_its_own_words(app):
    with pytest.raises(CliError, match="does not synthesise") as told:
        reported(app(NIGHTLY, end="raise SystemExit('no image')"), None, as_json=False)
    assert "no image" in told.value.detail
    assert told.value.code == 1
