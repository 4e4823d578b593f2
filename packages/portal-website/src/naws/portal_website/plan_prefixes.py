"""The prefix of a sign-in page, which people see in the address bar. Pure."""

import re

TAKEN = ("aws", "amazon", "cognito")
"""What Cognito takes in none."""
LONGEST_PREFIX = 63


def prefix_of(text: str) -> str:
    """Small letters, digits and single hyphens of a text, without what Cognito does not take; it may be empty."""
    found = text.lower()
    while any(word in found for word in TAKEN):
        found = re.sub("|".join(TAKEN), "", found)
    return re.sub(r"[^a-z0-9]+", "-", found).strip("-")
