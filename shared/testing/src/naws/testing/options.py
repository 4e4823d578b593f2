"""The options of a pattern, read off one synthesised template: for its page, and for its contract.

They are a file beside the pattern's tests, `options.py`:

    def required(scope): return {"image": …}           # the props that every one of it has
    OPTIONS = {"nothing": Option(lambda _: {}), …}      # by the name on the page; the first is without any
    ENVIRONMENT = cdk.Environment(…)                    # of their stacks; omitted: neither account nor region is known
"""

import re
import runpy
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self

import aws_cdk as cdk
from constructs import Construct

from naws.testing.synth import cdk_app, template_of

_PATH = "aws:cdk:path"
# Nobody deploys that stack: it may be larger than CloudFormation takes.
_CONTEXT = {
    "aws:cdk:enable-path-metadata": True,
    "@aws-cdk/core:stackResourceLimit": 0,
    "@aws-cdk/core:suppressTemplateIndentation": True,
}
_A_STACK = 15
_ENDS = re.compile(r"^Options\d*/(Option\d+/)?|/(Resource|Default)$")


class Option(NamedTuple):
    """Props beside those that every pattern of its kind has.

    Attributes:
        given: the further props, from the scope that holds what they need.
        beyond: further options whose permissions are not listed again, as those of the first never are.
    """

    given: Callable[[Construct], dict[str, Any]]
    beyond: Sequence[str] = ()


class Options:
    """Every option built once: what their patterns share is the first option's.

    They are in as many stacks as CloudFormation's limit takes; what is shared has the same logical ids in each.

    Args:
        construct: the pattern's construct.
        props: what that takes.
        required: the props that every one has, from the scope that holds what they need.
        each: the options by their names on the page.
        environment: account and region of the stacks. Omitted: neither is known.
    """

    def __init__(  # what is built, and where
        self,
        construct: type[Any],
        props: type[Any],
        required: Callable[[Construct], dict[str, Any]],
        each: Mapping[str, Option],
        environment: cdk.Environment | None = None,
    ) -> None:
        self._construct, self._props, self._required = construct, props, required
        self._environment = environment
        self.each = each

    @classmethod
    @cache
    def beside(cls, folder: Path, construct: type[Any], props: type[Any]) -> Self:
        """The options in the file `options.py` of a folder of tests; the same again when they are asked for again."""
        found = runpy.run_path(str(folder / "options.py"))
        return cls(construct, props, found["required"], found["OPTIONS"], found.get("ENVIRONMENT"))

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of each option by their logical ids; its pattern is called `Nightly`."""
        every = self._synthesised()
        first = next(iter(self.each))
        names = {f"Option{number}": name for number, name in enumerate(self.each)}
        made: dict[str, dict[str, Any]] = {name: {} for name in self.each}
        for logical_id, resource in every.items():
            below = resource.get("Metadata", {}).get(_PATH, "").split("/")[1:2]
            made[names.get("".join(below), first)][logical_id] = resource
        return made

    @cached_property
    def paths(self) -> dict[str, str]:
        """The construct that a resource belongs to, by logical id; the resource's own id says nothing."""
        every = {name: each for made in self.resources.values() for name, each in made.items()}
        return {name: path_of(each) for name, each in every.items()}

    def _synthesised(self) -> dict[str, Any]:
        """The resources of all stacks."""
        stacks: list[cdk.Stack] = []
        with TemporaryDirectory() as folder:
            app = cdk_app(folder)
            for name, value in _CONTEXT.items():
                app.node.set_context(name, value)
            for number, option in enumerate(self.each.values()):
                if number % _A_STACK == 0:
                    stacks.append(cdk.Stack(app, f"Options{number // _A_STACK}", env=self._environment))
                scope = Construct(stacks[-1], f"Option{number}")
                self._construct(scope, "Nightly", self._props(**{**self._required(scope), **option.given(scope)}))
            app.synth()
            found = [template_of(stack)["Resources"] for stack in stacks]
        return {name: resource for resources in reversed(found) for name, resource in resources.items()}


def path_of(resource: Mapping[str, Any]) -> str:
    """The construct that a resource of an option belongs to, from the option on."""
    path = resource.get("Metadata", {}).get(_PATH, "")
    return _ENDS.sub("", _ENDS.sub("", path))
