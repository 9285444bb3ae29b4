"""What the doors for people's rights answer."""

from marshmallow import Schema, fields

from feedback.http.fields import Moment


class _Partner(Schema):
    slug = fields.String(required=True)
    name = fields.String(required=True)


class ExportSchema(Schema):
    """Everything that is held on a person: rows by the kind of data, and what was told to them."""

    partner = fields.Nested(_Partner, required=True)
    person = fields.String(required=True, metadata={"description": "As it was asked for; it is stored nowhere."})
    exported_at = Moment(required=True)
    kept_under = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    held = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()), required=True)
    outlives_an_erasure = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    notices = fields.List(fields.Dict(), required=True)


class ErasedSchema(Schema):
    """How many rows were deleted, by the kind of data; none: nothing was held."""

    rows = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
