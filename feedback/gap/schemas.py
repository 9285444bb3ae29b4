"""The one schema of the gap report: for the API, the CLI, files and pages."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from feedback.gap.values import GapReport
from feedback.http.fields import Day, Moment, Text

_NULLABLE: dict[str, Any] = {"allow_none": True, "required": True}
_GAP_OR_NULL = {"description": "Null where either side has nobody."}


class _Schema(Schema):
    class Meta:
        # Said so in OpenAPI too: readers must expect members to be added.
        unknown = EXCLUDE


class ScoreSchema(_Schema):
    """One side's score. Nobody: people 0, and score, low and high null; never a score of 0."""

    score = fields.Float(**_NULLABLE, metadata={"description": "Points; nps -100..100, csat and ces 0..100."})
    low = fields.Float(**_NULLABLE, metadata={"description": "Lower end of the 95 % interval, points."})
    high = fields.Float(**_NULLABLE, metadata={"description": "Upper end of the 95 % interval, points."})
    people = fields.Integer(required=True, metadata={"description": "Each once, at the latest answer in the window."})
    histogram = fields.List(
        fields.Integer(), required=True, metadata={"description": "Eleven counts of people: scores 0 to 10."}
    )


class HeadlineScoreSchema(ScoreSchema):
    """The headline's score and the question that it answers."""

    estimand = fields.String(required=True, metadata={"description": "In words: whose score, weighted how."})


class GapSchema(_Schema):
    """End-user score less buyer score. Negative: users are unhappier than their buyer."""

    points = fields.Float(required=True)
    low = fields.Float(**_NULLABLE, metadata={"description": "Lower end of the 95 % interval, points."})
    high = fields.Float(**_NULLABLE, metadata={"description": "Upper end of the 95 % interval, points."})
    p_value = fields.Float(
        **_NULLABLE,
        metadata={"description": "About buyers like these; null with fewer than two of them or one partner."},
    )
    provable = fields.Boolean(required=True, metadata={"description": "Two buyers or more, and p_value below 0.05."})


class HeadlineSchema(_Schema):
    """Both sides over the partners that have both and licences; in a partner's report that partner's own."""

    end_user = fields.Nested(HeadlineScoreSchema, required=True)
    buyer = fields.Nested(HeadlineScoreSchema, required=True)
    gap = fields.Nested(GapSchema, **_NULLABLE, metadata=_GAP_OR_NULL)


class PartnerGapSchema(_Schema):
    """One partner: everybody counts the same; the gap's interval is about its very buyers."""

    partner = fields.String(required=True, metadata={"description": "Slug."})
    name = fields.String(required=True)
    licences = fields.Integer(**_NULLABLE, metadata={"description": "In force on quality.licences_on; null if none."})
    end_user = fields.Nested(ScoreSchema, required=True)
    buyer = fields.Nested(ScoreSchema, required=True)
    gap = fields.Nested(GapSchema, **_NULLABLE, metadata=_GAP_OR_NULL)


class MonthGapSchema(_Schema):
    """One month as a window of its own: each side where it answered; the gap over partners that have both sides."""

    month = fields.String(required=True, metadata={"description": "Like 2026-11."})
    end_user = fields.Nested(ScoreSchema, required=True)
    buyer = fields.Nested(ScoreSchema, required=True)
    gap = fields.Nested(GapSchema, **_NULLABLE, metadata=_GAP_OR_NULL)


class SegmentGapSchema(_Schema):
    """People with one value of a declared attribute, of all partners, each counting the same."""

    attribute = fields.String(required=True)
    value = fields.String(required=True)
    end_user = fields.Nested(ScoreSchema, required=True)
    buyer = fields.Nested(ScoreSchema, required=True)
    gap = fields.Nested(GapSchema, **_NULLABLE, metadata=_GAP_OR_NULL)


class VendorAloneSchema(_Schema):
    """The headline if only answers counted that the vendor vouches for."""

    end_user = fields.Nested(ScoreSchema, required=True)
    buyer = fields.Nested(ScoreSchema, required=True)
    gap = fields.Nested(GapSchema, **_NULLABLE, metadata=_GAP_OR_NULL)


class PeriodSchema(_Schema):
    """Whole months."""

    first_day = Day(required=True, data_key="from")
    last_day = Day(required=True, data_key="to")
    unfinished = fields.Boolean(
        required=True, data_key="partial", attribute="partial", metadata={"description": "The last month is not over."}
    )


class OneSideSchema(_Schema):
    """One side over all partners that have it and licences."""

    score = fields.Nested(ScoreSchema, required=True)
    partners = fields.Integer(required=True)
    difference = fields.Float(**_NULLABLE, metadata={"description": "The headline less this score, points."})


class EachSideAloneSchema(_Schema):
    """What each side says where the other need not have answered. Not to be subtracted: the partners differ."""

    end_user = fields.Nested(OneSideSchema, required=True)
    buyer = fields.Nested(OneSideSchema, required=True)


class TrustSharesSchema(_Schema):
    """People by who vouches for their latest answer."""

    vendor = fields.Integer(required=True)
    partner = fields.Integer(required=True)
    none = fields.Integer(required=True)


class TrustSchema(_Schema):
    """Trust of both audiences, and which classes count."""

    counted = fields.List(fields.String(), required=True)
    end_user = fields.Nested(TrustSharesSchema, required=True)
    buyer = fields.Nested(TrustSharesSchema, required=True)


class SpreadSchema(_Schema):
    """Which standard error each interval of the headline uses: `between` partners or `within`, the larger."""

    end_user = fields.String(**_NULLABLE)
    buyer = fields.String(**_NULLABLE)
    gap = fields.String(**_NULLABLE)


class FreshnessSchema(_Schema):
    """When answers were last counted, and what waits to be."""

    folded_at = Moment(**_NULLABLE)
    waiting = fields.Integer(required=True, metadata={"description": "Changes not counted yet."})
    waiting_since = Moment(**_NULLABLE)
    set_aside = fields.Integer(required=True, metadata={"description": "Changes that could not be counted."})


class QualitySchema(_Schema):
    """What does not count in the headline and why, and how far to trust what does."""

    notes = fields.List(fields.String(), required=True, metadata={"description": "All that matters, in plain words."})
    headline_partners = fields.Integer(required=True)
    seat_coverage = fields.Float(
        **_NULLABLE, metadata={"description": "Share of all licences that the headline's partners hold, 0..1."}
    )
    licences_on = Day(required=True)
    spread = fields.Nested(SpreadSchema, required=True)
    without_licences = fields.List(fields.Nested(PartnerGapSchema), required=True)
    one_sided = fields.List(fields.Nested(PartnerGapSchema), required=True)
    silent = fields.List(fields.Nested(PartnerGapSchema), required=True)
    each_side_alone = fields.Nested(EachSideAloneSchema, **_NULLABLE)
    trust = fields.Nested(TrustSchema, required=True)
    vendor_alone = fields.Nested(VendorAloneSchema, required=True)
    left_partners_people = fields.Integer(required=True)
    freshness = fields.Nested(FreshnessSchema, required=True)


class GapReportSchema(_Schema):
    """The gap report. A new major shape gets a new number in `schema`; members may be added within one."""

    schema = fields.Constant(1, required=True, metadata={"type": "integer", "enum": [1]})
    metric = fields.String(required=True)
    period = fields.Nested(PeriodSchema, required=True)
    as_of = Moment(required=True)
    headline = fields.Nested(HeadlineSchema, required=True)
    partners = fields.List(fields.Nested(PartnerGapSchema), required=True)
    months = fields.List(fields.Nested(MonthGapSchema), required=True)
    segments = fields.List(fields.Nested(SegmentGapSchema), required=True)
    quality = fields.Nested(QualitySchema, required=True)


class GapQuerySchema(Schema):
    """What may be asked for; `queries.report` takes it as it is and says what does not fit."""

    metric = Text(20, load_default="nps", metadata={"description": "nps, csat or ces."})
    start = Text(
        20,
        load_default=None,
        data_key="from",
        metadata={"description": "2026-09 or 2026-09-15; widened to whole months."},
    )
    end = Text(20, load_default=None, data_key="to", metadata={"description": "As `from`; default: this month."})


GAP_REPORT = GapReportSchema()


def as_dict(report: GapReport) -> dict[str, Any]:
    """The report as JSON has it."""
    dumped: dict[str, Any] = GAP_REPORT.dump(report)
    return dumped
