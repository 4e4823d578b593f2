"""Rules at synthesis on the image of a service: what its Dockerfile says of the port."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from naws.core.authoring import Field, Finding, ImageView, advice, is_number, is_root, is_text
from naws.ecs_service.plan import Plan

_EXPOSE = "https://docs.docker.com/reference/dockerfile/#expose"
_PRIVILEGED = 1_024


@dataclass(frozen=True, kw_only=True)
class ExposedView(Field):
    """The port that requests are sent to, beside those of the image.

    Attributes:
        ports: those that its Dockerfile exposes; at least one.
        root: whether the program may listen on any, as root.
    """

    ports: tuple[range, ...]
    root: bool


def exposed_views(plan: Plan, images: Iterable[ImageView]) -> Iterator[ExposedView]:
    """Those of the main container, when requests are sent to it and its Dockerfile exposes a port."""
    main, user = plan.task.main.at("image"), plan.props.user
    for image in images:
        if plan.balancer.kind != "none" and image.path == main and image.exposed:
            root = is_text(user) and is_root(user)
            yield ExposedView("container_port", plan.service.container_port, ports=image.exposed, root=root)


@advice(
    code="NAWS-SVC-021",
    title="Requests are sent to a port that the image exposes",
    source=_EXPOSE,
    example='image=ecs.ContainerImage.from_asset("api")',
    fix='image=ecs.ContainerImage.from_asset("api"), container_port=3000',
)
def exposed_port(view: ExposedView) -> Iterator[Finding]:
    """`EXPOSE` opens nothing: it writes down where the program listens, here `EXPOSE 3000` in the folder `api`.

    Where nothing listens each health check fails, and ECS goes back to the version before. A program that listens on
    the variable `PORT` listens on `container_port`, whatever its Dockerfile has.
    """
    port = view.value
    if not is_number(port) or any(port in each for each in view.ports):
        return
    ours = [each.start for each in view.ports if view.root or each.start >= _PRIVILEGED]
    line = f"EXPOSE {port} in the Dockerfile, when the program listens on the variable PORT"
    every = ", ".join(f"{each.start}-{each.stop - 1}" if len(each) > 1 else str(each.start) for each in view.ports)
    yield view.finding(
        f"the port that the program listens on, which the Dockerfile exposes: {every}",
        "\n".join([*(f"container_port={each}" for each in ours[:1]), line]),
    )


IMAGE_RULES = (exposed_port,)
"""Each gets an `ExposedView`."""
