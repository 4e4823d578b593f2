"""What a distributed map reads, batches and writes: values that AWS refuses, and those that it takes."""

from typing import Any

import pytest

from naws.core.issues import Issue
from naws.core.rules.asl import definition_issues

S3 = "arn:aws:states:::s3:"
READ = {"Resource": f"{S3}getObject", "Arguments": {"Bucket": "b", "Key": "k"}}


def found(config: dict[str, Any] | None = None, inside: dict[str, Any] | None = None, **fields: Any) -> list[Issue]:
    states = inside or {"One": {"Type": "Succeed"}}
    mode = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} if config is None else config
    item = {"ProcessorConfig": mode, "StartAt": next(iter(states)), "States": states}
    each = {"Type": "Map", "ItemProcessor": item, "End": True, **fields}
    whole = {"QueryLanguage": "JSONata", "StartAt": "Each", "TimeoutSeconds": 60, "States": {"Each": each}}
    return [issue for issue in definition_issues(whole) if issue.level != "advice"]


@pytest.mark.parametrize(
    ("fields", "path", "remedy"),
    [
        ({"Label": "a b"}, "Label", '"Label": "ab"'),
        ({"Label": "x" * 41}, "Label", f'"Label": "{"x" * 40}"'),
        ({"ItemBatcher": {"MaxItemsPerBatch": 0}}, "ItemBatcher.MaxItemsPerBatch", '"MaxItemsPerBatch": 10'),
        ({"ItemBatcher": {"MaxInputBytesPerBatch": 262_145}}, "ItemBatcher.MaxInputBytesPerBatch",
         '"MaxInputBytesPerBatch": 262144'),
        ({"ItemReader": {**READ, "Resource": f"{S3}getObjects"}}, "ItemReader.Resource",
         f'"Resource": "{S3}getObject"'),
        ({"ItemReader": {**READ, "Resource": "arn:aws:states:::aws-sdk:s3:getObject"}}, "ItemReader.Resource",
         f'"Resource": "{S3}getObject"'),
        ({"ItemReader": {**READ, "ReaderConfig": {"InputType": "csv"}}}, "ItemReader.ReaderConfig.InputType",
         '"InputType": "CSV"'),
        ({"ItemReader": {**READ, "ReaderConfig": {"InputType": "CSV", "CSVDelimiter": ";"}}},
         "ItemReader.ReaderConfig.CSVDelimiter", '"CSVDelimiter": "COMMA"'),
        ({"ItemReader": {**READ, "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}}},
         "ItemReader.ReaderConfig.CSVHeaders", '"CSVHeaders": ["…"]'),
        ({"ItemReader": {**READ, "ReaderConfig": {"InputType": "JSON", "MaxItems": "9"}}},
         "ItemReader.ReaderConfig.MaxItems", '"MaxItems": 1000'),
        ({"ResultWriter": {"Resource": f"{S3}putObjects", "Arguments": {"Bucket": "b"}}}, "ResultWriter.Resource",
         f'"Resource": "{S3}putObject"'),
        ({"ResultWriter": {"WriterConfig": {"OutputType": "CSV"}}}, "ResultWriter.WriterConfig.OutputType",
         '"OutputType": "JSON"'),
    ],
)  # fmt: skip
def test_a_part_has_values_that_aws_takes(fields: dict[str, Any], path: str, remedy: str) -> None:
    (issue,) = found(**fields)
    assert (issue.code, issue.path, issue.remedy) == ("NAWS-ASL-041", f'states["Each"].{path}', remedy)


@pytest.mark.parametrize(
    "fields",
    [
        {"Label": "month-end_2026.x"},
        {"ItemBatcher": {"MaxItemsPerBatch": "{% $states.input.n %}", "BatchInput": {"any": 0}}},
        {"ItemReader": {**READ, "Resource": "arn:aws-cn:states:::s3:listObjectsV2"}},
        {"ItemReader": {**READ, "Resource": "${Token[Arn.1]}"}},
        {
            "ItemReader": {
                **READ,
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"]},
            }
        },
        {"ItemReader": {**READ, "ReaderConfig": {"InputType": "PARQUET", "MaxItems": "{% 3 %}"}}},
        {"ResultWriter": {"WriterConfig": {"OutputType": "JSONL", "Transformation": "COMPACT"}}},
    ],
)
def test_what_aws_takes(fields: dict[str, Any]) -> None:
    assert found(**fields) == []


def test_a_mode_is_one_of_two() -> None:
    (issue,) = found({"Mode": "Distributed"})
    assert (issue.code, issue.remedy) == ("NAWS-ASL-041", '"Mode": "DISTRIBUTED"')
    assert found({"Mode": "INLINE"}) == found({}) == found({"Mode": "${Token[Mode.1]}"}) == []


def test_items_of_express_wait_for_less_than_five_minutes() -> None:
    express = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    (issue,) = found(express, {"Rest": {"Type": "Wait", "Seconds": 300, "End": True}})
    assert (issue.code, issue.path) == ("NAWS-ASL-041", 'states["Rest"].Seconds')
    assert found(express, {"Rest": {"Type": "Wait", "Seconds": 299, "End": True}}) == []
