"""The judges that change nothing: they are handed a text and answer with what is wrong with it."""

import json
from collections.abc import Iterator
from typing import Any

from simulation import answer
from subjects import Document, Subject
from verdicts import Level, Verdict, asked

_WRONG = {"ERROR": "error", "SECURITY_WARNING": "error", "WARNING": "warning", "SUGGESTION": "warning"}


def judged_definitions(subject: Subject, states: Any) -> Iterator[Verdict]:
    """Each state machine, by Step Functions' own validation."""
    for logical_id, definition in subject.definitions.items():

        def ask(definition: dict[str, Any] = definition) -> tuple[Level, str]:
            return _definition(states, definition)

        yield asked(subject.scenario, logical_id, "states:ValidateStateMachineDefinition", ask)


def _definition(states: Any, definition: dict[str, Any]) -> tuple[Level, str]:
    said = states.validate_state_machine_definition(definition=json.dumps(definition), type="STANDARD")
    found = sorted(said["diagnostics"], key=lambda one: one["severity"] != "ERROR")
    if not found:
        return ("ok", "") if said["result"] == "OK" else ("error", "refused without a diagnostic")
    first = found[0]
    place = f" at {first['location']}" if first.get("location") else ""
    level: Level = "error" if said["result"] == "FAIL" or first["severity"] == "ERROR" else "warning"
    return level, f"{first['code']}: {first['message']}{place}"


def judged_policies(subject: Subject, analyzer: Any) -> Iterator[Verdict]:
    """Each policy document, by Access Analyzer."""
    for document in subject.documents:

        def validate(document: Document = document) -> tuple[Level, str]:
            return _policy(analyzer, document)

        yield asked(subject.scenario, document.name, "access-analyzer:ValidatePolicy", validate)


def judged_permissions(subject: Subject, iam: Any) -> Iterator[Verdict]:
    """What each role may do, by IAM's policy simulator."""
    for role, policies in subject.roles.items():

        def simulate(policies: list[dict[str, Any]] = policies) -> tuple[Level, str]:
            return answer(iam, policies)

        yield asked(subject.scenario, role, "iam:SimulateCustomPolicy", simulate)


def _policy(analyzer: Any, document: Document) -> tuple[Level, str]:
    known = {"validatePolicyResourceType": document.resource_type} if document.resource_type else {}
    pages = analyzer.get_paginator("validate_policy").paginate(
        policyDocument=json.dumps(document.content), policyType=document.kind, **known
    )
    found = [finding for page in pages for finding in page["findings"]]
    found.sort(key=lambda one: list(_WRONG).index(one["findingType"]))
    if not found:
        return "ok", ""
    first = found[0]
    level: Level = "error" if _WRONG[first["findingType"]] == "error" else "warning"
    return level, f"{first['findingType']} {first['issueCode']}: {first['findingDetails']}"
