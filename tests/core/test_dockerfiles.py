"""The ports that a Dockerfile exposes, as Docker reads it: what is not known without building it is none."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from naws.core.dockerfiles import exposed_ports, read_exposed

BUILT = """\
FROM node:24 AS build
EXPOSE 9229
RUN npm ci
FROM build AS test
EXPOSE 9000
FROM nginx:1.29
COPY --from=build /app /app
EXPOSE 8080
"""
HEREDOC = """\
FROM alpine
RUN cat > /usage <<-'TEXT' && true
EXPOSE 1
\tTEXT
COPY <<EOF /other
EXPOSE 2
EOF
EXPOSE 3000
"""
ESCAPED = "# escape=`\nFROM windows\nRUN dir C:\\\nEXPOSE `\n  # which one\n\n  3000\n"


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("FROM a\n", []),
        ("FROM a\nEXPOSE 8080\n", [8080]),
        ("FROM a\nexpose 8080\r\n", [8080]),
        ("FROM a\nEXPOSE 8080/tcp 8443/TCP 80/udp 81/sctp\nEXPOSE 9090", [8080, 8443, 9090]),
        ('FROM a\nEXPOSE "8080"\n', [8080]),
        ("FROM a\nEXPOSE 7000-7002/tcp\n", [7000, 7001, 7002]),
        ("FROM a\n# EXPOSE 1\n   # EXPOSE 2\nEXPOSE 3000 \\\n  # no\n\n  3001\n", [3000, 3001]),
        ("FROM a\nRUN echo \\\n  EXPOSE 1\nLABEL a=1\n", []),
        (ESCAPED, [3000]),
        (HEREDOC, [3000]),
        ("FROM a\nRUN test $((1 <<2)) && cat <<<EXPOSE\nEXPOSE 3000\n", [3000]),
        (BUILT, [8080]),
        ("\ufeff# syntax=docker/dockerfile:1\nFROM a\nEXPOSE 8080\n", [8080]),
        ('FROM a\nENTRYPOINT ["/web"]\nONBUILD COPY . .\nEXPOSE 8080\n', [8080]),
    ],
)  # fmt: skip
def test_every_line_of_the_image_counts(text: str, ports: list[int]) -> None:
    assert [port for each in exposed_ports(text) for port in each] == ports


@pytest.mark.parametrize(
    ("target", "ports"),
    [(None, [8080]), ("build", [9229]), ("TEST", [9229, 9000]), ("0", [9229]), ("2", [8080]), ("9", []), ("none", [])],
)
def test_a_target_has_what_it_is_made_of(target: str | None, ports: list[int]) -> None:
    assert [port for each in exposed_ports(BUILT, target=target) for port in each] == ports


@pytest.mark.parametrize(
    ("text", "arguments", "ports"),
    [
        ("FROM a\nARG PORT=8080\nEXPOSE $PORT", {}, [8080]),
        ("FROM a\nARG PORT=8080\nEXPOSE ${PORT}/tcp", {"PORT": "3000"}, [3000]),
        ("FROM a\nARG PORT\nEXPOSE $PORT", {"PORT": "3000"}, [3000]),
        ("FROM a\nARG PORT\nEXPOSE $PORT", {}, []),
        ("FROM a\nARG PORT\nEXPOSE ${PORT:-3000}", {}, [3000]),
        ("FROM a\nEXPOSE $PORT", {"PORT": "3000"}, []),
        ("ARG PORT=8080\nFROM a\nARG PORT\nEXPOSE $PORT", {}, [8080]),
        ("ARG PORT=8080\nFROM a\nEXPOSE $PORT", {}, []),
        ("ARG PORT=8080\nFROM a\nARG PORT\nEXPOSE $PORT", {"PORT": "1"}, [1]),
        ("FROM a\nENV PORT=8080 MORE='a b'\nEXPOSE $PORT", {}, [8080]),
        ("FROM a\nENV PORT 8080\nEXPOSE $PORT", {}, [8080]),
        ("FROM a\nENV BASE=80\nENV PORT=${BASE}80\nEXPOSE $PORT 9090", {}, [8080, 9090]),
        ("FROM a\nENV PORT=$ELSEWHERE\nEXPOSE $PORT", {}, []),
        ("FROM a\nARG PORT=1\nENV PORT=8080\nEXPOSE $PORT", {"PORT": "2"}, [8080]),
        ("FROM a\nENV PORTS='80 81'\nEXPOSE $PORTS", {}, [80, 81]),
        ("FROM a AS base\nENV PORT=8080\nFROM base\nEXPOSE $PORT", {}, [8080]),
        ("ARG FROM_=base\nFROM a AS base\nEXPOSE 1\nFROM ${FROM_}\nEXPOSE 2", {}, [1, 2]),
        ("FROM --platform=$BUILDPLATFORM a AS base\nEXPOSE 1\nFROM base", {}, [1]),
        ("FROM a\nEXPOSE 8080 $UNKNOWN", {}, []),
        ("FROM a\nEXPOSE ${PORT:+8080}", {"PORT": "1"}, []),
    ],
)
def test_variables_are_filled_in_as_far_as_they_are_known(
    text: str, arguments: Mapping[str, str], ports: list[int]
) -> None:
    assert [port for each in exposed_ports(text, arguments=arguments) for port in each] == ports


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EXPOSE 8080",
        "FROM a\nEXPOSE http",
        "FROM a\nEXPOSE 127.0.0.1:80:8080",
        "FROM a\nENV PORT='8080\nEXPOSE $PORT",
        "FROM a\nEXPOSE '8080",
        "FROM a AS base\nONBUILD EXPOSE 8080\nFROM base\nEXPOSE 1",
        "# syntax=example/other\nFROM a\nEXPOSE 8080",
        "FROM\nEXPOSE 8080",
    ],
)
def test_what_docker_would_refuse_or_nobody_knows_is_nothing(text: str) -> None:
    assert exposed_ports(text) == ()


def test_a_file_is_read_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\nEXPOSE 1\n")
    (tmp_path / "Dockerfile.web").write_text("FROM a\nEXPOSE 2\n")
    (tmp_path / "binary").write_bytes(b"FROM a\nEXPOSE 3\n\xff\xfe")
    assert [*read_exposed(tmp_path)] == [range(1, 2)]
    assert [*read_exposed(tmp_path, "Dockerfile.web")] == [range(2, 3)]
    assert [*read_exposed(tmp_path, "binary"), *read_exposed(tmp_path, "nowhere")] == []
