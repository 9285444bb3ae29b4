"""Pictures of use and of judgement: what becomes of a licence, states, a partner month by month."""

from itertools import groupby, pairwise

from tools.gap_page import cases
from tools.gap_page.svg import WIDTH, Picture, Scale

NAMES = {
    "compounding": "compounding",
    "pre_churn": "pre-churn",
    "buyer_friction": "buyer friction",
    "broken_value": "broken value",
    "undetermined": "undetermined",
}
_COLOURS = {
    "compounding": "good",
    "pre_churn": "bad",
    "buyer_friction": "buyer",
    "broken_value": "dark",
    "undetermined": "soft",
}


def adoption() -> Picture:
    """From licences over deployed seats to the four fates, by the questions that are asked in turn."""
    found = cases.fates()
    picture = Picture(
        "What becomes of a licence",
        f"{cases.LICENCES} licences, {found['deployed']} seats deployed. Active in the last 30 days: engaged, "
        f"{found['engaged']}. Else without any activity: never, {found['never']}. Else with no activity later than 14 "
        f"days after deployment: abandoned, {found['abandoned']}. Else lapsed, {found['lapsed']}.",
        height=372,
    )
    _leaf(picture, 12, 14, "licences", cases.LICENCES, "ink")
    _leaf(picture, 236, 14, "not deployed", cases.LICENCES - found["deployed"], "soft")
    picture.line(124, 34, 236, 34)
    picture.line(66, 54, 66, 76)
    _leaf(picture, 12, 76, "deployed", found["deployed"], "ink")
    picture.line(66, 116, 66, 140)
    questions = (
        (f"active in the last {cases.ENGAGED_DAYS} days?", "yes", "engaged", "good"),
        ("any activity at all?", "no", "never", "dark"),
        (f"any later than {cases.ABANDONED_DAYS} days after", "no", "abandoned", "bad"),
    )
    y = 140.0
    for place, (words, answer, fate, kind) in enumerate(questions):
        picture.box(12, y, 176, 40, "box", 8)
        lines = (words,) if place < 2 else (words, "it was deployed?")
        for row, line in enumerate(lines):
            picture.text(100, y + 24 - 7 * (len(lines) - 1) + 15 * row, line, "", "middle")
        picture.line(188, y + 20, 236, y + 20)
        picture.text(212, y + 15, answer, "soft", "middle")
        _leaf(picture, 236, y, fate, found[fate], kind)
        picture.line(66, y + 40, 66, y + 60)
        picture.text(72, y + 55, "no" if answer == "yes" else "yes", "soft")
        y += 60
    _leaf(picture, 12, y, "lapsed", found["lapsed"], "buyer")
    return picture


def _leaf(picture: Picture, x: float, y: float, words: str, count: int, kind: str) -> None:
    picture.box(x, y, 112, 40, f"{kind} paler", 8)
    picture.box(x, y, 4, 40, kind)
    picture.text(x + 14, y + 17, f"{count}", "strong")
    picture.text(x + 14, y + 33, words)


def states() -> Picture:
    """The four states over both probabilities: where one is entered, where it is kept, and the example's way."""
    picture = Picture(
        "The four states",
        "A square: to the right the probability that the buyer side is fine, upwards that the end-user side is. In "
        "each corner a state, entered in the inner field at 0.8 and kept in the wider one down to 0.6; in the middle "
        "nothing is named. Numbers mark the months of the example.",
        height=388,
    )
    x, y = Scale(0, 1, 40, WIDTH - 14), Scale(0, 1, 340, 34)
    corners = (
        ("compounding", True, True),
        ("pre_churn", False, True),
        ("buyer_friction", True, False),
        ("broken_value", False, False),
    )
    for name, up, right in corners:
        for reached, strength in ((0.6, "paler"), (0.8, "pale")):
            field = [_corner(share, reached, up=up, right=right) for share in _steps(reached)]
            field.append((float(right), float(up)))
            picture.curve([(x(b), y(u)) for b, u in field], f"{_COLOURS[name]} {strength}", closed=True)
        picture.text(x(0.985 if right else 0.015), y(0.94 if up else 0.035), NAMES[name], "strong", _side(right))
    picture.box(x(0), y(1), x(1) - x(0), y(0) - y(1), "box")
    for tick in (0.0, 0.5, 1.0):
        picture.text(x(tick), 357, f"{tick:g}", "soft", "middle")
        picture.text(34, y(tick) + 4, f"{tick:g}", "soft", "end")
    picture.text(x(0.5), 376, "buyers fine: probability", "soft", "middle")
    picture.text(12, 20, "end users fine: probability", "soft")
    known = [(place, told) for place, told in enumerate(cases.story(), start=1) if told.buyers is not None]
    for (first, told), (then, later) in pairwise(known):
        ends = x(told.buyers or 0), y(told.users), x(later.buyers or 0), y(later.users)
        picture.line(*ends, "wink" if then == first + 1 else "dash")
    for place, told in known:
        at = x(told.buyers or 0), y(told.users)
        picture.dot(*at, 3.5, "ink")
        picture.text(
            at[0] + (-9 if (told.buyers or 0) > 0.5 else 9), at[1] + 4, str(place), "strong", _side(at[0] > 200)
        )
    return picture


def _side(right: object) -> str:
    return "end" if right else "start"


def _steps(reached: float) -> list[float]:
    return [reached + (1 - reached) * step / 24 for step in range(25)]


def _corner(share: float, reached: float, *, up: bool, right: bool) -> tuple[float, float]:
    """A point where the product of both sides' probabilities for a corner is `reached`: (buyers, users)."""
    buyers, users = share, reached / share
    return (buyers if right else 1 - buyers), (users if up else 1 - users)


def months() -> Picture:
    """The example's months: how probable the likeliest state is, and what is named."""
    picture = Picture(
        "A partner month by month",
        "Dots at the probability of each month's likeliest state, between lines at 0.8, where a state is entered, and "
        "0.6, where it is left; under them the state that is named.",
        height=254,
    )
    story = cases.story()
    x, y = Scale(0.5, len(story) + 0.5, 40, WIDTH - 20), Scale(0.2, 1, 176, 18)
    for tick, kind in ((1.0, "grid"), (0.8, "dash"), (0.6, "dash"), (0.4, "grid"), (0.2, "grid")):
        picture.line(40, y(tick), WIDTH - 20, y(tick), kind)
        picture.text(34, y(tick) + 4, f"{tick:g}", "soft", "end")
    picture.text(x(6), y(0.8) - 5, "entered", "soft", "middle")
    picture.text(x(6), y(0.6) - 5, "kept", "soft", "middle")
    for place, told in enumerate(story, start=1):
        named = _COLOURS[told.state]
        picture.box(x(place - 0.5) + 1, 200, x(place + 0.5) - x(place - 0.5) - 2, 10, named)
        picture.text(x(place), 193, str(place), "soft", "middle")
        if told.quadrants is not None:
            likeliest = max(told.quadrants, key=told.quadrants.__getitem__)
            picture.dot(x(place), y(told.quadrants[likeliest]), 5, _COLOURS[likeliest])
        else:
            picture.text(x(place), y(0.5), "?", "strong", "middle")
    at = 1
    for run, (state, own) in enumerate(groupby(story, key=lambda told: told.state)):
        picture.text(x(at - 0.5) + 1, 226 + 18 * (run % 2), NAMES[state], _COLOURS[state])
        at += len(list(own))
    return picture
