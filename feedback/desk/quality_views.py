"""How far the desk may be trusted, and what to mend first; the long lists of that page as files."""

import flask

from feedback.core.months import label, month_of
from feedback.desk import door, quality, quality_blocks
from feedback.desk.leads import leads
from feedback.desk.table_files import csv_file
from feedback.gap import asked_and_answered, queries, sentences, words
from feedback.http.context import services

ROWS = 20

blueprint = door.behind_login("desk_quality")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/quality")
def page() -> flask.typing.ResponseReturnValue:
    """Every block with its verdict, problems first. `all` in the address names the list that is wanted whole."""
    here = services()
    with here.database.reading() as session:
        facts = quality.gather(session, here.settings, now=here.clock())
    found, idle = quality_blocks.blocks(facts), quality_blocks.unused(facts)
    return flask.render_template(
        "desk/quality.html",
        facts=facts,
        blocks=found,
        answer=quality_blocks.answer(found),
        levels=quality_blocks.LEVELS,
        unused=idle,
        by_need=sorted(facts.keys, key=lambda one: one.identifier not in idle),
        few=asked_and_answered.FEWEST,
        period=words.period_words(facts.report.period.first_day, facts.report.period.last_day),
        most={
            name: None if flask.request.args.get("all") == name else ROWS
            for name in ("embeds", "participation", "keys", "flags")
        },
        alike=quality.alike,
        leads=leads,
        month=label,
        last_month=label(month_of(facts.now) - 1),
        say=sentences,
        words=words,
    )


@blueprint.get("/desk/quality/participation.csv")
def participation_csv() -> flask.Response:
    """Who could have answered, who was asked and who did, by partner."""
    here = services()
    with here.database.reading() as session:
        report = queries.report(session, here.settings, now=here.clock())
        rows = asked_and_answered.by_partner(session, report)
    titles = ("partner", "name", "could have answered", "shown a survey", "answered", "share")
    lines = [(one.partner, one.name, one.could, one.shown, one.answered, one.share) for one in rows]
    return csv_file("participation.csv", titles, lines)


@blueprint.get("/desk/quality/embeds.csv")
def embeds_csv() -> flask.Response:
    """What there is to do about the widget, a line per partner and finding."""
    here = services()
    with here.database.reading() as session:
        rows = quality.embeds(session, here.settings, now=here.clock())
    lines = [
        (one.slug, one.name, told.level.value, told.text, one.seen_at.isoformat() if one.seen_at else None)
        for one in rows
        for told in one.findings
    ]
    return csv_file("embeds.csv", ("partner", "name", "level", "finding", "seen last"), lines)
