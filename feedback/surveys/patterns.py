"""Texts and regular expressions of page rules, read into one small tree that `automata` makes a table of.

The expressions are the regular part of what a browser's `RegExp.test` takes, so that a search needs no going back:
literals, escapes, `.`, classes, groups, alternation, `*` `+` `?` `{m,n}`, `^` and `$`.
Addresses are ASCII: what is beyond, in an address, is written as percent-encoded UTF-8.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

OTHER, BEGIN, END = 128, 129, 130
"""Symbols beside the 128 of ASCII: every other character, and the two ends of a text."""
ASCII = (1 << 128) - 1
TEXT = ASCII | 1 << OTHER
ANY = TEXT | 1 << BEGIN | 1 << END

_MOST_REPEATS = 200
_DEEPEST = 20
_COUNT = re.compile(r"\{(\d{1,4})(,(\d{1,4})?)?\}")
_CODE = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})")
_KEPT_IN_ADDRESSES = "!#$%&'()*+,-./:;=?@[\\]^_{|}~"


@dataclass(frozen=True, slots=True)
class Chars:
    """One symbol out of a set, a bit for each."""

    mask: int


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part from `least` to `most` times; None: without end."""

    part: "Node"
    least: int
    most: int | None


Node = Chars | Row | Either | Repeat


class Unreadable(ValueError):
    """A pattern that is not taken; the message says where and what to write instead."""


def mask(characters: Iterable[str]) -> int:
    """The set of these ASCII characters."""
    bits = 0
    for character in characters:
        bits |= 1 << ord(character)
    return bits


_DIGITS = mask("0123456789")
_WORDS = _DIGITS | mask("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_SPACES = mask(" \t\n\r\f\v")
_SETS = {"d": _DIGITS, "w": _WORDS, "s": _SPACES, "D": TEXT ^ _DIGITS, "W": TEXT ^ _WORDS, "S": TEXT ^ _SPACES}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_BEGIN, _END = Chars(1 << BEGIN), Chars(1 << END)
_NOT_A_SLASH = Chars(TEXT ^ mask("/"))
_NOT_A_LINE_END = Chars(TEXT ^ mask("\n\r"))


def literal(text: str) -> Row:
    """`text` as an address has it. Raises Unreadable."""
    try:
        return Row(tuple(Chars(mask(character)) for character in quote(text, safe=_KEPT_IN_ADDRESSES)))
    except UnicodeEncodeError as error:
        raise Unreadable("It has half of a character in it; write the whole one instead of its escapes.") from error


def glob(text: str) -> Row:
    """`*`: any characters but a slash; `**`: any; `?`: one, but no slash."""
    special: dict[str, Node] = {
        "**": Repeat(Chars(TEXT), 0, None),
        "*": Repeat(_NOT_A_SLASH, 0, None),
        "?": _NOT_A_SLASH,
    }
    pieces = (piece for piece in re.split(r"(\*\*|\*|\?)", text) if piece)
    return Row((_BEGIN, *(special.get(piece) or literal(piece) for piece in pieces), _END))


def tree(kind: str, text: str) -> Node:
    """What `text` means as `exact`, `prefix`, `contains`, `glob` or `regex`. Raises Unreadable."""
    match kind:
        case "exact":
            return Row((_BEGIN, literal(text), _END))
        case "prefix":
            return Row((_BEGIN, literal(text)))
        case "contains":
            return literal(text)
        case "glob":
            return glob(text)
        case _:
            return _Reader(text).expression()


class _Reader:
    """Reads one regular expression from left to right, one method for each level of its grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def expression(self) -> Node:
        node = self._either()
        if self.at < len(self.text):
            raise self._refused("a ) without its (; write \\) for the character itself")
        return node

    def _either(self) -> Node:
        parts = [self._row()]
        while self._skip("|"):
            parts.append(self._row())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _row(self) -> Node:
        parts: list[Node] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated())
        return Row(tuple(parts))

    def _repeated(self) -> Node:
        if self._skip("^"):
            return _BEGIN
        if self._skip("$"):
            return _END
        node = self._atom()
        bounds = self._bounds()
        if bounds is None:
            return node
        # Lazy or not: whether a pattern fits at all is the same.
        self._skip("?")
        return Repeat(node, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self._skip(sign):
                return bounds
        found = _COUNT.match(self.text, self.at)
        if found is None:
            return None
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if max(least, most or 0) > _MOST_REPEATS:
            raise self._refused(f"more than {_MOST_REPEATS} repetitions; write * or +")
        if most is not None and most < least:
            raise self._refused("a smallest number above the greatest; write the smaller number first")
        self.at = found.end()
        return least, most

    def _atom(self) -> Node:
        if self._next() in set("*+?{"):
            raise self._refused(f"nothing that {self._next()} could repeat; write \\{self._next()} for the character")
        if self._next() in set("]}"):
            raise self._refused(f"a {self._next()} by itself; write \\{self._next()}")
        if self._skip("("):
            return self._group()
        if self._skip("["):
            return self._class()
        if self._skip("."):
            return _NOT_A_LINE_END
        if self._skip("\\"):
            found = self._escaped()
            return Chars(found) if isinstance(found, int) else literal(found)
        return literal(self._take())

    def _group(self) -> Node:
        named = re.compile(r"\?(:|<[a-zA-Z_$][\w$]*>)").match(self.text, self.at)
        if named:
            self.at = named.end()
        elif self._next() == "?":
            raise self._refused("a look-ahead or look-behind; combine rules with all, any and not")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._refused(f"more than {_DEEPEST} groups inside each other; write it flatter")
        node = self._either()
        if not self._skip(")"):
            raise self._refused("a ( without its ); write \\( for the character itself")
        self.depth -= 1
        return node

    def _class(self) -> Node:
        negated = self._skip("^")
        if self._next() == "]":
            raise self._refused("an empty class; write \\] for the character, or [\\s\\S] for any")
        bits = 0
        while not self._skip("]"):
            low = self._member()
            if self._next() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self._member()
                if isinstance(low, int) or isinstance(high, int) or low > high:
                    raise self._refused("a range that does not rise; write \\- for the character")
                bits |= mask(map(chr, range(ord(low), ord(high) + 1)))
            else:
                bits |= low if isinstance(low, int) else mask(low)
        return Chars(TEXT ^ bits if negated else bits)

    def _member(self) -> int | str:
        """One character of a class, or the set that an escape stands for."""
        if not self._next():
            raise self._refused("a [ without its ]; write \\[ for the character itself")
        found = self._escaped() if self._skip("\\") else self._take()
        if isinstance(found, str) and ord(found) >= OTHER:
            raise self._refused(f"{found} in a class; write alternatives: ({found}|...)")
        return found

    def _escaped(self) -> int | str:
        """What follows a backslash: a set of characters, or one character."""
        code = _CODE.match(self.text, self.at)
        if code:
            self.at = code.end()
            return chr(int(code[1] or code[2], 16))
        sign = self._take()
        if not sign:
            raise self._refused("a backslash at the end; write \\\\ for the character")
        if sign in _SETS:
            return _SETS[sign]
        if sign in "bB":
            raise self._refused("a word boundary; write what stands there, for instance (/|$) or [^a-z]")
        if sign in "123456789k":
            raise self._refused("a back reference; write the alternatives out")
        if sign not in _CONTROLS and (sign.isalnum() or ord(sign) >= OTHER):
            raise self._refused(f"the escape \\{sign}; write the character itself, or \\\\ for a backslash")
        return _CONTROLS.get(sign, sign)

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self) -> str:
        character = self._next()
        self.at += len(character)
        return character

    def _skip(self, sign: str) -> bool:
        found = self._next() == sign
        self.at += found
        return found

    def _refused(self, what: str) -> Unreadable:
        return Unreadable(f"At character {self.at + 1}: {what}.")
