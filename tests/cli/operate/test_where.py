"""Where the commands look: by itself the embedded AWS of this folder, else the account of the credentials."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from naws.cli import running
from naws.cli.accounts import Place
from naws.cli.destinations import Target
from naws.cli.errors import CliError
from naws.cli.main import app
from naws.cli.operate.where import Asked, find_where

CREDENTIALS = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION")
COMMANDS = [
    *(("failures", "Shop"), ("redrive", "Shop", "--yes"), ("status", "Shop"), ("runs", "Shop"), ("show", "5f2c")),
    *(("logs", "Shop"), ("run", "Shop"), ("fire", "Shop"), ("send", "Shop"), ("shell", "Shop")),
]
NAMED = [each for each in COMMANDS if each[0] != "show"]
"""Those that take the name of a pattern."""


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    """A folder, no credentials, and nothing that a machine could have of them."""
    monkeypatch.chdir(tmp_path)
    for name in (*CREDENTIALS, "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return tmp_path


def note(folder, embedded, *targets, state="local"):
    state_dir = folder / ".naws" / state
    state_dir.mkdir(parents=True)
    found = targets or (Target(embedded.account_id, embedded.region),)
    running.note(state_dir, embedded.endpoint_url, found)
    return state_dir


@pytest.mark.e2e
class TestRunning:
    def test_it_is_found_from_a_folder_below_and_needs_no_variables(self, nothing, embedded, bench, monkeypatch):
        note(nothing, embedded)
        below = nothing / "src" / "deep"
        below.mkdir(parents=True)
        monkeypatch.chdir(below)
        for name in CREDENTIALS:
            monkeypatch.delenv(name, raising=False)
        bench.keep("found")
        result = runner()("failures", bench.name)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"embedded AWS at {embedded.endpoint_url} · account 000000000000 · us-east-1")
        assert "found" in result.stdout

    def test_every_account_that_was_deployed_to_is_looked_in(self, nothing, embedded, aws):
        there = aws.at("333333333333", "eu-west-1")
        template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
        there.client("cloudformation").create_stack(StackName="There", TemplateBody=json.dumps(template))
        note(nothing, embedded, aws.target, there.target)
        result = runner()("failures", "There")
        assert result.exit_code == 6
        assert "The stack There has no pattern" in result.stderr

    def test_one_that_ended_is_not_taken(self, nothing, embedded):
        state = note(nothing, embedded)
        document = json.loads((state / "running.json").read_text())
        (state / "running.json").write_text(json.dumps(document | {"endpoint": "http://127.0.0.1:9"}))
        assert running.find_running(nothing) is None
        with pytest.raises(CliError, match="No `naws local` runs in this folder"):
            find_where(Asked(local=True), nothing)

    @pytest.mark.parametrize("command", [("verify", "There"), ("guard", "There", "--change-set", "x")])
    def test_what_a_pipeline_asks_names_it_and_does_not_take_it(self, nothing, embedded, command, monkeypatch):
        note(nothing, embedded)
        code, _, detail = refused(*command)
        assert code == 4
        exports = detail.rpartition("export ")[2].split()
        for each in exports:
            monkeypatch.setenv(*each.split("="))
        assert refused(*command)[:2] == (6, "There is no stack There · account 000000000000 · us-east-1.")

    def test_another_state_directory_is_named(self, nothing, embedded):
        state = note(nothing, embedded, state="mine")
        assert find_where(Asked(state_dir=state), Path("/")).embedded

    def test_its_own_assembly_says_which_stack_a_path_is(self, nothing, embedded, assembly):
        state = note(nothing, embedded)
        assembly.stack("Shop", {})
        deployed = type(assembly)(state / "cdk.out")
        deployed.stack("Local", {})
        assert [each.name for each in find_where(Asked(local=True), nothing).stacks] == ["Local"]
        given = find_where(Asked(local=True, assembly=assembly.directory), nothing)
        assert [each.name for each in given.stacks] == ["Shop"]

    def test_the_account_is_asked_when_that_is_wished(self, nothing, embedded, monkeypatch):
        note(nothing, embedded)
        for name, value in embedded.environment().items():
            monkeypatch.setenv(name, value)
        assert not find_where(Asked(aws=True), nothing).embedded
        assert not find_where(Asked(), nothing).embedded  # AWS_ENDPOINT_URL was exported
        assert find_where(Asked(local=True), nothing).embedded
        with pytest.raises(CliError, match="Either"):
            find_where(Asked(aws=True, local=True), nothing)


def refused(*arguments):
    """Exit code, title and detail of a command that fails; what opens a terminal has no document of it."""
    opens = arguments[0] == "shell"
    result = runner()(*arguments, *(() if opens else ("--json",)))
    if opens:
        title, _, detail = result.stderr.partition("error  ")[2].partition("\n")
        return result.exit_code, title, detail
    error = json.loads(result.stdout)["error"]
    return result.exit_code, error["title"], error["detail"]


def runner():
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_without_credentials(nothing, command):
    nothing.joinpath("none").touch()
    code, title, detail = refused(*command)
    assert code == 4
    assert title in {"There is no region.", "There are no AWS credentials."}
    assert "No `naws local` runs in this folder or one above, either." in detail


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_with_an_expired_session(command, monkeypatch):
    class Expired:
        region_name = "eu-west-1"

        def client(self, *_, **__):
            return self

        def get_caller_identity(self):
            raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "GetCallerIdentity")

    monkeypatch.setattr("naws.cli.accounts.boto3.Session", lambda **_: Expired())
    monkeypatch.setattr("naws.cli.accounts._log_in", lambda: "aws sso login --profile dev")
    result = runner()(*command)
    assert result.exit_code == 4
    assert "The session has expired." in result.stderr
    assert "aws sso login --profile dev" in result.stderr


@pytest.fixture
def somewhere(nothing, embedded, monkeypatch):
    """An account that has nothing, as the credentials lead there."""
    for name, value in embedded.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "444444444444")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return nothing


@pytest.mark.e2e
@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize("command", NAMED, ids=lambda command: command[0])
def test_nothing_is_deployed(command):
    code, _, detail = refused(*command, "--aws")
    assert (code, "Nothing is deployed there." in detail) == (6, True)


@pytest.mark.e2e
@pytest.mark.usefixtures("somewhere")
def test_nothing_is_deployed_and_nothing_is_named():
    for command in ("failures", "status"):
        assert runner()(command, "--aws").stdout.splitlines()[-1] == "no pattern is deployed"
    result = runner()("show", "5f2c", "--aws")
    assert (result.exit_code, "no pattern is deployed" in result.stderr) == (6, True)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("environment", "title", "hint"),
    [
        ("aws://444444444444/eu-central-1", "Shop is in eu-central-1, and not in us-east-1.", "AWS_REGION=eu-c"),
        ("aws://555555555555/us-east-1", "Shop is in account 555555555555; the credentials are of 444444444444.",
         "AWS_PROFILE"),
    ],
)  # fmt: skip
def test_a_stack_of_the_assembly_that_is_elsewhere(somewhere, environment, title, hint):
    directory = somewhere / "cdk.out"
    directory.mkdir()
    template = {"Resources": {}}
    (directory / "Shop.json").write_text(json.dumps(template))
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.json"}}
    artifact |= {"environment": environment}
    (directory / "manifest.json").write_text(json.dumps({"artifacts": {"Shop": artifact}}))
    for command in NAMED:
        code, found, detail = refused(*command, "--aws")
        assert (code, found) == (4, title), command
        assert hint in detail
    for command in ("status", "failures"):  # "no pattern is deployed" would be heard as "all is well"
        result = runner()(command, "--aws", "--json")
        assert (result.exit_code, json.loads(result.stdout)["error"]["title"]) == (4, title)


@pytest.mark.e2e
@pytest.mark.usefixtures("somewhere")
def test_what_an_assembly_has_in_other_accounts_is_named_as_left_out(assembly):
    assembly.stack("Dev", {}, environment="aws://555555555555/us-east-1")
    assembly.stack("Prod", {}, environment="aws://444444444444/eu-west-1")
    result = runner()("status", "--aws", "--app", assembly.directory)
    assert (result.exit_code, result.stdout.splitlines()) == (0, ["no pattern is deployed"])
    left = "left out, since the credentials are of 444444444444: Dev of account 555555555555"
    assert left in " ".join(result.stderr.split())


@pytest.mark.e2e
def test_a_stack_of_the_assembly_that_is_not_deployed(somewhere):
    directory = somewhere / "cdk.out"
    directory.mkdir()
    (directory / "Shop.json").write_text(json.dumps({"Resources": {}}))
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.json"}}
    artifact["environment"] = "aws://unknown-account/unknown-region"
    (directory / "manifest.json").write_text(json.dumps({"artifacts": {"Shop": artifact}}))
    result = runner()("runs", "Shop", "--app", str(directory), "--json")
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["detail"]) == (6, "npx cdk deploy Shop")
    assert error["title"].startswith("Shop is not deployed in account 444444444444")


def test_a_place_of_an_endpoint_has_its_clients_there():
    place = Place.of_endpoint("http://127.0.0.1:9", "111122223333", "eu-west-1")
    assert place.client("sqs").meta.endpoint_url == "http://127.0.0.1:9"
    assert place.client("sqs").meta.region_name == "eu-west-1"
