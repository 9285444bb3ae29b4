"""Something to tell, people to tell it to, and receivers on loopback."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from feedback.core.services import Services
from tests.notices.newsroom import Newsroom, on_loopback
from tests.notices.receivers import MailServer, Receiver, serving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server that remembers its calls."""
    with serving(Receiver()) as server:
        yield server
        server.enough.set()


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """An SMTP server that remembers its mails."""
    with serving(MailServer()) as server:
        yield server


@pytest.fixture
def newsroom(services: Services) -> Newsroom:
    """Mails go to the folder; webhooks may be on loopback."""
    return Newsroom(on_loopback(services))


@pytest.fixture
def with_mail(newsroom: Newsroom, mails: MailServer) -> Newsroom:
    """The same with a mail server."""
    changed = replace(newsroom.services.settings, smtp_url=mails.url, mail_from="feedback@vendor.example")
    newsroom.services = replace(newsroom.services, settings=changed)
    return newsroom
