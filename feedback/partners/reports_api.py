"""Where browsers report that a page's policy blocked something, if the page asks them to.

Of a report two things are kept: which directive, and whether what it blocked is ours. Two formats are about: one object
per violation (CSP level 2, `report-uri`) and lists of reports (Reporting API, `report-to`), which WebKit sends singly.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import flask

from feedback.core.errors import Code, Problem
from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.http.strict_json import parse
from feedback.partners import sightings
from feedback.partners.embed_gate import guard, visit
from feedback.partners.keys import clean_origin

blueprint = Blueprint("embed-reports", __name__, description="What the policies of pages blocked.")
guard(blueprint, any_origin=True)

_TYPES = ("application/csp-report", "application/reports+json", "application/json")
_MOST_REPORTS = 50
_DIRECTIVES = frozenset(
    (
        *("base-uri", "child-src", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors"),
        *("frame-src", "img-src", "manifest-src", "media-src", "object-src", "require-trusted-types-for", "sandbox"),
        *("script-src", "script-src-attr", "script-src-elem", "style-src", "style-src-attr", "style-src-elem"),
        *("trusted-types", "upgrade-insecure-requests", "worker-src"),
    )
)
_BODY = {"schema": {"type": ["object", "array"]}}


@blueprint.post("/v1/embed/<key>/reports")
@blueprint.response(204)
@blueprint.doc(security=[], requestBody={"required": True, "content": dict.fromkeys(_TYPES, _BODY)})
def post_reports(key: str) -> None:  # noqa: ARG001  # the gate has read it
    """Take reports of violations, as browsers send them for `report-uri` and `report-to`."""
    for report in list(_reports(_body()))[:_MOST_REPORTS]:
        directive = _directive(report)
        if directive is not None:
            visit().note(sightings.blocked(directive, ours=_is_ours(report)), origin=_page(report))


def _body() -> Any:
    request = flask.request
    if request.mimetype not in _TYPES:
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"A report comes as {' or '.join(_TYPES[:2])}.")
    body = parse(request.get_data())
    if not isinstance(body, dict | list):
        raise Problem(Code.BAD_REQUEST, "A report is an object, or a list of them.")
    return body


def _reports(body: Any) -> Iterator[dict[str, Any]]:
    """What is told of each violation, from either format; reports about other things are left out."""
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, dict):
            told = one.get("body") if one.get("type") == "csp-violation" else one.get("csp-report")
            if isinstance(told, dict):
                yield told


def _directive(report: dict[str, Any]) -> str | None:
    """The directive, without the sources that old browsers write behind it."""
    name = _text(report, "effectiveDirective", "effective-directive", "violated-directive").partition(" ")[0]
    return name if name in _DIRECTIVES else None


def _is_ours(report: dict[str, Any]) -> bool:
    """By the address that was blocked; where that is none (`inline`, `eval`), by the script that tried."""
    blocked = _text(report, "blockedURL", "blocked-uri")
    address = blocked if "://" in blocked else _text(report, "sourceFile", "source-file")
    return _origin(address) == clean_origin(services().settings.public_url)


def _page(report: dict[str, Any]) -> str:
    """The origin of the page, where it is on the key's list: anybody can write a report."""
    origin = _origin(_text(report, "documentURL", "document-uri"))
    return origin if origin in visit().gate.origins else ""


def _text(report: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := report.get(name), str)), "")


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        return clean_origin(f"{parts.scheme}://{parts.netloc}")
    except (Problem, ValueError):
        return ""
