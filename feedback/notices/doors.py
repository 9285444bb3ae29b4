"""How a delivery gets out: made and handed over in one go, outside of any transaction."""

from datetime import datetime

from feedback.core.services import Services
from feedback.notices import calls, endpoints, events, signing, slack, stopping
from feedback.notices.calls import CallError, Resolve
from feedback.notices.choices import Reader, readers
from feedback.notices.contents import Message, Writer
from feedback.notices.mail import MailError, Post, mail, open_post
from feedback.notices.models import Delivery, Endpoint

_JSON = {"content-type": "application/json", "user-agent": "Feedback"}


class RefusedError(Exception):
    """Not taken. `answer`: the HTTP status; `for_good`: it never will be, and the others may go on."""

    def __init__(self, reason: str, *, answer: int | None = None, for_good: bool = False) -> None:
        super().__init__(reason)
        self.answer = answer
        self.for_good = for_good


class PointlessError(Exception):
    """Nobody is to be told this any more; the message says why."""


class Door:
    """The way out for those who stand in one line; a connection to the mail server lasts as long as it is open."""

    def __init__(self, services: Services, writer: Writer, *, resolve: Resolve | None, timeout_s: float) -> None:
        self._services = services
        self._writer = writer
        self._resolve = resolve
        self._timeout_s = timeout_s
        self._post: Post | None = None

    def hand_over(self, row: Delivery, *, now: datetime) -> int | None:
        """The HTTP status, if there is one. Raises RefusedError, PointlessError."""
        if row.channel in ("mail", "slack"):
            return self._to_person(row, now)
        with self._services.database.reading() as session:
            endpoint = session.get(Endpoint, row.to_id)
            if endpoint is None or endpoint.removed_at is not None:
                raise PointlessError("The webhook was removed.")
            content = events.body(session, row) if row.channel == "signed" else None
        vault = self._services.secrets.vault
        address = endpoints.address(endpoint, vault=vault)
        if row.channel == "team":
            return self._call(address, slack.body(self._message(row, now)), {})
        if content is None:
            raise PointlessError("What it was about is gone.")
        signed_by = endpoints.secrets(endpoint, vault=vault, now=now)
        return self._call(address, content, signing.headers(f"msg_{row.id.hex}", content, signed_by, now=now))

    def close(self) -> None:
        """Hang up."""
        if self._post is not None:
            self._post.close()
            self._post = None

    def _to_person(self, row: Delivery, now: datetime) -> int | None:
        with self._services.database.reading() as session:
            reader = readers(session, self._services.secrets.vault).get(row.to_id)
        if reader is None:
            raise PointlessError("This person reads no numbers any more.")
        if row.channel not in reader.channels or (row.kind == "digest" and not reader.wish.digest):
            raise PointlessError("This person chose not to be told any more.")
        message = self._message(row, now)
        if row.channel == "slack":
            # Into the network only admins send: others choose addresses too, and see what came of a call.
            inwards = reader.role == "admin"
            return self._call(reader.wish.slack_address, slack.body(message), {}, inwards=inwards)
        self._mail(row, reader, message)
        return None

    def _message(self, row: Delivery, now: datetime) -> Message:
        match row.kind:
            case "test":
                return self._writer.test()
            case "digest":
                return self._writer.digest(row.since or row.made_at, until=row.made_at, now=now)
            case _:
                found = self._writer.alert(row.id)
                if found is None:
                    raise PointlessError("What it was about is gone.")
                return found

    def _mail(self, row: Delivery, reader: Reader, message: Message) -> None:
        settings = self._services.settings
        stop_link = stop_address(self._services, reader)
        written = mail(message, settings, row.id, to=reader.email, name=reader.name, stop_link=stop_link)
        try:
            self._post = self._post or open_post(settings)
            self._post.send(written)
        except MailError as error:
            raise RefusedError(str(error), for_good=error.for_good) from error

    def _call(self, address: str, body: bytes, headers: dict[str, str], *, inwards: bool = True) -> int:
        private = self._services.settings.webhook_private_addresses and inwards
        try:
            answer = calls.post(
                address,
                body,
                {**_JSON, **headers},
                private=private,
                resolve=self._resolve,
                timeout_s=self._timeout_s,
            )
        except CallError as error:
            raise RefusedError(str(error)) from error
        if 200 <= answer < 300:
            return answer
        why = "It answered with a redirect, which is not followed." if 300 <= answer < 400 else f"It answered {answer}."
        raise RefusedError(why, answer=answer)


def stop_address(services: Services, reader: Reader) -> str:
    """The link by which this person ends the mails."""
    return f"{services.settings.public_url}/notices/stop/{stopping.token(services.secrets, reader.staff_id)}"
