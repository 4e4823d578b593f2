"""Rules on a state machine as it will be deployed: what its type can do, its logs, its name and what starts it.

    {"Definition": {…}, "StateMachineType": "EXPRESS", "Statements": [{…}], "Triggers": true}

An example has the properties of the state machine, as CloudFormation names them, with its definition as an object; what
stands elsewhere has a name beside them: the statements of its role, whether triggers start it, its aliases, and what is
given to the pattern and written in a file, too.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from naws.core.rule import Finding, Rule, advice, limit, practice
from naws.core.rules.asl_integrations import argument, call_of, literal
from naws.core.rules.asl_maps import LONGEST_EXPRESS, not_in_express
from naws.core.rules.asl_scopes import GUIDE, is_object, jsonata, listed, mapping, read
from naws.core.rules.values import Field, is_number, is_text
from naws.core.rules.workflow import Twice, Workflow
from naws.core.rules.workflow_permissions import PERMISSION_RULES
from naws.core.text import as_list
from naws.core.tokens import has_token

_API = "https://docs.aws.amazon.com/step-functions/latest/apireference/"
_TYPES = f"{GUIDE}choosing-workflow-type.html"
_LOGS = f"{GUIDE}cw-logs.html"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ALIAS = re.compile(r"(?=.*[A-Za-z_.-])[A-Za-z0-9_.-]{1,80}")
_VENDED = "/aws/vendedlogs/"
_SECRETS = ("secretsmanager:getSecretValue", "ssm:getParameter", "ssm:getParameters", "ssm:getParametersByPath")
_SELF = re.compile(r"(\{%\s*\$states\.context\.StateMachine\.Id\s*%\}|\$\$\.StateMachine\.Id)")
_OTHERS = ("Definition", "Statements", "Triggers", "Aliases", "Twice")


def workflow_of(text: str) -> Workflow:
    """The state machine that an example describes."""
    given: Mapping[str, Any] = json.loads(text)
    return Workflow(
        definition=read(given["Definition"]),
        properties=_small({name: part for name, part in given.items() if name not in _OTHERS}),
        statements=given.get("Statements"),
        triggered=given.get("Triggers", False),
        twice=[Twice(path=path, given=one, written=other) for path, (one, other) in given.get("Twice", {}).items()],
        aliases=[_small(each) for each in given.get("Aliases", ())],
    )


def _small(value: Any) -> Any:
    """Properties with a small letter first, as `Workflow` has them."""
    if is_object(value):
        return {f"{name[:1].lower()}{name[1:]}": _small(part) for name, part in value.items()}
    return [_small(each) for each in listed(value)] or value


def _example(states: str, **more: Any) -> str:
    """An example whose definition has these states."""
    definition = jsonata(states)
    if more.get("StateMachineType") == "EXPRESS":
        definition = definition.replace('"TimeoutSeconds": 3600', '"TimeoutSeconds": 300', 1)
    beside = {"LoggingConfiguration": _LOGGED, **more}
    return f'{{"Definition": {definition}' + "".join(f', "{k}": {json.dumps(v)}' for k, v in beside.items()) + "}"


_LOAD = '"Load": {"Type": "Pass", "End": true}'
_LOGGED: Mapping[str, Any] = {"Level": "ALL"}
_GROUP = {"CloudWatchLogsLogGroup": {"LogGroupArn": "arn:aws:logs:eu-central-1:123456789012:log-group:close:*"}}
_EXPRESS = {"StateMachineType": "EXPRESS"}


@limit(
    code="NAWS-FLOW-002",
    title="A workflow of type EXPRESS waits for no job, token or worker, and has no distributed map",
    source=_TYPES,
    example=_example(
        '"Load": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true}',
        **_EXPRESS,
    ),
    fix=_example(
        '"Load": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask", "End": true}',
        **_EXPRESS,
    ),
)
def express_patterns(workflow: Workflow) -> Iterator[Finding]:
    """Step Functions refuses it: `Express state machine does not support '.sync' service integration`."""
    if not workflow.express:
        return
    for scope in workflow.definition.scopes:
        if scope.distributed:
            remedy = '"Mode": "INLINE"\nstate_machine_type=sfn.StateMachineType.STANDARD'
            yield Field(f"{scope.path}.ProcessorConfig.Mode", "DISTRIBUTED").finding("INLINE", remedy)
        if not any(each.distributed for each in scope.chain):
            for state in scope.states.values():
                yield from not_in_express(state)


@limit(
    code="NAWS-FLOW-003",
    title="A workflow of type EXPRESS waits five minutes at most",
    source=f"{GUIDE}service-quotas.html",
    example=_example(
        '"Rest": {"Type": "Wait", "Seconds": 600, "End": true}',
        **_EXPRESS,
    ),
    fix=_example('"Rest": {"Type": "Wait", "Seconds": 60, "End": true}', **_EXPRESS),
)
def express_waits(workflow: Workflow) -> Iterator[Finding]:
    """After five minutes Step Functions ends the execution: it never comes to the end of a longer wait."""
    for state in workflow.definition.of("Wait") if workflow.express else ():
        seconds = state.at("Seconds")
        if is_number(seconds.value) and seconds.value >= LONGEST_EXPRESS:
            expected = f"fewer than {LONGEST_EXPRESS}, after which the execution ends"
            yield seconds.finding(expected, '"Seconds": 60\nstate_machine_type=sfn.StateMachineType.STANDARD')


@advice(
    code="NAWS-FLOW-018",
    title="A timeout of a workflow of type EXPRESS is one that comes",
    source=f"{GUIDE}service-quotas.html",
    example=_example(
        '"Load": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 600, "End": true}',
        **_EXPRESS,
    ),
    fix=_example(
        '"Load": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 60, "End": true}',
        **_EXPRESS,
    ),
)
def express_timeouts(workflow: Workflow) -> Iterator[Finding]:
    """After five minutes Step Functions ends the execution with an error that no state catches."""
    machine = workflow.definition
    for block in (machine, *machine.of("Task")) if workflow.express else ():
        timeout = block.at("TimeoutSeconds")
        if is_number(timeout.value) and timeout.value > LONGEST_EXPRESS:
            yield timeout.finding(f"at most {LONGEST_EXPRESS}", f'"TimeoutSeconds": {LONGEST_EXPRESS}')


@practice(
    code="NAWS-FLOW-004",
    title="Triggers start workflows of type STANDARD",
    source=_TYPES,
    example=_example(_LOAD, **_EXPRESS, Triggers=True),
    fix=_example(_LOAD, StateMachineType="STANDARD", Triggers=True),
)
def express_triggers(workflow: Workflow) -> Iterator[Finding]:
    """Nobody waits for the answer of what a trigger starts: a failed execution of type EXPRESS is lost.

    It has no history, cannot be redriven, sends no event when it fails, and may run more than once.
    """
    if workflow.express and workflow.triggered:
        field = workflow.at("state_machine_type", "EXPRESS")
        yield field.finding("STANDARD", "state_machine_type=sfn.StateMachineType.STANDARD\nomit triggers")


@limit(
    code="NAWS-FLOW-005",
    title="The name of a state machine has at most 80 letters, digits, hyphens and underscores",
    source=f"{_API}API_CreateStateMachine.html",
    example=_example(_LOAD, StateMachineName="monthly close"),
    fix=_example(_LOAD, StateMachineName="monthly-close"),
)
def machine_name(workflow: Workflow) -> Iterator[Finding]:
    """Step Functions refuses a longer one, and blanks, brackets and most other marks; logs need what is left."""
    name = workflow.properties.get("stateMachineName")
    if is_text(name) and not _NAME.fullmatch(name):
        better = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80] or "workflow"
        yield workflow.at("state_machine_name", name).finding("1 to 80 of A-Z a-z 0-9 - _", f'"{better}"')


@practice(
    code="NAWS-FLOW-012",
    title="A workflow logs what is needed, and no secrets",
    source=_LOGS,
    example=_example(_LOAD, **_EXPRESS, LoggingConfiguration={"Level": "ERROR"}),
    fix=_example(_LOAD, **_EXPRESS),
)
def logs(workflow: Workflow) -> Iterator[Finding]:
    """An execution of type EXPRESS has no history: without logs of level ALL nobody knows what happened.

    With the data of executions every result of a task is in the logs, that of a call that reads a secret too.
    """
    level = workflow.log_level
    if workflow.express and level != "ALL" and not has_token(level):
        yield workflow.at("log_level", level).finding(
            "ALL, as the logs are all that there is", "log_level=sfn.LogLevel.ALL"
        )
    readers = [state for state in workflow.definition.of("Task") if _reads_secret(state.fields.get("Resource"))]
    if workflow.logging.get("includeExecutionData") is True and readers and level != "OFF":
        yield workflow.at("include_execution_data", value=True).finding(
            f'False: states["{readers[0].name}"] reads a secret', "include_execution_data=False"
        )


def _reads_secret(resource: object) -> bool:
    return is_text(resource) and resource.partition(":aws-sdk:")[2] in _SECRETS


@advice(
    code="NAWS-FLOW-016",
    title="Failures are logged, to a log group below /aws/vendedlogs/",
    source=f"{GUIDE}bp-cwl.html",
    example=_example(_LOAD, LoggingConfiguration={**_LOGGED, "Destinations": [_GROUP]}),
    fix=_example(_LOAD),
)
def log_group_name(workflow: Workflow) -> Iterator[Finding]:
    """The history of an execution goes after 90 days, and no metric filter sees it.

    The name of each log group elsewhere is written into one policy of the account, which is soon full: then logs are
    refused.
    """
    level = workflow.log_level
    if level == "OFF" and not workflow.express:
        yield workflow.at("log_level", level).finding("ERROR at least", "log_level=sfn.LogLevel.ERROR")
    for each in as_list(workflow.logging.get("destinations")):
        arn = mapping(mapping(each).get("cloudWatchLogsLogGroup")).get("logGroupArn")
        name = arn.rpartition(":log-group:")[2].removesuffix(":*") if is_text(arn) else _VENDED
        if not name.startswith(_VENDED):
            expected = f"a log group whose name begins with {_VENDED}"
            yield workflow.at("log_group", name).finding(expected, f'log_group_name="{_VENDED}states/…"')


@practice(
    code="NAWS-FLOW-013",
    title="A workflow starts itself again only by choice",
    source=f"{GUIDE}tutorial-continue-new.html",
    example=_example("""
      "Again": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": true,
        "Arguments": {"StateMachineArn": "{% $states.context.StateMachine.Id %}"}}"""),
    fix=_example("""
      "More?": {"Type": "Choice", "Default": "Done", "Choices": [{"Condition": "{% $states.input.more %}",
        "Next": "Again"}]},
      "Again": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": true,
        "Arguments": {"StateMachineArn": "{% $states.context.StateMachine.Id %}"}},
      "Done": {"Type": "Succeed"}"""),
)  # fmt: skip
def no_endless_chain(workflow: Workflow) -> Iterator[Finding]:
    """Without a Choice state each execution starts the next one, until somebody deletes the state machine."""
    if any(workflow.definition.of("Choice")):
        return
    name = workflow.properties.get("stateMachineName")
    for state in workflow.definition.of("Task"):
        call, arn = call_of(state), argument(state, "StateMachineArn")
        if call is None or arn is None or call.action != "startExecution" or not isinstance(arn.value, str):
            continue
        named = is_text(name) and literal(arn).endswith(f":stateMachine:{name}")
        if _SELF.fullmatch(arn.value) or named:
            remedy = '"More?": {"Type": "Choice", …}  # before it'
            yield arn.finding("a Choice state on the way to it", remedy, shown="this state machine")


@limit(
    code="NAWS-FLOW-014",
    title="An alias sends all executions to one or two versions, and data keys are reused for 60 to 900 seconds",
    source=f"{_API}API_CreateStateMachineAlias.html",
    example=_example(
        _LOAD,
        Aliases=[{"Name": "1", "RoutingConfiguration": [{"Weight": 90}]}],
        EncryptionConfiguration={"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsDataKeyReusePeriodSeconds": 30},
    ),
    fix=_example(
        _LOAD,
        Aliases=[{"Name": "live", "RoutingConfiguration": [{"Weight": 90}, {"Weight": 10}]}],
        EncryptionConfiguration={"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsDataKeyReusePeriodSeconds": 300},
    ),
)
def aliases_and_keys(workflow: Workflow) -> Iterator[Finding]:
    """Step Functions refuses other weights than those that sum up to 100, and a name of digits alone."""
    for index, alias in enumerate(workflow.aliases):
        path = f"{workflow.machine}alias[{index}]"
        name, routes = alias.get("name"), listed(alias.get("routingConfiguration"))
        if is_text(name) and not _ALIAS.fullmatch(name):
            yield Field(f"{path}.name", name).finding("at most 80 characters, one of them no digit", 'name="live"')
        weights = [mapping(each).get("weight") for each in routes]
        known = [each for each in weights if is_number(each)]
        if routes and len(known) == len(weights) and (len(weights) > 2 or sum(known) != 100):  # noqa: PLR2004  # percent
            field = Field(f"{path}.routing_configuration", known)
            yield field.finding("one or two versions, whose weights sum up to 100", "weight=100")
    period = mapping(workflow.properties.get("encryptionConfiguration")).get("kmsDataKeyReusePeriodSeconds")
    if is_number(period) and not 60 <= period <= 900:  # noqa: PLR2004  # seconds, see the title
        field = workflow.at("encryption_configuration.kms_data_key_reuse_period_seconds", period)
        yield field.finding("60 to 900 seconds", "cdk.Duration.minutes(5)")


@practice(
    code="NAWS-FLOW-015",
    title="What the definition says and what is given to the pattern are the same",
    source="https://github.com/aws/aws-cdk/issues/37150",
    example=_example(_LOAD, Twice={"timeout": [86400, 3600]}),
    fix=_example(_LOAD, Twice={"timeout": [3600, 3600]}),
)
def given_once(workflow: Workflow) -> Iterator[Finding]:
    """One of the two would be left out without a word: CDK itself leaves out what is given beside a file."""
    for each in workflow.twice:
        both = [each.given, each.written]
        if None not in both and each.written != each.given and not has_token(both):
            expected = f"{each.written!r}, which the definition has"
            yield workflow.at(each.path, each.given).finding(expected, f"omit {each.path}\nomit it in the definition")


FLOW_RULES: tuple[Rule[Workflow], ...] = (
    express_patterns,
    express_waits,
    express_timeouts,
    express_triggers,
    machine_name,
    *PERMISSION_RULES,
    logs,
    log_group_name,
    no_endless_chain,
    aliases_and_keys,
    given_once,
)
"""Every rule on a state machine as it will be deployed, beside those on its definition."""
