"""The `dev_command` that is proposed for an image: what its Dockerfile runs, from the app's folder."""

import pytest

from naws.cli.assembly import read_stacks
from naws.cli.dockerfiles import proposed_command

ASSETS = {"hash1": {"source": {"directory": "asset.hash1"}, "destinations": {}}}


@pytest.fixture
def propose(assembly):
    def command(dockerfile, *, folder="job", files=("main.py",), **container):
        for each in (assembly.directory / "asset.hash1", assembly.directory.parent / folder):
            each.mkdir(parents=True, exist_ok=True)
            (each / "Dockerfile").write_text(dockerfile)
            for file in files:
                (each / file).touch()
        (stack,) = read_stacks(assembly.stack("S", {"Resources": {}}, images=ASSETS))
        image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.amazonaws.com/assets:hash1"}
        return proposed_command(stack, {"Image": image, **container}, assembly.directory.parent)

    return command


@pytest.mark.parametrize(
    ("dockerfile", "command"),
    [
        ('FROM python\nENTRYPOINT ["python", "main.py"]', ["python", "job/main.py"]),
        ('FROM python\nWORKDIR /app\nENTRYPOINT ["python", "/app/main.py"]', ["python", "job/main.py"]),
        ('FROM python\nENTRYPOINT ["python"]\nCMD ["./main.py", "--all"]', ["python", "job/main.py", "--all"]),
        ("FROM python\nCMD python main.py 'a b'", ["python", "job/main.py", "a b"]),
        ('FROM node\nCMD ["node", "x.js"]\nFROM python\ncmd ["python", \\\n  "main.py"]', ["python", "job/main.py"]),
        ('FROM python\nCMD ["python", "-m", "job"]', ["python", "-m", "job"]),
        ('# escape=`\nFROM python\n# CMD ["x"]\nCMD ["python", `\n  "main.py"]', ["python", "job/main.py"]),
        ("FROM python", []),
        ('FROM python\nCMD "', []),
    ],
)
def test_it_is_what_the_last_stage_runs(propose, dockerfile, command):
    assert propose(dockerfile) == command


def test_the_app_s_own_folder_needs_no_name(propose):
    assert propose('FROM python\nCMD ["python", "main.py"]', folder=".") == ["python", "main.py"]


def test_what_the_task_definition_says_goes_first(propose):
    container = {"EntryPoint": ["python"], "Command": ["main.py", "--day"]}
    assert propose('FROM python\nCMD ["x"]', **container) == ["python", "job/main.py", "--day"]


def test_what_cannot_be_read_and_what_is_installed_is_not_looked_at(propose, assembly):
    app = assembly.directory.parent
    for folder, content in (("a", b"\xff"), ("node_modules/p", b'FROM python\nCMD ["python", "main.py"]')):
        (app / folder).mkdir(parents=True)
        (app / folder / "Dockerfile").write_bytes(content)
    (app / "b" / "Dockerfile").mkdir(parents=True)
    assert propose('FROM python\nCMD ["python", "main.py"]') == ["python", "job/main.py"]


def test_an_image_of_elsewhere_has_none(propose):
    assert propose('FROM python\nCMD ["x"]', Image="nginx:1") == []
