"""A personal link in a test: made, opened, answered."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback.core.services import Services
from feedback.responses.invitations import NewInvitation, NotInvited, expiry, invite
from feedback.surveys.queries import survey_by_name

Row = TypeVar("Row")


def token_for(
    services: Services,
    respondent: str = "anna",
    *,
    survey: str = "end-user-nps",
    partner: str = "northwind",
    days: int = 14,
    live: bool = True,
    **about: str,
) -> str:
    """The token of a new link. Fails when the person is not invited."""
    now, person = services.clock(), NewInvitation(partner, respondent, **about)
    with services.database.transaction() as session:
        (made,) = invite(
            session,
            survey_by_name(session, survey),
            [person],
            expires_at=expiry(days, now=now),
            live=live,
            pepper=services.secrets.pepper,
            now=now,
        )
    assert not isinstance(made, NotInvited), made
    return made


@dataclass
class Card:
    """The open page of a link, and what its script would send."""

    client: FlaskClient
    services: Services
    data: Mapping[str, Any]

    @classmethod
    def opened(cls, client: FlaskClient, services: Services, token: str) -> "Card":
        """Open the link; it must ask."""
        response = client.get(f"/s/{token}")
        assert response.status_code == 200, response.text
        return cls(client, services, json.loads(re.findall(r'id="data">(.*?)</script>', response.text)[0]))

    def put(self, score: int = 9, *, headers: Mapping[str, str] | None = None, **changes: Any) -> TestResponse:
        """Send the answer, or a revision of it."""
        body = {
            **{name: self.data[name] for name in ("survey", "version", "impression", "locale")},
            "score": score,
            "revision": 1,
            "complete": False,
            "answered_at": self.services.clock().isoformat(),
            **changes,
        }
        return self.client.put(f"{self.data['api']}/responses/{self.data['response']}", json=body, headers=headers)

    def delete(self) -> TestResponse:
        """Take the answer back."""
        return self.client.delete(f"{self.data['api']}/responses/{self.data['response']}")

    def says(self, state: str) -> TestResponse:
        """Tell what became of the impression."""
        address = f"{self.data['api']}/impressions/{self.data['impression']}"
        return self.client.patch(address, json={"state": state})

    def objects(self) -> TestResponse:
        """Ask never to be asked again."""
        return self.client.post(f"{self.data['api']}/objection", json={})


def made_up(token: str) -> str:
    """A token of the same partner that nobody was ever sent."""
    return token[:26] + uuid4().hex[:26].translate(str.maketrans("ilou", "0000"))


def all_of(services: Services, model: type[Row]) -> Sequence[Row]:
    """Every row of a table."""
    with services.database.reading() as session:
        return session.scalars(select(model)).all()
