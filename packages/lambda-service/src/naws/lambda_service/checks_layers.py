"""Rules on the layers of a function."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_lambda as lambda_

from naws.core.authoring import Check, Field, Finding, asked, bind, is_text, limit, practice
from naws.lambda_service.plan import FunctionPlan, Plan

_QUOTAS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_API = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"
_IMPORTED = (
    'lambda_.LayerVersion.from_layer_version_arn(stack, "{0}", "arn:aws:lambda:eu-central-1:123456789012:layer:{1}")'
)
_LAYER = (
    'layers=[lambda_.LayerVersion.from_layer_version_arn(stack, f"L{{n}}", '
    'f"arn:aws:lambda:eu-central-1:123456789012:layer:a{{n}}:1") for n in range(1, {})]'
)
_MADE_LAYER = (
    'layers=[lambda_.LayerVersion(stack, "Layer", compatible_architectures=[lambda_.Architecture.{}], '
    'code=lambda_.Code.from_bucket(s3.Bucket.from_bucket_name(stack, "B", "code"), "layer.zip"))]'
)
_ARN = re.compile(r"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]+:\d+")
_MOST_LAYERS = 5


@limit(
    code="NAWS-FN-014",
    title="A function has at most five layers",
    source=_QUOTAS,
    example=_LAYER.format(7),
    fix=_LAYER.format(4),
)
def few_layers(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda refuses more. What `PythonCode` packs needs no layer for its dependencies."""
    count = len(plan.given.layers)
    if count > _MOST_LAYERS:
        expected = f"at most {_MOST_LAYERS}: put what they have together into fewer, or into the package"
        yield Field("layers").finding(expected, "omit layers", shown=f"{count} layers")


@dataclass(frozen=True, kw_only=True)
class Layer(Field):
    """A layer, whose value is its ARN, most often a token.

    Attributes:
        fits: the architectures that are given to it; None: it is imported, and nothing is known of it.
        architecture: the function's.
        before: the path of the same layer before it, in whatever version; empty when there is none.
    """

    fits: Sequence[Any] | None
    architecture: str
    before: str


@practice(
    code="NAWS-FN-039",
    title="A layer is for the function's architecture",
    source="https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
    example=_MADE_LAYER.format("X86_64"),
    fix=_MADE_LAYER.format("ARM_64"),
)
def fitting_layer(layer: Layer) -> Iterator[Finding]:
    """Lambda attaches it all the same: what is compiled in it is not found, or ends with `invalid ELF header`."""
    if layer.fits and all(map(is_text, layer.fits)) and layer.architecture not in layer.fits:
        constant = {"arm64": "ARM_64", "x86_64": "X86_64"}
        turned = [f"architecture=lambda_.Architecture.{constant[each]}" for each in layer.fits if each in constant]
        mine = f"compatible_architectures=[lambda_.Architecture.{constant.get(layer.architecture, '…')}]"
        shown = f"a layer for {', '.join(layer.fits)}"
        remedy = "\n".join([*turned, f"{mine}  # of that layer, built for it"])
        yield layer.finding(f"a layer for {layer.architecture}", remedy, shown=shown)


@limit(
    code="NAWS-FN-045",
    title="A layer is there once, in one version",
    source=_API,
    example=f"layers=[{_IMPORTED.format('A', 'tools:1')}, {_IMPORTED.format('B', 'tools:2')}]",
    fix=f"layers=[{_IMPORTED.format('B', 'tools:2')}]",
)
def layer_once(layer: Layer) -> Iterator[Finding]:
    """Lambda refuses two versions of one layer, and the same one twice: "Two different versions of the same layer"."""
    if layer.before:
        yield layer.finding(
            f"another layer than {layer.before}, which it is, too", "remove the layer", shown=_shown(layer)
        )


@limit(
    code="NAWS-FN-046",
    title="A layer is named with its version",
    source=_API,
    example=f"layers=[{_IMPORTED.format('A', 'tools')}]",
    fix=f"layers=[{_IMPORTED.format('A', 'tools:2')}]",
)
def layer_version(layer: Layer) -> Iterator[Finding]:
    """Lambda attaches a version, and none by itself: it refuses an ARN that ends with the layer's name."""
    if is_text(layer.value) and not _ARN.fullmatch(layer.value):
        better = layer.value if layer.value.startswith("arn:") else "arn:aws:lambda:…:layer:…"
        remedy = (
            f'lambda_.LayerVersion.from_layer_version_arn(self, "…", "{better}:1")  # with the version that is wanted'
        )
        yield layer.finding("the ARN of a layer, with its version at the end", remedy)


def _shown(layer: Layer) -> str:
    return str(layer.value) if is_text(layer.value) else "the same layer"


def _layers(plan: Plan) -> Iterator[Layer]:
    seen: dict[str, str] = {}
    for index, given in enumerate(plan.props.layers):
        if given is None:  # pyright: ignore[reportUnnecessaryComparison] - None stands in for a mismatch
            continue
        arn: str = asked(given, "layer_version_arn")
        path, name = f"layers[{index}]", re.sub(r":\d+$", "", arn)
        made: Any = given.node.default_child if isinstance(given, lambda_.LayerVersion) else None
        yield Layer(
            path=path,
            value=arn,
            fits=None if made is None else made.compatible_architectures,
            architecture=plan.function.architecture,
            before=seen.get(name, ""),
        )
        seen.setdefault(name, path)


LAYER_CHECKS: tuple[Check[Plan], ...] = (
    few_layers.on(lambda plan: (plan.function,)),
    *bind(_layers, (fitting_layer, layer_once, layer_version)),
)
