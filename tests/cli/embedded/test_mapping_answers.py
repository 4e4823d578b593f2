"""Partial batch responses: which messages failed."""

from typing import Any

import pytest

from naws.cli.embedded.departures.mapping_answers import failed_items

IDS = ["a", "b"]


@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"statusCode": 200}]
)
def test_a_whole_success(answer: Any) -> None:
    assert failed_items(answer, IDS) == set()


def test_one_of_the_batch() -> None:
    assert failed_items({"batchItemFailures": [{"itemIdentifier": "b"}]}, IDS) == {"b"}


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        [],
        [{"itemIdentifier": "b"}],
        7,
        False,
        {"batchItemFailures": ""},
        {"batchItemFailures": {"itemIdentifier": "b"}},
        {"batchItemFailures": ["b"]},
        {"batchItemFailures": [{"id": "b"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "unknown"}]},
    ],
)
def test_a_whole_failure(answer: Any) -> None:
    assert failed_items(answer, IDS) == set(IDS)
