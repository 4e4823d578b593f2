import json
import sys
import textwrap

import pytest

from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.state import MARKER
from naws.cli.synth import find_app, synthesise
from naws.lambda_service.plan_code import LOCAL_PACKAGES

WRITE = """
    import json, os, pathlib, sys
    out = pathlib.Path(os.environ["CDK_OUTDIR"])
    context = json.loads(os.environ["CDK_CONTEXT_JSON"])
    def write(missing=(), metadata=None):
        properties = {"templateFile": "R.template.json"}
        stack = {"type": "aws:cloudformation:stack", "properties": properties, "metadata": metadata or {}}
        (out / "R.template.json").write_text(json.dumps({"context": context, "cwd": os.getcwd()}))
        (out / "manifest.json").write_text(json.dumps({"artifacts": {"R": stack}, "missing": list(missing)}))
"""


@pytest.fixture
def app(tmp_path):
    def write(script, settings=None):
        directory = tmp_path / "app"
        directory.mkdir(exist_ok=True)
        (directory / "app.py").write_text(textwrap.dedent(WRITE) + textwrap.dedent(script))
        if settings:
            (directory / "cdk.json").write_text(json.dumps(settings))
        return directory

    return write


def no_look_ups(missing):
    raise AssertionError(missing)


def run(target, tmp_path, look_up=no_look_ups, command=None):
    return synthesise(find_app(target, command), tmp_path / "out", {}, look_up)


@pytest.mark.parametrize("part", ["", "app.py"])
def test_a_file_or_its_directory_is_run_in_that_directory(app, tmp_path, part):
    directory = app("write()")
    (stack,) = run(directory / part, tmp_path)
    assert stack.template["cwd"] == str(directory)
    assert stack.template["context"]["aws:cdk:enable-path-metadata"] is True


def test_functions_are_packed_for_this_machine(app, tmp_path):
    directory = app("write()", {"context": {LOCAL_PACKAGES: False}})
    (stack,) = run(directory, tmp_path)
    assert stack.template["context"][LOCAL_PACKAGES] is True


def test_cdk_json_says_what_runs_and_gives_context(app, tmp_path):
    directory = app("write()", {"app": f"{sys.executable} main.py", "context": {"a": 1, "b": 1}})
    (directory / "app.py").rename(directory / "main.py")
    (directory / "cdk.context.json").write_text('{"b": 2}')
    (stack,) = run(directory, tmp_path)
    assert (stack.template["context"]["a"], stack.template["context"]["b"]) == (1, 2)


def test_a_command_wins(app, tmp_path):
    directory = app("write()", {"app": "false"})
    assert len(run(directory, tmp_path, command=f"{sys.executable} app.py")) == 1


def test_a_large_context_goes_through_a_file(app, tmp_path):
    script = """
        assert context == {}, "too much for one variable"
        context = json.load(open(os.environ["CONTEXT_OVERFLOW_LOCATION_ENV"]))
        write()
    """
    directory = app(script, {"context": {"large": "x" * 200_000}})
    (stack,) = run(directory, tmp_path)
    assert len(stack.template["context"]["large"]) == 200_000


def test_an_apps_own_message_is_shown_as_it_is(app, tmp_path):
    with pytest.raises(CliError, match="does not synthesise") as caught:
        run(app("raise ValueError('no such thing')"), tmp_path)
    assert caught.value.detail.startswith("Traceback")
    assert caught.value.detail.endswith("ValueError: no such thing")


def test_of_a_validation_error_only_its_rendered_text_is_shown(app, tmp_path):
    script = """
        class PatternValidationError(ValueError): ...
        PatternValidationError.__module__ = "naws.core.issues"
        raise PatternValidationError("App/Report: 1 issue\\n\\n  memory_limit_mib is 100")
    """
    with pytest.raises(CliError) as caught:
        run(app(script), tmp_path)
    assert caught.value.detail == "App/Report: 1 issue\n\n  memory_limit_mib is 100"


def test_an_annotated_error_stops_it(app, tmp_path):
    with pytest.raises(CliError, match="with errors") as caught:
        run(app("write(metadata={'/R/Q': [{'type': 'aws:cdk:error', 'data': 'not like this'}]})"), tmp_path)
    assert caught.value.detail == "/R/Q: not like this"


def test_an_app_that_does_not_call_synth_is_told_so(app, tmp_path):
    with pytest.raises(CliError, match="no cloud assembly") as caught:
        run(app("pass"), tmp_path)
    assert "app.synth()" in caught.value.detail


def test_look_ups_are_answered_until_there_are_no_more(app, tmp_path):
    script = """
        wanted = [key for key in ("one", "two") if key not in context][:1]
        write([{"key": key, "provider": "ssm", "props": {}} for key in wanted])
    """
    asked = []

    def answer(missing):
        asked.extend(entry["key"] for entry in missing)
        return {entry["key"]: entry["key"].upper() for entry in missing}

    (stack,) = run(app(script), tmp_path, answer)
    assert asked == ["one", "two"]
    assert stack.template["context"]["two"] == "TWO"


def test_a_look_up_without_end_is_given_up(app, tmp_path):
    directory = app("write([{'key': 'vpc', 'provider': 'vpc-provider', 'props': {}}])")
    with pytest.raises(CliError, match="still asks for look-ups") as caught:
        run(directory, tmp_path, lambda _: {})
    assert caught.value.detail == "vpc"


@pytest.mark.parametrize(("target", "said"), [("missing.py", "There is no "), ("", "There is no app in ")])
def test_nothing_to_run_is_told(tmp_path, target, said):
    with pytest.raises(CliError, match=said):
        find_app(tmp_path / target)


@pytest.mark.parametrize(
    ("below", "detail"),
    [
        ("", "Expected cdk.json with an app, or app.py."),
        ("reports/app.py reports/cdk.json", "One is in reports: go into it, or name the folder."),
        ("b/cdk.json a/app.py", "There are some in a, b: name one of the folders."),
        ("a/app.py b/app.py c/app.py d/app.py", "There are some in a, b, c, …: name one of the folders."),
    ],
)
def test_an_app_one_folder_below_is_named(tmp_path, below, detail):
    for file in below.split():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    with pytest.raises(CliError, match="There is no app in ") as caught:
        find_app(tmp_path)
    assert caught.value.detail == detail


@pytest.mark.parametrize(
    ("text", "where"),
    [("{", "line 1, column 2"), ('{"a": NaN}', "JSON has no NaN at line 1, column 7"), ("[]", "begins with")],
)
def test_a_broken_cdk_json_is_told(app, text, where):
    directory = app("write()")
    (directory / "cdk.json").write_text(text)
    with pytest.raises(CliError, match=r"cdk\.json is not JSON") as refused:
        find_app(directory)
    assert (refused.value.code, where in refused.value.detail) == (2, True)


def test_without_node_it_says_what_installs_it(app, tmp_path, monkeypatch):
    directory = app("write()")
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliError, match=r"Node\.js was not found"):
        run(directory, tmp_path)


def test_a_mistyped_file_is_not_the_app_beside_it(tmp_path):
    (tmp_path / "app.py").write_text("")
    for name, hint in (("ap.py", "Did you mean app.py?"), ("elsewhere", "Name a Python file")):
        with pytest.raises(CliError, match="There is no") as caught:
            find_app(tmp_path / name)
        assert caught.value.detail.startswith(hint)
        assert caught.value.code == NOT_FOUND


def test_an_asset_of_the_app_s_folder_has_nothing_of_ours(app):
    directory = app("""
        import shutil
        write()
        shutil.copytree(pathlib.Path.cwd(), out / "asset.a")
    """)
    ours = directory / ".naws" / "local"
    ours.mkdir(parents=True)
    (ours / MARKER).touch()
    (ours / "server.log").touch()
    (directory / ".naws" / "kept.txt").touch()
    (stack,) = synthesise(find_app(directory), ours / "cdk.out", {}, no_look_ups)
    assert sorted(file.name for file in (stack.directory / "asset.a").iterdir()) == ["app.py"]
    assert (ours / "server.log").exists()
