"""The state machine that runs."""

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.authoring import Metric, acknowledge_nag_wildcards, role_for, state_machine
from naws.lambda_service.plan import Plan


def build_workflow(scope: Construct, plan: Plan) -> sfn.StateMachine:
    """One state, which labels what the run begins with."""
    role = role_for(scope, "WorkflowRole", "states", "Runs the workflow")
    acknowledge_nag_wildcards(role, {"*": "X-Ray and log delivery have no resource to name."})
    label = {"Type": "Pass", "Output": {"label": plan.props.label, "run": "{% $states.input %}"}, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Label", "States": {"Label": label}}
    return state_machine(scope, definition=definition, role=role, operations=plan.operations, logs_id="WorkflowLogs")


def succeeded(arn: str) -> Metric:
    """The runs that succeeded."""
    return Metric(namespace="AWS/States", name="ExecutionsSucceeded", dimensions={"StateMachineArn": arn})
