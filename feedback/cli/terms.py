"""Commands about what partners allow, and what people are told."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from feedback.cli import context

if TYPE_CHECKING:
    from feedback.partners.models import Policy


@click.group()
def policies() -> None:
    """What partners allow, on what ground, and what their people are told of it."""


@policies.command()
@click.argument("slug")
def show(slug: str) -> None:
    """Show every policy that was recorded for partner SLUG, newest first: each held until the next. As JSON lines."""
    from feedback.partners.policies import recorded_policies
    from feedback.partners.queries import partner_by_slug

    with context.services() as services, services.database.reading() as session:
        found = recorded_policies(session, partner_by_slug(session, slug).id)
        for one in found:
            _print(_terms(one))
        if not found:
            click.echo("Nothing is recorded: the vendor's default policy holds.", err=True)


@policies.command(name="publish-notice")
@click.argument("version")
@click.argument("locale")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def publish_notice(version: str, locale: str, file: Path) -> None:
    """Keep the text of a privacy notice, for good: VERSION as policies name it, LOCALE like `de`, its text in FILE.

    What was published under a version is never changed; what says something else is another version.
    """
    from feedback.partners import notice_texts
    from feedback.partners.terms_api import NewNoticeSchema
    from feedback.staff.audit import CLI, record

    new = _loaded(NewNoticeSchema(), {"version": version, "locale": locale, "text": _read(file)})
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            _, is_new = notice_texts.publish_notice(session, new, actor=CLI, now=now)
            if is_new:
                record(session, CLI, "notice.published", version, {"locale": locale}, now)
    click.echo(f"{version} is on record in {locale}." if is_new else f"{version} was on record in {locale} already.")


@policies.command()
def notices() -> None:
    """Print every privacy notice that was published, whole, as JSON lines."""
    from feedback.partners.notice_texts import notices as published

    names = ("version", "locale", "text", "published_at", "published_by")
    with context.services() as services, services.database.reading() as session:
        for one in published(session):
            _print({name: getattr(one, name) for name in names})


@policies.command(name="of-answer")
@click.argument("slug")
@click.argument("response", type=click.UUID)
def of_answer(slug: str, response: UUID) -> None:
    """Show under which terms an answer was given: the policy that held, the notice, the words on the card. As JSON."""
    from feedback.partners.queries import partner_by_slug
    from feedback.responses.terms_shown import answer_terms

    with context.services() as services, services.database.reading() as session:
        _print(answer_terms(session, partner_by_slug(session, slug).id, response).as_json())


def _terms(policy: "Policy") -> dict[str, Any]:
    from feedback.partners.commands import PolicyTerms

    names = ("recorded_at", *PolicyTerms.__dataclass_fields__)
    return {name: getattr(policy, name) for name in names}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        click.echo(f"{file} is no text in UTF-8.", err=True)
        sys.exit(1)


def _loaded(schema: Any, data: dict[str, str]) -> Any:
    from marshmallow import ValidationError

    from feedback.core.errors import Code, Problem

    try:
        return schema.load(data)
    except ValidationError as error:
        told = "; ".join(f"{name}: {' '.join(said)}" for name, said in error.messages_dict.items())
        raise Problem(Code.INVALID, told) from error


def _print(values: dict[str, Any]) -> None:
    import orjson

    click.echo(orjson.dumps(values, default=str))
