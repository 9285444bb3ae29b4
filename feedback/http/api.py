"""The API object and its blueprints: flask-smorest with our error shape, our parser and OpenAPI 3.1."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import flask
import marshmallow
from marshmallow import Schema, fields
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from feedback.core.errors import Code, Problem
from feedback.http.context import services
from feedback.http.fields import Day, Moment
from feedback.http.strict_json import parse_object

PROBLEM_TYPE = "application/problem+json"
View = TypeVar("View", bound=Callable[..., Any])


class ProblemSchema(Schema):
    """An error, RFC 9457. `code` names it, `advice` says what to do about it; some codes add members of their own."""

    class Meta:
        unknown = marshmallow.INCLUDE

    type = fields.String(required=True, metadata={"example": "urn:feedback:problem:not-found"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"example": "not-found"})
    advice = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.Dict(metadata={"description": "For `invalid`: messages by field."})


class StrictParser(FlaskParser):
    """Reads bodies as strict JSON and refuses parameters that are unknown or given twice."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.RAISE}  # noqa: RUF012

    def load_json(self, req: flask.Request, schema: Schema) -> Any:  # noqa: ARG002
        """The body as a JSON object."""
        if req.mimetype != "application/json":
            raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"The body came as {req.mimetype or 'nothing'!r}.")
        if req.content_length is None:
            raise Problem(Code.LENGTH_REQUIRED)
        return parse_object(req.get_data())

    def load_querystring(self, req: flask.Request, schema: Schema) -> MultiDictProxy:
        """The parameters after the question mark, each once."""
        twice = [name for name, values in req.args.lists() if len(values) > 1]
        if twice:
            raise Problem(
                Code.INVALID,
                f"The parameter {twice[0][:40]!r} is given twice.",
                errors={name: ["Give it once."] for name in twice},
            )
        proxy: MultiDictProxy = super().load_querystring(req, schema)
        return proxy

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: flask.Request,  # noqa: ARG002
        schema: Schema,  # noqa: ARG002
        *,
        error_status_code: int | None,  # noqa: ARG002
        error_headers: Mapping[str, str] | None,  # noqa: ARG002
    ) -> NoReturn:
        """One shape for everything that does not fit."""
        raise invalid(error)


def invalid(error: marshmallow.ValidationError) -> Problem:
    """INVALID with the messages by field, without the name of the place (body, query) around them."""
    messages = error.messages
    if isinstance(messages, dict) and len(messages) == 1:
        ((place, inner),) = messages.items()
        messages = inner if place in ("json", "query") and isinstance(inner, dict) else messages
    errors = messages if isinstance(messages, dict) else {"_schema": messages}
    first = ", ".join(str(name)[:40] for name in list(errors)[:3])
    return Problem(Code.INVALID, f"Look at: {first}.", errors=errors)


if TYPE_CHECKING:

    class Blueprint(flask.Blueprint):
        """What is used of flask-smorest's, which carries no types of its own."""

        def __init__(
            self, name: str, import_name: str, *, description: str = "", url_prefix: str | None = None
        ) -> None:
            """A named set of routes; `description` goes into the reference."""

        def get(self, rule: str, **options: Any) -> Callable[[View], View]:
            """A route; the view may return anything that its `response` can write."""

        post = put = patch = delete = get

        def arguments(self, schema: Schema, *, location: str = "json", description: str = "") -> Callable[[View], View]:
            """Read the body (or the query) by `schema` and pass the value to the view."""

        def response(self, status: int, schema: Schema | None = None, **doc: Any) -> Callable[[View], View]:
            """Write what the view returns by `schema`."""

        def alt_response(self, status: int, **doc: Any) -> Callable[[View], View]:
            """Describe another answer."""

        def doc(self, **doc: Any) -> Callable[[View], View]:
            """Add to the reference."""

    class Api:
        """What is used of flask-smorest's."""

        spec: Any

        def __init__(self, app: flask.Flask, *, spec_kwargs: Mapping[str, Any]) -> None:
            """Attach to `app`."""

        def register_blueprint(self, blueprint: flask.Blueprint, **options: Any) -> None:
            """Add the routes to the app and to the reference."""

        def register_converter(self, converter: type, describe: Callable[[Any], dict[str, Any]]) -> None:
            """Say in the reference what a part of an address takes."""

        def register_field(self, field: type, type_: str, format_: str | None) -> None:
            """Say in the reference what a field takes."""

else:
    import flask_smorest

    class Blueprint(flask_smorest.Blueprint):
        """Routes that are described in OpenAPI."""

        ARGUMENTS_PARSER = StrictParser()

    class Api(flask_smorest.Api):
        """Describes errors as what they are, and leaves handling them to `errors`."""

        ERROR_SCHEMA = ProblemSchema

        def _register_error_handlers(self):
            pass

        def _register_pagination_header(self):
            pass  # pages have cursors in their bodies

        def _register_responses(self):
            for name, text in [("DEFAULT_ERROR", "Any error."), *((one.name, one.phrase) for one in HTTPStatus)]:
                content = {PROBLEM_TYPE: {"schema": ProblemSchema}}
                self.spec.components.response(name, {"description": text, "content": content}, lazy=True)


def large_body(view: View) -> View:
    """Let this view read a body up to the limit of files. Above `arguments`, which reads it."""

    @wraps(view)
    def allowed(*args: Any, **kwargs: Any) -> Any:
        flask.request.max_content_length = services().settings.upload_body_limit_bytes
        return view(*args, **kwargs)

    return cast("View", allowed)


def make_api(app: flask.Flask, *, public_url: str) -> Api:
    """The API of `app`, whose reference names `public_url` as its server."""
    app.config.update(API_TITLE="Feedback", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    bearer = {"type": "http", "scheme": "bearer"}
    schemes = {
        "secret_key": {**bearer, "description": "A secret key of the vendor's backend: `fb_sk_...`."},
        "person_token": {
            **bearer,
            "bearerFormat": "JWT",
            "description": "A short-lived token that says who answers, signed with a signing key.",
        },
    }
    api = Api(
        app,
        spec_kwargs={
            "info": {"description": _DESCRIPTION},
            "servers": [{"url": public_url}],
            "components": {"securitySchemes": schemes},
        },
    )
    api.register_field(Day, "string", "date")
    api.register_field(Moment, "string", "date-time")
    return api


_DESCRIPTION = """\
Ask the end users of a product that was sold to businesses, keep their answers apart from their buyers', and report the
gap between the two. JSON both ways; every error is `application/problem+json` with a `code` and with what to do."""
