import subprocess
import sys

import pytest

from naws.cli.errors import CliError
from naws.cli.state import state_directory


def test_it_is_emptied_at_each_start_and_hidden_from_git(tmp_path):
    with state_directory(tmp_path / "s") as directory:
        (directory / "old").write_text("x")
    with state_directory(tmp_path / "s") as directory:
        assert not (directory / "old").exists()
        assert (directory / ".gitignore").read_text() == "*\n"


def test_somebody_elses_files_are_never_removed(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(CliError, match="holds files that are not ours"), state_directory(tmp_path):
        pass
    assert (tmp_path / "mine.txt").exists()


def test_two_commands_cannot_share_it(tmp_path):
    hold = (
        "import sys; from pathlib import Path; from naws.cli.state import state_directory\n"
        "with state_directory(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(tmp_path / "s")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CliError, match="in use by another naws command"), state_directory(tmp_path / "s"):
            pass
        other.stdin.close()
        other.wait()
    with state_directory(tmp_path / "s"):
        pass
