"""Licences in force by the state of their partner, and what is due by when."""

from dataclasses import dataclass

from feedback.gap.values import AtRisk, Diagnostic, GapReport


@dataclass(frozen=True, slots=True)
class StateBar:
    """One state; `width` in per cent of the one with most licences."""

    found: AtRisk
    width: float


@dataclass(frozen=True, slots=True)
class Gauge:
    """A share against its threshold, both in per cent of the width; `side` is the colour that it is drawn in."""

    name: str
    side: str
    share: float
    threshold: float


def by_state(report: GapReport) -> tuple[StateBar, ...]:
    """A bar for every state that has contracts in force."""
    most = max((one.licences for one in report.value_by_state), default=0) or 1
    return tuple(StateBar(one, round(100 * one.licences / most, 1)) for one in report.value_by_state if one.partners)


def gauges(found: Diagnostic) -> tuple[Gauge, ...]:
    """Retention and activation, where they are known."""
    both = (
        ("Renewed", "b", found.retention, found.retention_threshold),
        ("Activated", "u", found.activation, found.activation_threshold),
    )
    return tuple(
        Gauge(name, side, round(100 * min(1.0, share), 1), round(100 * threshold, 1))
        for name, side, share, threshold in both
        if share is not None
    )
