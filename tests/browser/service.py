"""The running service: started once, asked through its commands and looked at through its database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from feedback.core import secrets
from feedback.core.cached import STALE_S
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.ids import pseudonym
from feedback.core.services import Services
from feedback.migrations.run import migrate
from feedback.partners.commands import PolicyTerms, record_policy
from feedback.partners.models import Partner
from feedback.responses.models import Impression, Response, Voice
from feedback.settings import from_environment
from tests.embed import World, make_world

FEEDBACK = str(Path(sys.executable).with_name("feedback"))


@dataclass(frozen=True)
class Running:
    """The service as `feedback up` starts it, with one partner, keys and surveys."""

    world: World
    environ: dict[str, str]
    url: str

    def feedback(self, *arguments: str) -> str:
        """What the command prints."""
        command = [FEEDBACK, *arguments]
        return subprocess.run(command, env=self.environ, check=True, capture_output=True, text=True, timeout=60).stdout

    def tag(self, subject: str | None, key: str | None = None, **claims: Any) -> str:
        """The script tag for a person, or for one whom nobody vouches for."""
        token = "" if subject is None else f' data-token="{self.world.token(subject, **claims)}"'
        return f'<script async src="{self.url}/embed.js" data-key="{key or self.world.key}"{token}></script>'

    def impressions(self, subject: str) -> list[Impression]:
        """Permissions to ask this person, oldest first."""
        with self.world.services.database.reading() as session:
            own = Impression.respondent_id == self.respondent(subject)
            return list(session.scalars(select(Impression).where(own).order_by(Impression.granted_at)))

    def responses(self, subject: str, partner: Partner | None = None) -> list[Response]:
        """What this person answered."""
        with self.world.services.database.reading() as session:
            own = Response.respondent_id == self.respondent(subject, partner)
            return list(session.scalars(select(Response).where(own)))

    def scores(self, subject: str, partner: Partner | None = None) -> list[int]:
        """What this person answered, as numbers."""
        return [one.score for one in self.responses(subject, partner)]

    def voices(self, subject: str, partner: Partner | None = None) -> list[Voice]:
        """What counts of it, once it is folded."""
        with self.world.services.database.reading() as session:
            own = Voice.respondent_id == self.respondent(subject, partner)
            return list(session.scalars(select(Voice).where(own)))

    def unvouched(self) -> list[Response]:
        """Answers of people whom nobody vouches for."""
        with self.world.services.database.reading() as session:
            return list(session.scalars(select(Response).where(Response.trust == "none")))

    def allows(self, partner: Partner, **terms: Any) -> None:
        """What a partner allows from now on: each process of the service knows when this returns."""
        with self.world.services.database.transaction() as session:
            record_policy(session, partner.id, PolicyTerms(**terms), now=system_clock())
        time.sleep(STALE_S)

    def respondent(self, subject: str, partner: Partner | None = None) -> UUID:
        """The pseudonym of an end user."""
        pepper = self.world.services.secrets.pepper
        return pseudonym(pepper, (partner or self.world.partner).id, "end_user", subject)


@contextmanager
def up(home: Path, origins: list[str]) -> Iterator[Running]:
    """Everything up, on SQLite and its own Valkey, with keys for pages of `origins`; both partners allow contact."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environ |= {
        "FEEDBACK_HOME": str(home),
        "PORT": str(port),
        "FEEDBACK_VENDOR_NAME": "Wellnow",
        "FEEDBACK_PUBLIC_URL": f"http://localhost:{port}",
    }
    settings = from_environment(environ)
    database = Database(settings.database_url)
    migrate(database)
    services = Services(settings, database, secrets.load(settings), system_clock, lambda _: None)
    world = make_world(services, origins=origins)
    with database.transaction() as session:
        for partner in (world.partner, world.other):
            record_policy(session, partner.id, PolicyTerms(may_contact=True), now=system_clock())
    log = home / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen([FEEDBACK, "up"], env=environ, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: answers(f"http://localhost:{port}/healthz"), 60, log.read_text)
        yield Running(world, environ, f"http://localhost:{port}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        database.close()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    """True when something answers there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def wait_for(condition: Callable[[], object], seconds: float = 20, why: Callable[[], str] = lambda: "") -> None:
    """Until `condition` is true; fails with `why()` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain\n{why()}"
        time.sleep(0.05)
