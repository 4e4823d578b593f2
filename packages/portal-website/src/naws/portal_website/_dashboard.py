"""What a dashboard shows of a website; all of it is measured in us-east-1, wherever the dashboard is read.

Cache hit rate and origin latency are not among it: AWS counts them for an extra charge, where they are switched on.
Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/viewing-cloudfront-metrics.html
"""

from collections.abc import Iterator, Sequence

from naws.core.authoring import Graph, HorizontalLine
from naws.portal_website._alarms import MOST_FAILED, OF_FUNCTIONS, distribution_metric, edge_function_metric
from naws.portal_website.plan import EDGE_REGION


def website_graphs(distribution_id: str, functions: Sequence[str], *, quiet: bool) -> Iterator[Graph]:
    """Requests, how they were answered, what was sent, and the functions that every request passes.

    Args:
        distribution_id: of the distribution.
        functions: the names of the functions at the edge.
        quiet: whether there are no alarms.
    """
    requests = {"requests": distribution_metric(distribution_id, "Requests")}
    yield Graph(title="Requests", metrics=requests, region=EDGE_REGION)
    rates = {label: distribution_metric(distribution_id, f"{label}ErrorRate", "Average") for label in ("4xx", "5xx")}
    lines = [HorizontalLine("alarm on 5xx", None if quiet else MOST_FAILED)]
    yield Graph(title="Answers that are errors, % of requests", metrics=rates, lines=lines, region=EDGE_REGION)
    sent = {
        "downloaded": distribution_metric(distribution_id, "BytesDownloaded"),
        "uploaded": distribution_metric(distribution_id, "BytesUploaded"),
    }
    yield Graph(title="Bytes", metrics=sent, region=EDGE_REGION)
    failures = {name: [edge_function_metric(each, name) for each in functions] for name in OF_FUNCTIONS}
    yield Graph(title="Functions at the edge", metrics=failures, region=EDGE_REGION)
    used = {each: edge_function_metric(each, "FunctionComputeUtilization", "Maximum") for each in functions}
    lines = [HorizontalLine("all that a function has", 100)]
    yield Graph(title="Compute utilization of functions, %", metrics=used, lines=lines, region=EDGE_REGION)
