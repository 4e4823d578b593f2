"""Alarms of a website, in us-east-1, where CloudFront's metrics are.

FailedRequests        answers of 500 and above, of a hundred requests
EdgeFunction          a function at the edge failed, was throttled, or answered what CloudFront does not take;
                      EdgeFunction2 and so on of those beyond three
CertificateExpires    the certificate ends in less than 30 days: whoever renews it did not
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch

from naws.core.authoring import AlarmFactory, AlarmText, Measure, Metric, expression, single, sum_of

_DAY = 86_400
_FEW_DAYS = 30
_FEW_REQUESTS = 100
OF_FUNCTIONS = ("FunctionExecutionErrors", "FunctionValidationErrors", "FunctionThrottles")
MOST_FAILED = 1
"""Answers of 500 and above, of a hundred."""
MOST_FUNCTIONS = 3
"""Functions whose metrics have room in one alarm, of ten metrics.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
"""
_ABOVE: Mapping[str, Any] = {"comparison_operator": "GreaterThanThreshold", "treat_missing_data": "notBreaching"}


class WebsiteAlarms:
    """The alarms of one website.

    Args:
        factory: makes them.
        distribution_id: of the distribution.
    """

    def __init__(self, factory: AlarmFactory, distribution_id: str) -> None:
        self._factory, self._distribution_id = factory, distribution_id
        self._of_functions = list[cloudwatch.CfnAlarm | None]()

    def build(self, functions: Sequence[str], certificate_arn: str | None) -> None:
        """All of them.

        Args:
            functions: the names of the functions at the edge.
            certificate_arn: of the certificate. None: CloudFront's own.
        """
        self._failed_requests()
        self.functions(functions)
        if certificate_arn is not None:
            self._certificate(certificate_arn)

    def functions(self, names: Sequence[str]) -> None:
        """The alarms on functions; a further one is in the last alarm, or in one more."""
        for number, start in enumerate(range(0, len(names), MOST_FUNCTIONS)):
            failures = _failures(names[start : start + MOST_FUNCTIONS])
            if number == len(self._of_functions):
                construct_id = f"EdgeFunction{number + 1 if number else ''}"
                self._of_functions.append(self._factory.alarm(construct_id, failures, self._function_text()))
            elif (last := self._of_functions[number]) is not None and number == len(self._of_functions) - 1:
                last.metrics = failures["metrics"]

    def _failed_requests(self) -> None:
        name, page = self._factory.name, self._factory.page
        metrics = {
            "failed": distribution_metric(self._distribution_id, "5xxErrorRate", "Average"),
            "sent": distribution_metric(self._distribution_id, "Requests"),
        }
        of_hundred = expression(f"IF(sent >= {_FEW_REQUESTS}, failed, 0)", metrics, "percent of requests")
        text = AlarmText(
            why=f"More than one of a hundred requests to {name} failed: answers of 500 and above.",
            do="the access logs have each request, its path and x-edge-detailed-result-type. Those of an API are its "
            'own: its alarms say why. Did a release bring it, show the one before: release="…".',
            page=f"{page}#failed-requests",
        )
        self._factory.alarm("FailedRequests", of_hundred, text, **{**_ABOVE, "threshold": MOST_FAILED})

    def _function_text(self) -> AlarmText:
        return AlarmText(
            why=f"A function that requests to {self._factory.name} pass failed: visitors get errors.",
            do="`aws cloudfront describe-function --name <the alarm's FunctionName> --stage LIVE` shows since when it "
            "is there; show the release before, and report it: the function is the pattern's.",
            page=f"{self._factory.page}#edge-function",
        )

    def _certificate(self, arn: str) -> None:
        """ACM renews its own 45 to 60 days before they end: with 30 left something hinders it.

        Source: https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
        """
        metric = Metric(
            namespace="AWS/CertificateManager",
            name="DaysToExpiry",
            dimensions={"CertificateArn": arn},
            statistic="Minimum",
            period=_DAY,
        )
        text = AlarmText(
            why=f"The certificate of {self._factory.name} ends in less than {_FEW_DAYS} days, and was not renewed.",
            do=f"`aws acm describe-certificate --region us-east-1 --certificate-arn {arn}` says what renewal waits "
            "for, most often a DNS record that is gone; one that was imported is imported anew.",
            page=f"{self._factory.page}#certificate-expires",
        )
        settings = {"comparison_operator": "LessThanThreshold", "threshold": _FEW_DAYS}
        self._factory.alarm("CertificateExpires", single(metric), text, **settings)


def distribution_metric(distribution_id: str, name: str, statistic: str = "Sum") -> Metric:
    """A metric of a distribution.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
    """
    dimensions = {"DistributionId": distribution_id, "Region": "Global"}
    return Metric(namespace="AWS/CloudFront", name=name, dimensions=dimensions, statistic=statistic)


def edge_function_metric(function: str, name: str, statistic: str = "Sum") -> Metric:
    """A metric of a function at the edge."""
    dimensions = {"FunctionName": function, "Region": "Global"}
    return Metric(namespace="AWS/CloudFront", name=name, dimensions=dimensions, statistic=statistic)


def _failures(functions: Sequence[str]) -> Measure:
    return sum_of([edge_function_metric(function, name) for function in functions for name in OF_FUNCTIONS])
