"""Whatever is given in whichever field, the answer is an issue of ours: never an error of Python's or Node's."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from naws.core import PatternValidationError
from naws.lambda_service import (
    Batch,
    Canary,
    Cors,
    FunctionUrl,
    HttpApi,
    Jwt,
    LambdaService,
    LambdaServiceProps,
    Linear,
    Public,
    PythonCode,
    QueueTrigger,
    Throttle,
)
from naws.testing import synth_template

CODE = str(Path(__file__).parent / "code" / "orders")
VALUES: tuple[object, ...] = (
    *(None, "", "text", 3, True, b"x", Path("x"), object(), cdk.Duration, cdk.Duration.seconds(3)),
    *({"a": 1}, ["text"], [None], [3], (Path("x"),)),
)
Given = Callable[[Any], dict[str, Any]]
PUBLIC = Public(reason="the catalogue of a shop")
PLACES: dict[str, tuple[type[Any], Mapping[str, Any], Given]] = {
    "LambdaServiceProps": (dict, {}, lambda given: given),
    "LambdaServiceProps with code": (dict, {"code": PythonCode(CODE), "handler": "app.handler"}, lambda given: given),
    "PythonCode": (PythonCode, {"folder": CODE}, lambda code: {"code": code, "handler": "app.handler"}),
    "HttpApi": (HttpApi, {}, lambda api: {"endpoint": api}),
    "FunctionUrl": (FunctionUrl, {}, lambda url: {"endpoint": url}),
    "Cors of an API": (Cors, {"allow_origins": ["*"]}, lambda cors: {"endpoint": HttpApi(cors=cors)}),
    "Cors of a public API": (
        Cors,
        {"allow_origins": ["*"]},
        lambda cors: {"endpoint": HttpApi(cors=cors, authorizer=PUBLIC)},
    ),
    "Cors of a URL": (Cors, {"allow_origins": ["*"]}, lambda cors: {"endpoint": FunctionUrl(cors=cors)}),
    "Jwt": (
        Jwt,
        {"issuer": "https://login.example.com", "audience": ["shop"]},
        lambda jwt: {"endpoint": HttpApi(authorizer=jwt)},
    ),
    "Public": (Public, {}, lambda public: {"endpoint": HttpApi(authorizer=public)}),
    "Throttle": (Throttle, {}, lambda throttle: {"endpoint": HttpApi(throttle=throttle)}),
    "Batch": (Batch, {}, lambda batch: {"batch": batch, "triggers": [QueueTrigger()]}),
    "Canary": (Canary, {}, lambda canary: {"rollout": canary}),
    "Linear": (Linear, {}, lambda linear: {"rollout": linear}),
}


def answer(given: Mapping[str, Any]) -> str:
    """What no user should see: the error, unless it is ours."""
    code = {"code": lambda_.Code.from_inline("def handler(event, context): ..."), "handler": "index.handler"}
    try:
        LambdaService(cdk.Stack(cdk.App(), "Shop"), "Orders", LambdaServiceProps(**{**code, **given}))
    except PatternValidationError:
        return ""
    except Exception as error:  # noqa: BLE001  # any other is what is looked for
        return f"{type(error).__name__}: {error}"
    return ""


# By day some of them; those "with code" are the same fields beside another code.
FEW_PLACES = [
    pytest.param(each, marks=[pytest.mark.exhaustive] * (at % 3 > 0 or each.endswith("with code")))
    for at, each in enumerate(PLACES)
]


@pytest.mark.parametrize("place", FEW_PLACES)
def test_no_value_ends_in_an_error_of_another(place: str) -> None:
    kind, basis, given = PLACES[place]
    # What is not given is in each of the others.
    values = {
        field.name: [value for value in VALUES if value is not field.default]
        for field in fields(LambdaServiceProps if kind is dict else kind)
        if field.init
    }
    wrong = {
        f"{name}={value!r}": found
        for name, each in values.items()
        for value in each
        if (found := answer(given(kind(**{**basis, name: value}))))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"architecture": "arm64"}, "architecture=lambda_.Architecture.ARM_64"),
        ({"architecture": "x86_64"}, "architecture=lambda_.Architecture.X86_64"),
        ({"runtime": "python3.13"}, "runtime=lambda_.Runtime.PYTHON_3_13"),
        ({"runtime": "nodejs22.x"}, "runtime=lambda_.Runtime.NODEJS_22_X"),
        ({"runtime": "provided.al2023"}, "runtime=lambda_.Runtime.PROVIDED_AL2023"),
        ({"runtime": "Python 3.13"}, "runtime=lambda_.Runtime.PYTHON_3_13"),
        ({"runtime": 3.13}, "runtime=lambda_.Runtime.PYTHON_3_13"),
        ({"runtime": "python3.99"}, "runtime=lambda_.Runtime.PYTHON_3_14"),
        ({"runtime": "Python"}, "runtime=lambda_.Runtime.PYTHON_3_14"),
        ({"runtime": "cobol"}, "runtime=…  # lambda_.Runtime"),
        ({"code": None}, 'code=PythonCode("orders")'),
        ({"code": PythonCode(None)}, 'folder="orders"'),  # pyright: ignore[reportArgumentType]
        ({"endpoint": HttpApi}, "endpoint=HttpApi()"),
        ({"endpoint": ["GET /x"]}, 'endpoint=HttpApi(routes=["GET /x"])'),
        ({"endpoint": HttpApi(cors=["https://a.example.com"])}, 'cors=Cors(["https://a.example.com"])'),  # pyright: ignore[reportArgumentType]
        ({"endpoint": HttpApi(authorizer=Public)}, "authorizer=Public(…)"),  # pyright: ignore[reportArgumentType]
        ({"code": "orders"}, 'code=PythonCode("orders")'),
        ({"code": Path("orders")}, 'code=PythonCode("orders")'),
        ({"code": PythonCode(CODE, lock=["uv.lock"])}, "lock=…  # text or Path"),  # pyright: ignore[reportArgumentType]
        ({"ephemeral_storage_size": 1024}, "ephemeral_storage_size=cdk.Size.mebibytes(1024)"),
        ({"ephemeral_storage_size": "1GB"}, "ephemeral_storage_size=cdk.Size.mebibytes(1024)"),
        ({"ephemeral_storage_size": 2}, "ephemeral_storage_size=cdk.Size.mebibytes(2048)"),
        ({"ephemeral_storage_size": 0}, "omit it for the default"),
        ({"endpoint": HttpApi(routes="GET /x")}, 'routes=["GET /x"]'),
        ({"endpoint": HttpApi(routes="GET /x, POST /x")}, 'routes=["GET /x", "POST /x"]'),
        ({"endpoint": HttpApi(cors=Cors("https://a.example.com"))}, 'allow_origins=["https://a.example.com"]'),
        ({"rollout": Canary(interval=5)}, "interval=cdk.Duration.minutes(5)"),  # pyright: ignore[reportArgumentType]
        ({"rollout": Linear(interval=1)}, "interval=cdk.Duration.minutes(1)"),  # pyright: ignore[reportArgumentType]
        ({"handler": None}, "omit it for the default"),
    ],
    ids=str,
)
def test_a_wrong_type_is_answered_with_the_line_to_paste(given: dict[str, Any], remedy: str) -> None:
    code = {"code": lambda_.Code.from_inline("def handler(event, context): ..."), "handler": "index.handler"}
    with pytest.raises(PatternValidationError) as error:
        LambdaService(cdk.Stack(cdk.App(), "Shop"), "Orders", LambdaServiceProps(**{**code, **given}))
    assert [issue.remedy for issue in error.value.issues if issue.code == "NAWS-TYPE-001"] == [remedy]


def test_a_folder_and_a_lock_may_be_paths(tmp_path: Path) -> None:
    def template(code: PythonCode) -> dict[str, Any]:
        stack = cdk.Stack(cdk.App(), "Shop")
        LambdaService(stack, "Orders", LambdaServiceProps(code=code))
        return synth_template(stack)

    lock = tmp_path / "requirements.txt"
    lock.touch()
    assert template(PythonCode(Path(CODE), lock=lock)) == template(PythonCode(CODE, lock=str(lock)))
