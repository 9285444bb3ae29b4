"""Colours of text on the page's paper reach WCAG AA, in light and in dark."""

import re

import pytest

from feedback.gap.pictures import STYLE

_SHEET = STYLE.read_text()
_COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--(\w+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)", _SHEET)
}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "field"])
@pytest.mark.parametrize("text", ["ink", "soft", "user", "buyer", "bad", "good", "dark"])
def test_text_can_be_read(text: str, ground: str, scheme: int) -> None:
    lighter, darker = sorted((luminance(_COLOURS[name][scheme]) for name in (text, ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
