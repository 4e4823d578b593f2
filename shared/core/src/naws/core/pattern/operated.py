"""The base of patterns that are operated: they have alarms, names beside those of others, and conventions in force."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns

from naws.core.build.dashboards import Section, show
from naws.core.conventions import conventions_of
from naws.core.issues import guide_at, page_of
from naws.core.pattern.base import Pattern
from naws.core.pattern.inspection import Inspection, topic_view
from naws.core.pattern.name_clashes import changed_conventions, clashing_names, register_names
from naws.core.plans.pattern import PatternPlan
from naws.core.stacks import id_of
from naws.core.type_checks import check_types


class OperatedPattern(Pattern):
    """A pattern with alarms. Its `_build` sets `_alarms`, and calls `_register` when its names are decided."""

    _alarms: Any
    """An `AlarmFactory`, or one with more."""

    @property
    def alarms(self) -> Sequence[cloudwatch.IAlarm]:
        """Every alarm, for composite alarms and dashboards.

        They are made from data: what CDK's interface does not have, such as another action, is set on the resource,
        `pattern.node.find_child("CouldNotStart")`, which is a `cloudwatch.CfnAlarm`.
        """
        return self._alarms.alarms

    @property
    def alarm_topic(self) -> sns.ITopic | None:
        """The topic that alarms are sent to; None with `NoAlarms`."""
        return self._alarms.topic

    @property
    def _alarm_page(self) -> str:
        """The page of the guide that its alarms point to."""
        page = page_of(self.guide_url, f"patterns/{self.pattern_name}")
        return page if guide_at(self.guide_url) else f"N-AWS standard types, {page}"

    def _show(self) -> None:
        plan: PatternPlan = self._plan
        if plan.operations.dashboard:
            guide = f" · [alarms]({self._alarm_page}#alarms)" if self.guide_url else ""
            section = Section(
                title=f"### {id_of(self)} · {self.pattern_name}{guide}",
                alarms=self._shown_alarms,
                widgets=self._widgets,
            )
            show(self._alarms.scope, section, self.pattern_name)

    def _shown_alarms(self) -> Sequence[str]:
        """The ARNs of the alarms that a dashboard shows."""
        return self._alarms.arns

    def _register(self) -> None:
        """Have its names compared with those of the others in the app."""
        register_names(self, lambda: self._plan)

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        plan: PatternPlan = self._plan
        scope, topic = self._scope, self.alarm_topic
        path = plan.operations.topic[0] if plan.operations.topic else "alarms.topic"
        topics = () if topic is None else (inspection.once("topic", topic, lambda: topic_view(topic, "")),)
        now = inspection.once("conventions", scope, lambda: check_types(conventions_of(scope), "Conventions")[0])
        return {
            **super()._views(inspection),
            "topics": [replace(each, path=path) for each in topics],
            "names": clashing_names(self, plan),
            "conventions": changed_conventions(now, plan.context.conventions),
        }
