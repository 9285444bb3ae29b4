"""Style and icon, under names that hold the hash of what is in them, so that browsers may keep them for ever."""

import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import flask
from werkzeug.exceptions import NotFound

from feedback.gap.pictures import STYLE

_FOLDER = Path(__file__).with_name("static")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its public name, its bytes, their media type."""

    public_name: str
    content: bytes
    mimetype: str


def public_name(file_name: str) -> str:
    """`desk.css` to `desk.3f2a9c1b4d5e.css`."""
    return _assets()[file_name].public_name


def serve(name: str) -> flask.Response:
    """The asset with this public name; 404 for any other."""
    for asset in _assets().values():
        if asset.public_name == name:
            response = flask.Response(asset.content, mimetype=asset.mimetype)
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            return response
    raise NotFound


@cache
def _assets() -> dict[str, Asset]:
    return {path.name: _asset(path) for path in (*sorted(_FOLDER.iterdir()), STYLE)}


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}", content, mimetype)
