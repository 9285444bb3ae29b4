"""What stands on the card of one survey version, in one language: the values of the frame's template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback.surveys import theme, words
from feedback.surveys.definition import Definition
from feedback.surveys.models import OPTIONS, SCALES

_BANDS_FROM = {"nps": (7, 9), "csat": (3, 4), "ces": (4, 5)}
"""The lowest score of the middle and of the upper band."""
_IN_A_ROW = {"nps": (11, 6), "csat": (5, 5), "ces": (7, 4)}
"""Numbers in a row, in a wide and in a narrow window: targets stay at 44 px, at 40 in one of 320."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what of whom. `branding` as the partner's policy has it; `hosted`: on a page of our own, by link."""

    metric: str
    audience: str
    definition: Definition
    locale: str
    names: words.Names
    branding: str
    may_contact: bool
    hosted: bool

    def texts(self) -> dict[str, str]:
        """The words, by flat key."""
        definition = self.definition
        wording = words.wording_for(self.audience, self.metric, definition.wording)
        return words.texts(self.locale, wording, self.audience, self.names, definition.texts, definition.choices)

    def style(self) -> str:
        """The survey's own style sheet."""
        columns, narrow = _IN_A_ROW.get(self.metric, (1, 1))
        lowest, highest = SCALES[self.metric]
        ends = (str(lowest), str(highest)) if narrow < columns else None
        return theme.style(self.definition.theme, columns, narrow, ends, hosted=self.hosted)


def band(metric: str, score: int) -> int:
    """0, 1 or 2: which follow-up question and which thanks a score gets. Options are all alike: 1."""
    middle, upper = _BANDS_FROM.get(metric, (0, SCALES[metric][1] + 1))
    return (score >= middle) + (score >= upper)


_PRINT = ("where", "details_text", "hint", "delete", "never", "never_done")
_PRINT_OF_CONTACT = ("contact", "contact_address", "contact_note")


def printed(texts: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    """The question, and all that the card says of what becomes of an answer: what somebody knew who gave one."""
    keys = (*_PRINT, *_PRINT_OF_CONTACT) if values["contact"] else _PRINT
    return {"question": values["question"], "brand": values["brand"], **{key: texts[key] for key in keys}}


def values(asking: Asking, texts: dict[str, str]) -> dict[str, Any]:
    """What the template is rendered with. A part that the survey does not have is empty."""
    definition, names, metric = asking.definition, asking.names, asking.metric
    brands = {"own": names.vendor, "co_branded": f"{names.vendor} · {names.partner}", "white_label": ""}
    question = texts["unbranded" if asking.branding == "white_label" else "question"]
    # Who a buyer is and how to reach them is known.
    contact = definition.contact and asking.may_contact and asking.audience == "end_user"
    lowest, highest = SCALES[metric]
    options = OPTIONS.get(metric)
    labels = [texts[f"options.{one}"] for one in options] if options else list(map(str, range(lowest, highest + 1)))
    scale = [(score, band(metric, score), text) for score, text in enumerate(labels, start=lowest)]
    # Every band of the scale keeps its room, so that the card is as tall for each.
    bands = [(one, words.BANDS[one]) for one in sorted({one for _, one, _ in scale})]
    plain = ("hint", "send", "choices_label", "contact_note", "contact_address", "thanks", "details_text", "where")
    return {
        **{key: texts[key] for key in (*plain, "details", "delete", "never")},
        "locale": asking.locale,
        "dir": words.direction(asking.locale),
        "scheme": theme.scheme(definition.theme),
        "brand": brands[asking.branding],
        "question": question,
        "kind": "words" if options else "scale",
        "scale": scale,
        "low": texts.get("low", ""),
        "high": texts.get("high", ""),
        "choices": [(one, texts[f"choices.{one}"]) for one in definition.choices],
        "contact": texts["contact"] if contact else "",
        "follow_up": [(one, texts[f"follow_up.{name}"]) for one, name in bands],
        "thanks_more": [(one, texts[f"thanks_more.{name}"]) for one, name in bands],
        "done": texts["done"] if asking.hosted else "",
        "close": "" if asking.hosted else texts["close"],
    }
