"""The forms of the comments page."""

from typing import Any

from marshmallow import Schema, fields, post_load, pre_load, validate

from feedback.comments.commands import Remarks
from feedback.comments.models import RESTRICTIONS, STATUSES
from feedback.http.fields import Text

LONGEST_LABEL = 40
LONGEST_NOTE = 4000


class StatusSchema(Schema):
    """How far the team is."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> str:
        """The status itself."""
        return str(data["status"])


class RemarksSchema(Schema):
    """Label, note and restriction; a field that is left empty says that there is none."""

    label = Text(LONGEST_LABEL, load_default=None)
    note = Text(LONGEST_NOTE, load_default=None)
    restricted = fields.String(load_default=None, validate=validate.OneOf(RESTRICTIONS))

    @pre_load
    def strip(self, data: dict[str, str], **_: Any) -> dict[str, str]:
        """Without blanks around, and without the fields that are empty then."""
        return {name: text.strip() for name, text in data.items() if text.strip()}

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Remarks:
        """A value instead of a dict."""
        return Remarks(**data)
