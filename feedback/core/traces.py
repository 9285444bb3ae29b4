"""Traces by OpenTelemetry where OTEL_EXPORTER_OTLP_ENDPOINT names who takes them; else nothing is imported or done.

Spans name routes and statements as they are written in the code: no address, no value, no message of an error.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from feedback.core.processes import StartError
from feedback.watching_settings import Watching

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_NOTHING: AbstractContextManager[None] = nullcontext()


class _Sending:
    """How spans are made, once it is configured."""

    tracer: "Tracer | None" = None


def check(watching: Watching) -> None:
    """Raises StartError when traces are wanted and what sends them is not installed."""
    if watching.otlp_endpoint is None:
        return
    try:
        import opentelemetry.exporter.otlp.proto.http
        import opentelemetry.sdk  # noqa: F401
    except ImportError as error:
        raise StartError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but what sends traces is not installed. "
            "Install it (`pip install 'feedback-service[otel]'`), or unset the variable."
        ) from error


def configure(watching: Watching, part: str) -> None:
    """Send the spans of this process, if they are wanted. Call it once, after forking. Raises StartError.

    The variables of OpenTelemetry itself hold too: headers, sampler, time-outs.
    """
    if watching.otlp_endpoint is None or _Sending.tracer is not None:
        return
    check(watching)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": watching.service_name, "feedback.part": part}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _Sending.tracer = provider.get_tracer("feedback")
    event.listen(Engine, "before_cursor_execute", _statement_begins)
    event.listen(Engine, "after_cursor_execute", _statement_ends)
    event.listen(Engine, "handle_error", _statement_fails)


def wanted() -> bool:
    """Whether anybody takes traces of this process."""
    return _Sending.tracer is not None


def span(name: str, **attributes: str | int) -> "AbstractContextManager[Span | None]":
    """A span around a block, within the one at hand; None where nobody takes traces."""
    return _NOTHING if _Sending.tracer is None else _span(_Sending.tracer, name, attributes)


def begin_request(name: str, traceparent: str | None, **attributes: str) -> "AbstractContextManager[Span | None]":
    """A span for a request; it goes on with the trace that the caller's `traceparent` names."""
    if _Sending.tracer is None:
        return _NOTHING
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {} if traceparent is None else {"traceparent": traceparent}
    parent = TraceContextTextMapPropagator().extract(carrier)
    return _span(_Sending.tracer, name, attributes, context=parent, kind=SpanKind.SERVER)


@contextmanager
def _span(tracer: "Tracer", name: str, attributes: Mapping[str, str | int], **options: Any) -> "Iterator[Span]":
    from opentelemetry.trace import StatusCode

    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False, **options
    ) as made:
        try:
            yield made
        except BaseException as error:
            made.set_attribute("error.type", type(error).__name__)
            made.set_status(StatusCode.ERROR)
            raise


def _statement_begins(
    connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, executemany: bool
) -> None:
    from opentelemetry.trace import get_current_span

    # A statement of no request, fold or report is a look of the schedule's: each would be a trace of its own.
    if context is None or _Sending.tracer is None or not get_current_span().get_span_context().is_valid:
        return
    verb = statement.split(maxsplit=1)[0].upper() if statement.strip() else "SQL"
    attributes = {"db.system.name": connection.dialect.name, "db.query.text": statement, "db.many": executemany}
    context.feedback_span = _Sending.tracer.start_span(verb, attributes=attributes)


def _statement_ends(
    _connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _executemany: bool
) -> None:
    made = getattr(context, "feedback_span", None)
    if made is not None:
        made.end()


def _statement_fails(failure: Any) -> None:
    made = getattr(failure.execution_context, "feedback_span", None)
    if made is not None:
        made.set_attribute("error.type", type(failure.original_exception).__name__)
        made.end()
