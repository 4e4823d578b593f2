"""By what Python's and Node's halves of an object know each other."""


def reference_of(thing: object) -> str:
    """Jsii's reference to an object: the same as long as Node has it, without a call to Node."""
    return str(getattr(thing, "__jsii_ref__").ref)  # noqa: B009  # every jsii object has it, the stubs do not say
