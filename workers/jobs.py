"""The jobs: thin, ids only, and free to run twice. `feedback.core.jobs` says which of them may run."""

import os
from functools import cache
from typing import TYPE_CHECKING

from feedback.core.services import Services, open_services
from feedback.settings import from_environment
from feedback.tallies import commands

if TYPE_CHECKING:
    from feedback.imports.folder import FolderWatch


def fold() -> None:
    """Take what waits in the inbox into the tallies."""
    services = _services()
    commands.fold_all(services.database, now=services.clock())


def imports() -> None:
    """Look into the watched folder, and check or import the files that wait."""
    # What imports need takes as long to come as all the rest, and most workers fold.
    from feedback.imports.running import run_all

    run_all(_services(), _watch())


@cache
def _watch() -> "FolderWatch":
    from feedback.imports.folder import FolderWatch

    return FolderWatch()


@cache
def _services() -> Services:
    return open_services(from_environment(os.environ))
