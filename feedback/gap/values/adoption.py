"""What people did, beside what they said: seats, licences, promotions."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal


@dataclass(frozen=True)
class Adoption:
    """Seats by how far they got. Every deployed seat is exactly one of engaged, never, abandoned and lapsed."""

    licences: Annotated[int | None, "In force on quality.licences_on; null if none."] = None
    deployed: Annotated[int, "Seats deployed and not left."] = 0
    active_once: Annotated[int, "Of them, active at least once."] = 0
    activated: Annotated[int, "Of them, active at least once after onboarding."] = 0
    engaged: Annotated[int, "Of them, active in the last 30 days (a setting)."] = 0
    never: Annotated[int, "Of them, without any activity."] = 0
    abandoned: Annotated[int, "Of them, with no activity later than 14 days (a setting) after deployment."] = 0
    lapsed: Annotated[int, "Of them, the others."] = 0
    activated_abandoned: Annotated[int, "Of the abandoned, those that had been activated."] = 0
    active: Annotated[
        int | None,
        "Distinct seats active in the window, or in the month, also those that left since; null by segment and cohort, "
        "and where no activity is on record.",
    ] = None
    activation: Annotated[
        float | None,
        "Activated seats as a share of licences, 0..1, at partners that have licences; null without, or where no "
        "activity is on record.",
    ] = None
    engagement: Annotated[
        float | None,
        "Engaged seats as a share of deployed ones, 0..1; null without any, or where no activity is on record.",
    ] = None
    meaningful: Annotated[int, "Seats that did what the product is for, where the vendor says so."] = 0
    median_days_to_value: Annotated[
        float | None, "From deployment to the first meaningful action; half of those who got there took no longer."
    ] = None
    sentences: Annotated[tuple[str, ...], "The two things to know, in words."] = ()


@dataclass(frozen=True)
class CohortRow:
    """Seats that were deployed in the same month."""

    month: Annotated[str, "The month of deployment, like 2026-11."]
    adoption: Adoption


Finding = Literal["never_told", "told_not_wanted", "told_and_used", "used_untold", "too_early", "unknown"]


@dataclass(frozen=True)
class Exposure:
    """Whether a partner told its people about the product: never told and not wanted are two different findings."""

    promotions: Annotated[int, "How often people were told, up to the end of the window."] = 0
    first_on: Annotated[date | None, "Since when."] = None
    last_on: Annotated[date | None, "When last."] = None
    reach: Annotated[int | None, "People reached by the widest one, where it is known."] = None
    finding: Annotated[Finding, "What exposure and activation together say."] = "unknown"
    sentence: Annotated[str, "The same in words."] = ""
