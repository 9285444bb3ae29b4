"""Styles, scripts and icon, under names that hold the hash of what is in them: browsers may keep them for ever."""

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import flask
from werkzeug.exceptions import NotFound

from feedback.gap.pictures import STYLE

_FOLDER = Path(__file__).with_name("static")
_CHARTS = Path(__file__).parents[1] / "static" / "charts"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""What the charts' script was also built as."""


class ChartsNotBuilt(RuntimeError):
    """The script that draws charts is not there; `make build` makes it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its public name, its bytes, their media type, and its bytes by encoding, the smallest first."""

    public_name: str
    content: bytes
    mimetype: str
    encoded: Mapping[str, bytes]


def public_name(file_name: str) -> str:
    """`desk.css` to `desk.3f2a9c1b4d5e.css`."""
    return _assets()[file_name].public_name


def serve(name: str) -> flask.Response:
    """The asset with this public name; 404 for any other."""
    for asset in _assets().values():
        if asset.public_name == name:
            response = _in_smallest_form(asset)
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            return response
    raise NotFound


def _in_smallest_form(asset: Asset) -> flask.Response:
    accepted = flask.request.accept_encodings
    encoding = next((one for one in asset.encoded if accepted.quality(one) > 0), None)
    content = asset.content if encoding is None else asset.encoded[encoding]
    response = flask.Response(content, mimetype=asset.mimetype)
    response.vary.add("Accept-Encoding")
    if encoding is not None:
        response.content_encoding = encoding
    return response


@cache
def _assets() -> dict[str, Asset]:
    own = {path.name: _asset(path) for path in (*sorted(_FOLDER.iterdir()), STYLE)}
    return {**own, "charts.js": _charts()}


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    name = f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}"
    return Asset(name, content, _mimetype(path), {"gzip": gzip.compress(content, mtime=0)})


def _charts() -> Asset:
    built = list(_CHARTS.glob("charts.*.js"))
    if len(built) != 1:
        raise ChartsNotBuilt(f"The script that draws charts is not in {_CHARTS}; run `make build`.")
    (path,) = built
    encoded = {name: Path(f"{path}{suffix}").read_bytes() for name, suffix in _ENCODINGS}
    # Its name holds a hash since it was built.
    return Asset(path.name, path.read_bytes(), _mimetype(path), encoded)


def _mimetype(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
