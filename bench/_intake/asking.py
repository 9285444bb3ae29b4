"""The requests, whole, as a browser sends them: to the service, and to the floor.

The floor is told in the address what the service has to find out: the partner, the person and the segment.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bench._intake.people import OURS, PAGE, SURVEY, Person, World
from feedback.core.ids import new_id

_REQUEST = (
    "{method} {path} HTTP/1.1\r\n"
    "Host: feedback.example\r\n"
    "Connection: keep-alive\r\n"
    "Content-Length: {length}\r\n"
    "Authorization: Bearer {token}\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/156.0.0.0 Safari/537.36\r\n"
    "Content-Type: application/json\r\n"
    "Accept: */*\r\n"
    "Origin: {origin}\r\n"
    "Sec-Fetch-Site: cross-site\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "\r\n"
    "{body}"
)
Key = tuple[str, UUID]
"""`response` and its id, or `impression` or `activity` and the respondent."""
_COMMENT = "Two screens for one booking are one too many on my phone."


class Service:
    """Addresses of the service."""

    def __init__(self, world: World) -> None:
        self._base = f"/v1/embed/{world.key}"

    def response(self, _person: Person, response_id: UUID) -> str:
        """Where the answer goes."""
        return f"{self._base}/responses/{response_id}"

    def impression(self, _person: Person) -> str:
        """Where permission is asked for."""
        return f"{self._base}/impressions"

    def activity(self, _person: Person) -> str:
        """Where a ping goes."""
        return f"{self._base}/activity"


class Floor:
    """Addresses of the floor."""

    def response(self, person: Person, response_id: UUID) -> str:
        """With all that the service has to find out."""
        return f"/responses/{_who(person)}/{person.segment_id}/{response_id}"

    def impression(self, person: Person) -> str:
        """As above."""
        return f"/impressions/{_who(person)}"

    def activity(self, person: Person) -> str:
        """As above."""
        return f"/activity/{_who(person)}"


Addresses = Service | Floor


class Requests(NamedTuple):
    """Requests whole, and what must be stored of each that is acknowledged."""

    whole: list[bytes]
    keys: list[Key]


def responses(world: World, to: Addresses, places: Sequence[int]) -> Requests:
    """The first answers of these people; one of five says something in words."""
    return _made(_response(world.made_at, to, world.people[place], place) for place in places)


def watched(world: World, to: Addresses) -> Requests:
    """The answers of those who are watched."""
    return _made(_response(world.made_at, to, person, place) for place, person in enumerate(world.watched))


def impressions(world: World, to: Addresses, places: Sequence[int]) -> Requests:
    """May these people be asked?"""
    return _made(_impression(world, to, place) for place in places)


def activity(world: World, to: Addresses, places: Sequence[int]) -> Requests:
    """These people are here today."""
    return _made(_ping(world, to, place) for place in places)


def mixture(world: World, to: Addresses, answering: Sequence[int], others: Sequence[int]) -> Requests:
    """For each that answers five others who ping four times each and are asked then."""
    made = []
    for number, place in enumerate(answering):
        some = others[5 * number : 5 * number + 5]
        made += [_ping(world, to, one) for _ in range(4) for one in some]
        made += [_impression(world, to, one) for one in some]
        made.append(_response(world.made_at, to, world.people[place], place))
    return _made(made)


def _made(made: Iterable[tuple[bytes, Key]]) -> Requests:
    whole, keys = zip(*made, strict=True)
    return Requests(list(whole), list(keys))


def _response(made_at: datetime, to: Addresses, person: Person, place: int) -> tuple[bytes, Key]:
    response_id = new_id()
    body = {
        "survey": SURVEY,
        "version": 1,
        "impression": str(person.impression_id),
        "score": place % 11,
        "revision": 1,
        "complete": place % 5 == 0,
        "answered_at": f"{made_at:%Y-%m-%dT%H:%M:%S}.123Z",
        "locale": "en-GB",
    }
    if place % 5 == 0:
        body["comment"] = _COMMENT
    return _request("PUT", to.response(person, response_id), person, OURS, body), ("response", response_id)


def _impression(world: World, to: Addresses, place: int) -> tuple[bytes, Key]:
    person = world.people[place]
    body = {"survey": SURVEY, "version": 1, "locales": ["en-GB", "en"]}
    return _request("POST", to.impression(person), person, PAGE, body), ("impression", person.respondent_id)


def _ping(world: World, to: Addresses, place: int) -> tuple[bytes, Key]:
    person = world.people[place]
    return _request("POST", to.activity(person), person, PAGE, {}), ("activity", person.respondent_id)


def _who(person: Person) -> str:
    return f"{person.partner_id.hex}/{person.respondent_id.hex}"


def _request(method: str, path: str, person: Person, origin: str, body: Mapping[str, object]) -> bytes:
    text = json.dumps(body, separators=(",", ":"))
    return _REQUEST.format(
        method=method, path=path, token=person.token, origin=origin, length=len(text), body=text
    ).encode()
