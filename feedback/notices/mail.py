"""Mails: what they look like, and how they get to a server or into a folder."""

import os
import smtplib
import ssl
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

import structlog

from feedback.charts import Chart, files
from feedback.core.errors import Problem
from feedback.gap.words import printable
from feedback.notices.contents import Message
from feedback.settings import Settings

if TYPE_CHECKING:
    from jinja2 import Environment

Result = TypeVar("Result")

log = structlog.get_logger(__name__)

_TIMEOUT_S = 15.0
_PICTURE = "picture@feedback"
_HERE = ("localhost", "127.0.0.1", "::1")


class MailError(Exception):
    """A mail was not taken; `for_good`: it will never be. The message says why, without the address."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class Post(Protocol):
    """Takes mails, as long as it is open."""

    def send(self, mail: EmailMessage) -> None:
        """Hand one over. Raises MailError."""

    def close(self) -> None:
        """Done."""


def mail(
    message: Message, settings: Settings, delivery_id: UUID, *, to: str, name: str, stop_link: str
) -> EmailMessage:
    """The mail: plain text, HTML, and the picture inside it. The same `Message-ID` at every try."""
    found = EmailMessage(policy=SMTP)
    sender, _, domain = settings.mail_from.rpartition("@")
    found["From"] = Address("Feedback", sender, domain)
    # A name with a line break, or half a letter, would keep every mail from being written.
    found["To"] = Address(printable(name), *to.rsplit("@", 1))
    found["Subject"] = message.subject
    found["Message-ID"] = f"<{delivery_id}@{domain}>"
    found["List-Unsubscribe"] = f"<{stop_link}>"
    found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    found["Auto-Submitted"] = "auto-generated"
    png = None if message.picture is None else _drawn(message.picture)
    values = {"message": message, "stop_link": stop_link, "picture": f"cid:{_PICTURE}" if png else ""}
    found.set_content(_environment().get_template("mail.txt").render(**values), cte="quoted-printable")
    found.add_alternative(
        _environment().get_template("mail.html").render(**values), subtype="html", cte="quoted-printable"
    )
    if png is not None:
        page = found.get_payload()[1]  # type: ignore[index]
        page.add_related(  # type: ignore[union-attr]
            png, "image", "png", cid=f"<{_PICTURE}>", filename="map.png", disposition="inline"
        )
    return found


def _drawn(chart: Chart) -> bytes | None:
    """A mail goes without its picture rather than not at all."""
    try:
        return files.png(chart)
    except Problem:
        log.exception("the picture of a mail could not be drawn")
        return None


def open_post(settings: Settings) -> Post:
    """The server of the settings, or the folder. Raises MailError."""
    return (
        Folder(settings.home / "mail")
        if settings.smtp_url is None
        else Server(urlsplit(settings.smtp_url), settings.mail_from.rpartition("@")[2])
    )


class Folder:
    """Writes each mail to a file of its own, named by its delivery: twice is once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: EmailMessage) -> None:
        """Write the file, whole or not at all."""
        name = str(mail["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._folder / f".{name}.{os.getpid()}"
            draft.write_bytes(mail.as_bytes())
            draft.replace(self._folder / f"{name}.eml")
        except OSError as error:
            raise MailError(f"The folder for mails cannot be written ({error.strerror}).") from error

    def close(self) -> None:
        """Nothing is open."""


class Server:
    """One connection to an SMTP server. A password goes over TLS only, but for a server on this machine."""

    def __init__(self, url: SplitResult, domain: str) -> None:
        self._connection = _trying(lambda: _connected(url, domain))

    def send(self, mail: EmailMessage) -> None:
        """Hand one over; the connection stays."""
        _trying(self._connection.ehlo_or_helo_if_needed)
        if not (mail["To"].addresses[0].addr_spec.isascii() or self._connection.has_extn("smtputf8")):
            raise MailError("The server takes no address with such letters.", for_good=True)
        _trying(lambda: self._connection.send_message(mail))

    def close(self) -> None:
        """Say goodbye, if anybody is there."""
        try:
            self._connection.quit()
        except (OSError, smtplib.SMTPException):
            self._connection.close()


def _connected(url: SplitResult, domain: str) -> smtplib.SMTP:
    # Named by us: to find its own name the library would ask the network, which may take long.
    host, context = url.hostname or "", ssl.create_default_context()
    if url.scheme == "smtps":
        found: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, domain, timeout=_TIMEOUT_S, context=context)
    else:
        found = smtplib.SMTP(host, url.port or 587, domain, timeout=_TIMEOUT_S)
        found.ehlo()
        if found.has_extn("starttls"):
            found.starttls(context=context)
        elif url.username and host not in _HERE:
            found.close()
            raise MailError("The server offers no TLS, and a password is not sent without it.")
    if url.username:
        found.login(unquote(url.username), unquote(url.password or ""))
    return found


def _trying(step: Callable[[], Result]) -> Result:
    try:
        return step()
    except smtplib.SMTPRecipientsRefused as error:
        status = max(code for code, _ in error.recipients.values())
        raise MailError(f"The server refuses this address ({status}).", for_good=status >= 500) from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailError(f"The server does not take the password ({error.smtp_code}).") from error
    except smtplib.SMTPResponseException as error:
        raise MailError(f"The server said {error.smtp_code}.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailError("The server cannot be reached, or broke off.") from error


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("feedback.notices"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
