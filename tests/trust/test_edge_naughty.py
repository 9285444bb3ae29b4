"""Texts that have broken other software go in by every door, and come back as they were by every way out."""

import csv
import json
import re
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import flask
import pytest
from sqlalchemy import select

from feedback.core.services import Services
from feedback.gap.words import printable
from feedback.partners.models import Partner
from feedback.responses.models import Response
from tests.desk.conftest import Visitor
from tests.desk.speaking import say, written
from tests.gap.world import World
from tests.imports.files import bring_in, rejected, with_partners
from tests.soak import many
from tests.trust.every_door import House, check_problem, with_value
from tests.trust.strings import EVIL
from tests.trust.test_edge_bodies import settings  # noqa: F401 - a fixture

pytestmark = pytest.mark.requirement("edge: naughty strings come back as they were, from everywhere")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_text_field_of_the_api_takes_or_refuses_them(
    app: flask.Flask, services: Services, record_property
) -> None:
    house, tried, place_in_list = House(app, services), 0, 0
    for door in house.with_body():
        whole = house.body(door)
        for place, schema in house.fields(door):
            if "string" not in schema.get("type", ""):
                continue
            for _ in range(many(4, len(EVIL))):
                place_in_list += 1
                text = EVIL[place_in_list % len(EVIL)]
                answer = house.send(door, json.dumps(with_value(whole, place, text)).encode())
                tried += 1
                if answer.status_code >= 300:
                    check_problem(answer, (door, place, text))
                elif len(place) == 1 and answer.is_json and isinstance((answer.json or {}).get(place[0]), str):
                    assert answer.json[place[0]] == text, (door, place)
    assert tried > 150
    record_property("inputs tried", tried)


def test_partners_and_people_may_have_any_name(app: flask.Flask, services: Services, record_property) -> None:
    house = House(app, services)
    sent = {"Authorization": f"Bearer {house.key}"}
    names, comments = {}, {}
    for number, text in enumerate(EVIL[:: many(10, 1)]):
        body = {"slug": f"n{number}", "name": text}
        answer = house.long.post("/v1/partners", json=body, headers=sent)
        assert answer.status_code == (201 if 0 < len(text) <= 200 else 422), text
        if answer.status_code == 201:
            names[f"n{number}"] = text
        respondent = text if 0 < len(text) <= 200 else "anna"
        answered = {"survey": "end-user-nps", "respondent": respondent, "score": 1, "comment": text}
        path = f"/v1/partners/northwind/responses/{UUID(int=number + 1)}"
        assert house.long.put(path, json=answered, headers=sent).status_code == 201, text
        comments[str(UUID(int=number + 1))] = text
    with services.database.reading() as session:
        stored = {row.slug: row.name for row in session.scalars(select(Partner))}
    assert {slug: stored[slug] for slug in names} == names
    read: dict[str, Any] = {}
    cursor = ""
    while cursor is not None:
        page = house.long.get(f"/v1/partners/northwind/responses?limit=100{cursor}", headers=sent).json
        read |= {one["response"]: one["comment"] for one in page["responses"]}
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert read.keys() == comments.keys()
    assert [one for one, text in comments.items() if (read[one] or "") != (text or "")] == []
    record_property("inputs tried", 2 * len(comments))


def test_they_stand_in_the_desk_and_in_its_files_as_text(app: flask.Flask, services: Services, record_property) -> None:
    world = World(services)
    world.partner("acme", 20)
    texts = [text for text in EVIL if text.strip()]
    for text in texts:
        say(world, "acme", text)
    visitor = Visitor(app.test_client(), services)
    visitor.come_in("admin")
    shown: list[str] = []
    path: str | None = "/desk/comments"
    while path:
        page = visitor.get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page.replace("&lt;", "")
        shown += written(page)
        onward = re.search(r'href="([^"]*)" rel="next"', page)
        path = unescape(onward[1]) if onward else None
    assert sorted(shown) == sorted(map(_one_line, texts))
    rows = list(csv.reader(StringIO(visitor.get("/desk/comments.csv").text, newline="")))[1:]
    assert sorted(row[-1].removeprefix("'") for row in rows) == sorted(
        printable(text).removeprefix("'") for text in texts
    )
    record_property("inputs tried", len(texts))


def test_they_come_in_by_files_and_rejected_lines_bring_them_back(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    texts = [text for text in EVIL if text.strip() == text and text]
    path = tmp_path / "answers.csv"
    _write(
        path, [["partner", "respondent", "audience", "metric", "score", "answered_at", "comment"]], texts, score="99"
    )
    assert bring_in(services, "responses", path).rejected == len(texts)
    again = tmp_path / "again.csv"
    rows = list(csv.reader(StringIO(rejected(path), newline="")))
    for row in rows[1:]:
        row[2 + 4] = "9"
    with again.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    outcome = bring_in(services, "responses", again)
    assert (outcome.created, outcome.rejected) == (len(texts), 0)
    with services.database.reading() as session:
        stored = sorted(session.scalars(select(Response.comment)))
    assert stored == sorted(text.replace("\r\n", "\n") for text in texts)


def _write(path: Path, rows: list[list[str]], texts: list[str], *, score: str) -> None:
    for number, text in enumerate(texts):
        rows.append(["acme", f"p{number}", "end_user", "nps", score, "2026-11-01", text])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
