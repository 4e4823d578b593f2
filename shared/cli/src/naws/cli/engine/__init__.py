"""The engines that run the tasks of the embedded AWS: real containers, or child processes.

MiniStack starts each container of an ECS task through one Docker SDK client. `install` puts ours there:

    container   a Docker or podman socket answers: real containers, with what Fargate would do
    process     no engine: the task definition's `dev_command` as a child process, with the same surface
"""

from naws.cli.engine.choice import Engine, EngineError, EngineKind, choose
from naws.cli.engine.commands import DevCommand, DevCommands
from naws.cli.engine.patching import install

__all__ = ["DevCommand", "DevCommands", "Engine", "EngineError", "EngineKind", "choose", "install"]
