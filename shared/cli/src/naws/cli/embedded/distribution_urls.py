"""Where distributions of CloudFront are reached on this machine.

Browsers and curl know that every name under ``.localhost`` is this machine, so that neither needs anything of DNS.
"""

OF_AWS = ".cloudfront.net"
LOCAL = ".cloudfront.localhost"
"""Stands behind the first part of a distribution's domain name instead of AWS's; such requests count as HTTPS."""


def url_of(endpoint_url: str, domain_name: str) -> str:
    """The address of a distribution, without a slash at the end.

    Args:
        endpoint_url: The embedded AWS's own.
        domain_name: The distribution's.
    """
    return f"http://{domain_name.removesuffix(OF_AWS)}{LOCAL}:{endpoint_url.rpartition(':')[2]}"
