from typing import Any

import pytest

from naws.core.json_paths import NotFoundError, found

DATA = {
    "legs": [{"km": 4, "by": "bus"}, {"km": 9, "by": "rail"}, {"by": "foot"}],
    "way-out": {"a b": [1, 2, 3]},
    'said "x"': 5,
    "it's": 6,
    "none": None,
    "odd[0]": 7,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DATA),
        ("$.legs[1].by", "rail"),
        ("$.legs[-1].by", "foot"),
        ("$['legs'][0]['km']", 4),
        ("$.way-out['a b'][2]", 3),
        ("$['said \"x\"']", 5),
        ("$['it\\'s']", 6),
        ("$['odd[0]']", 7),
        ("$.none", None),
        ("$.legs[*].km", [4, 9]),
        ("$.legs[2:].by", ["foot"]),
        ("$.legs[:-2]", [{"km": 4, "by": "bus"}]),
        ("$.legs[0,2].by", ["bus", "foot"]),
        ("$.legs[1]['km','by']", [9, "rail"]),
        ("$.legs[?(@.km > 5)].by", ["rail"]),
        ("$.legs[?(@.by == 'boat')]", []),
        ("$..km", [4, 9]),
        ("$.way-out.*", [[1, 2, 3]]),
        ("$.away[*]", []),
        ("$.away.further[1:3].by", []),
    ],
)
def test_what_a_path_leads_to(path: str, value: Any) -> None:
    assert found(path, DATA) == value


@pytest.mark.parametrize("path", ["$.away", "$.legs[3]", "$.legs.by", "$.none.further", "$['legs']['by']"])
def test_a_definite_path_that_leads_nowhere_fails(path: str) -> None:
    with pytest.raises(NotFoundError):
        found(path, DATA)


@pytest.mark.parametrize("path", ["legs", "$.legs[", "$.legs[one]", "$.", "$.legs['by]", "$.legs.length()"])
def test_what_is_no_path_fails(path: str) -> None:
    with pytest.raises(ValueError, match=r"Unexpected|begins"):
        found(path, DATA)
