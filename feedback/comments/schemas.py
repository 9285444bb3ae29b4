"""The forms of the comments page and of the call list."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load, validate

from feedback.comments.call_list import Outcome
from feedback.comments.commands import Remarks
from feedback.comments.models import RESTRICTIONS, STATUSES
from feedback.http.fields import Text
from feedback.responses.models import CONTACT_OUTCOMES

LONGEST_LABEL = 40
LONGEST_NOTE = 4000


class _FormSchema(Schema):
    """A form; its token and its way back are read elsewhere."""

    class Meta:
        """Fields of others are left alone."""

        unknown = EXCLUDE

    @pre_load
    def leave_out_empty(self, data: Mapping[str, str], **_: Any) -> dict[str, str]:
        """Without blanks around, and without the fields that are empty then."""
        return {name: text.strip().replace("\r\n", "\n") for name, text in data.items() if text.strip()}


class StatusSchema(_FormSchema):
    """How far the team is."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> str:
        """The status itself."""
        return str(data["status"])


class RemarksSchema(_FormSchema):
    """Label, note, restriction, claim and decision; a field that is left empty says that there is none."""

    label = Text(LONGEST_LABEL, load_default=None)
    note = Text(LONGEST_NOTE, load_default=None)
    restricted = fields.String(load_default=None, validate=validate.OneOf(RESTRICTIONS))
    claim_id = fields.UUID(load_default=None, data_key="claim")
    decision_id = fields.UUID(load_default=None, data_key="decision")

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Remarks:
        """A value instead of a dict."""
        return Remarks(**data)


class OutcomeSchema(_FormSchema):
    """What came of calling somebody; without `outcome` nobody has called yet."""

    outcome = fields.String(load_default=None, validate=validate.OneOf(CONTACT_OUTCOMES))
    note = Text(LONGEST_NOTE, load_default=None)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Outcome:
        """A value instead of a dict."""
        return Outcome(**data)
