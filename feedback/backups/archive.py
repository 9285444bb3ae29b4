"""The file of a backup: a ZIP with a manifest, the data, and the secret if it was asked for."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from feedback.core.errors import Code, Problem

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is to do."""

_FORMAT = 1
_MANIFEST, DATA, SECRET = "manifest.json", "data", "secret"
_CHUNK_BYTES = 1 << 20
_QUICK = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself."""

    made_at: str
    """ISO 8601, UTC."""
    product: str
    """Version of the code that made it."""
    database: str
    """`sqlite` or `postgresql`."""
    schema: str
    """Revision of the migrations."""
    rows: dict[str, int]
    """By table."""
    secret: str
    """Fingerprint of the deployment's secret: which one it was, not what it is."""
    data_bytes: int
    data_sha256: str
    tool: int | None = None
    """Major version of the pg_dump that wrote it."""
    format: int = _FORMAT


def write(draft: Path, data: Path, manifest: Callable[[int, str], Manifest], secret: str | None) -> Manifest:
    """Pack `data` into a new file `draft`. `manifest` is given the size and the SHA-256."""
    with draft.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as packed:
        digest, size = hashlib.sha256(), 0
        with data.open("rb") as source, packed.open(DATA, "w", force_zip64=True) as target:
            while chunk := source.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        if secret is not None:
            packed.writestr(SECRET, secret)
        made = manifest(size, digest.hexdigest())
        # Last: a file that was cut short has none.
        packed.writestr(_MANIFEST, orjson.dumps(asdict(made), option=orjson.OPT_INDENT_2))
    return made


@contextmanager
def opened(path: Path) -> Iterator["Archive"]:
    """A backup to read from. Raises BACKUP_UNREADABLE when it is none, or newer than this code."""
    try:
        with zipfile.ZipFile(path) as packed:
            yield Archive(path, packed, _manifest(packed))
    except FileNotFoundError:
        raise Problem(Code.BACKUP_UNREADABLE, f"There is no file {path}.") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, zlib.error) as error:
        raise Problem(Code.BACKUP_UNREADABLE, f"{path.name} is damaged, or no backup of this service.") from error


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup that is open for reading."""

    path: Path
    packed: zipfile.ZipFile
    manifest: Manifest

    @property
    def secret(self) -> str | None:
        """The deployment's secret, if it was put in."""
        return self.packed.read(SECRET).decode() if SECRET in self.packed.namelist() else None

    def unpack(self, target: Path, progress: Progress) -> None:
        """Write the data to `target`, on disk when this returns. Raises BACKUP_UNREADABLE when it was damaged."""
        digest, done, of = hashlib.sha256(), 0, self.manifest.data_bytes
        with self.packed.open(DATA) as source, target.open("wb") as file:
            for chunk in _chunks(source):
                digest.update(chunk)
                file.write(chunk)
                done += len(chunk)
                progress("Unpacking", done, of)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != self.manifest.data_sha256:
            raise Problem(Code.BACKUP_UNREADABLE, f"The data in {self.path.name} are not what was put in.")


def appear(draft: Path, path: Path) -> None:
    """Give the finished file its name; it is there for good when this returns."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    said: dict[str, Any] = orjson.loads(packed.read(_MANIFEST))
    if said["format"] > _FORMAT:
        raise Problem(
            Code.BACKUP_UNREADABLE, f"It was made by version {said['product']} and needs that or a later one."
        )
    return Manifest(**said)


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk
