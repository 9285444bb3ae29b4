"""The page that walks from nothing to the first gap, and the part of it that looks again by itself."""

from functools import cache
from pathlib import Path

import flask

from feedback.desk import door, first_run
from feedback.desk.first_run import FirstRun
from feedback.desk.leads import leads
from feedback.http.context import services

_POLICY = f"{door.POLICY_WITH_SCRIPTS}; connect-src 'self'"
LANGUAGES = {
    "python": "Python",
    "node": "Node",
    "php": "PHP",
    "ruby": "Ruby",
    "java": "Java",
    "go": "Go",
    "csharp": "C#",
}

blueprint = door.behind_login("desk_first_run")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/first-steps")
def page() -> flask.Response:
    """The five steps as they stand."""
    return shown(_stands())


@blueprint.get("/desk/first-steps/state")
@door.by_itself
def state() -> flask.typing.ResponseReturnValue:
    """Only how the steps stand: what the page fetches every few seconds."""
    return flask.render_template("desk/first_run_state.html", run=_stands())


def shown(run: FirstRun) -> flask.Response:
    """The page about these steps."""
    here = services()
    response = flask.make_response(
        flask.render_template(
            "desk/first_run.html",
            run=run,
            url=here.settings.public_url,
            snippets=_snippets(),
            leads=leads,
            acts=flask.g.viewer.role == "admin",
        )
    )
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _stands() -> FirstRun:
    here = services()
    with here.database.reading() as session:
        return first_run.look(session, here.settings, now=here.clock())


@cache
def _snippets() -> dict[str, str]:
    """By the name of its language, how a server signs a token."""
    folder = Path(__file__).with_name("snippets")
    return {words: (folder / f"{name}.txt").read_text(encoding="utf-8") for name, words in LANGUAGES.items()}
