"""Settings about being watched from outside: metrics, a line for each request, traces."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from feedback.settings_error import SettingsError

_SHORTEST_TOKEN = 32


@dataclass(frozen=True, slots=True)
class Watching:
    """Who may look from outside, and what they are sent."""

    metrics_token: str | None = field(default=None, repr=False)
    """What a reader of /metrics sends as Bearer. None: there is no /metrics."""
    access_log: bool = False
    """Whether each request leaves a line in the log."""
    otlp_endpoint: str | None = None
    """Where OpenTelemetry sends traces. None: there are none."""
    service_name: str = "feedback"
    """What traces are filed under."""


def watching(environ: Mapping[str, str]) -> Watching:
    """Read the settings about being watched. Raises SettingsError."""
    token = environ.get("FEEDBACK_METRICS_TOKEN") or None
    if token is not None and (len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise SettingsError(
            f"FEEDBACK_METRICS_TOKEN takes at least {_SHORTEST_TOKEN} plain characters, for instance from "
            "`openssl rand -hex 32`; without it there is no /metrics."
        )
    access_log = environ.get("FEEDBACK_ACCESS_LOG") or "no"
    if access_log not in ("yes", "no"):
        raise SettingsError("FEEDBACK_ACCESS_LOG takes yes or no.")
    endpoint = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT takes http://host:4318 or https://...; without it no traces.")
    return Watching(
        metrics_token=token,
        access_log=access_log == "yes",
        otlp_endpoint=endpoint,
        service_name=environ.get("OTEL_SERVICE_NAME") or "feedback",
    )
