"""A second factor's secret, as a picture for a telephone and as text for fingers."""

from dataclasses import dataclass

from markupsafe import Markup

from feedback.staff import second_factor

ISSUER = "Feedback"
"""Whose code it is, in the list that an authenticator shows."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """`picture` is an inline SVG, dark on white in light and in dark; `groups` are fours of the secret's letters."""

    picture: Markup
    groups: tuple[str, ...]


def draw(secret: str, email: str) -> Drawn:
    """The QR code of a secret in base 32, and the secret itself."""
    import segno

    code = segno.make(second_factor.address(secret, email, ISSUER), error="m", micro=False)
    svg = code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return Drawn(Markup(svg), tuple(secret[place : place + 4] for place in range(0, len(secret), 4)))  # nosec B704 # noqa: S704 - drawn here, without outside words
