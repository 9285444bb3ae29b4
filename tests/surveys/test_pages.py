"""Page rules: what is taken, what is refused and why, and that a table says the same as the pattern it was made of."""

import re
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback.core.errors import Code, Problem
from feedback.surveys import automata, pages
from feedback.surveys.patterns import Unreadable
from tests.surveys.page_cases import CASES, FILE, SHOP, written


def walk(table: Mapping[str, Any], text: str) -> bool:
    """What the page does with a table."""
    state = 0
    for character in text:
        moves = table["moves"][state]
        state = moves.get(character, moves.get("", -1))
        if state < 0:
            return False
    return state in table["accept"]


def fits(kind: str, pattern: str, text: str) -> bool:
    return walk(pages.compiled({"path": {kind: pattern}})["path"], text)


def refused(rule: Any) -> tuple[str, str]:
    """The place of the fault and what is said about it."""
    with pytest.raises(Problem) as caught:
        pages.check(rule)
    assert caught.value.code is Code.INVALID
    [(place, [what])] = caught.value.details["errors"].items()
    assert place in caught.value.detail
    assert what in caught.value.detail
    return place, what


@pytest.mark.parametrize(("rule", "fitting", "missing"), CASES, ids=lambda one: str(one)[:40])
def test_a_rule_fits_its_pages_and_no_others(rule: dict[str, Any], fitting: list[str], missing: list[str]) -> None:
    def holds(one: Mapping[str, Any], address: str) -> bool:
        if "all" in one:
            return all(holds(part, address) for part in one["all"])
        if "any" in one:
            return any(holds(part, address) for part in one["any"])
        if "not" in one:
            return not holds(one["not"], address)
        path = re.split(r"[?#]", address)[0]
        return walk(one["path"], path) if "path" in one else walk(one["url"], SHOP + address)

    def as_browsers_do(address: str) -> str:
        return "".join(
            character if character.isascii() and character != " " else "".join(f"%{b:02X}" for b in character.encode())
            for character in address
        )

    made = pages.compiled(rule)
    for address in fitting:
        assert holds(made, as_browsers_do(address)), address
    for address in missing:
        assert not holds(made, as_browsers_do(address)), address


def test_the_pages_own_tests_walk_the_tables_that_are_made_here() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "write it anew: python -m tests.surveys.page_cases"


_LETTERS = "abc/-1."
_texts = st.text(_LETTERS + "XY_%", min_size=1, max_size=12)


def _classes() -> st.SearchStrategy[str]:
    members = st.lists(st.sampled_from(["a", "b", "/", r"\d", r"\w", "a-c", r"\-", r"\S", "1"]), min_size=1, max_size=3)
    return st.builds(lambda negated, some: f"[{negated}{''.join(some)}]", st.sampled_from(["", "^"]), members)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = inner.map(lambda one: f"(?:{one})")
    counts = st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "{1,3}", "*?", "+?", "??", "{1,2}?"])
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({'|'.join(some)})"),
        st.builds(lambda one, count: one + count, grouped, counts),
    )


_atoms = st.one_of(st.sampled_from([r"\.", ".", r"\d", r"\W", "a", "b", "c", "/", "-", "1", ""]), _classes())
_patterns = st.recursive(_atoms, _larger, max_leaves=7)
_anchored = st.builds(
    lambda first, body, last: f"{first}{body}{last}",
    st.sampled_from(["", "^", "(^|/)", "(?:^a|b)"]),
    _patterns.map(lambda one: f"(?:{one})"),
    st.sampled_from(["", "$", "(/|$)", "(?:a$|b)"]),
)


@settings(max_examples=150, deadline=None)
@given(pattern=_anchored, texts=st.lists(_texts, min_size=5, max_size=20))
def test_a_table_says_what_the_expression_says(pattern: str, texts: list[str]) -> None:
    try:
        table = automata.table("regex", pattern)
    except Unreadable as error:
        # An expression like `^^a` is taken; one that nothing can fit is said to be so.
        assert "no address" in str(error)
        assert not any(re.search(pattern, text, re.ASCII) for text in texts)
        return
    made = {"accept": table.accept, "moves": table.moves}
    for text in texts:
        assert walk(made, text) == bool(re.search(pattern, text, re.ASCII)), text


@settings(max_examples=100, deadline=None)
@given(text=st.text("ab/", min_size=1, max_size=6), addresses=st.lists(st.text("ab/", max_size=12), max_size=20))
def test_plain_texts_say_what_strings_say(text: str, addresses: list[str]) -> None:
    for address in [*addresses, text, text * 2]:
        assert fits("exact", text, address) == (address == text)
        assert fits("prefix", text, address) == address.startswith(text)
        assert fits("contains", text, address) == (text in address)


@settings(max_examples=100, deadline=None)
@given(pattern=st.text("ab/*?", min_size=1, max_size=8), addresses=st.lists(st.text("ab/", max_size=10), max_size=20))
def test_a_glob_says_what_it_says_as_an_expression(pattern: str, addresses: list[str]) -> None:
    meanings = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    expression = re.sub(r"\*\*|\*|\?", lambda found: meanings[found[0]], pattern)
    for address in addresses:
        assert fits("glob", pattern, address) == bool(re.fullmatch(expression, address)), address


@settings(max_examples=120, deadline=None)
@given(st.text(r"ab\(){}[]|*+?^$.-,0129kdwsbux:=!<>é ", max_size=25))
def test_whatever_is_written_is_taken_or_refused_with_a_sentence(text: str) -> None:
    assume(text)
    try:
        pages.check({"path": {"regex": text}})
    except Problem as problem:
        assert problem.code is Code.INVALID
        assert problem.detail.endswith(".")
    else:
        re.compile(text.replace("(?<", "(?P<"))


def test_an_expression_that_ruins_others_is_walked_in_time() -> None:
    table = pages.compiled({"path": {"regex": "(a+)+b"}})["path"]
    started = time.perf_counter()
    assert not walk(table, "a" * 50_000)
    assert walk(table, "a" * 50_000 + "b")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|b)*a(a|b){12}",
        "((a?){200}){200}",
        "((((){200}){200}){200}){200}",
        "x{199}y",
        "(" * 19 + "a{9}" + "){9}" * 19,
    ],
)
def test_an_expression_that_needs_too_many_states_is_refused_quickly(pattern: str) -> None:
    started = time.perf_counter()
    _, what = refused({"path": {"regex": pattern}})
    assert "more than 200 states" in what
    assert time.perf_counter() - started < 2


def test_a_text_may_need_as_many_states_as_there_are() -> None:
    assert fits("contains", "x" * 199, "/" + "x" * 199)
    assert "more than 200 states" in refused({"path": {"contains": "x" * 200}})[1]


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"(a)\1", "write the alternatives out"),
        (r"(?<n>a)\k<n>", "write the alternatives out"),
        (r"/app(?!/admin)", "combine rules with all, any and not"),
        (r"(?<=/)app", "combine rules with all, any and not"),
        (r"\bapp\b", "(/|$)"),
        (r"[äö]", "(ä|...)"),
        (r"/users/{id}", r"write \{"),
        (r"[]", "write \\]"),
        (r"[z-a]", "write \\-"),
        (r"[\d-z]", "write \\-"),
        (r"[a", "write \\["),
        (r"(a", "write \\("),
        (r"a)", "write \\)"),
        (r"a]", r"write \]"),
        (r"*a", r"write \*"),
        (r"^*", r"write \*"),
        (r"a**", r"write \*"),
        (r"a{3,1}", "the smaller number first"),
        (r"a{201}", "write * or +"),
        (r"\p{L}", "write the character itself"),
        ("a\\", "write \\\\"),
        (r"\ud83d", "write the whole one"),
        (r"a^b", "^ and $"),
        ("(" * 21 + "a" + ")" * 21, "flatter"),
    ],
)
def test_what_is_not_taken_is_refused_with_what_to_write_instead(pattern: str, instead: str) -> None:
    place, what = refused({"any": [{"path": {"exact": "/"}}, {"path": {"regex": pattern}}]})
    assert place == "pages.any.1.path.regex"
    assert instead in what


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        (None, "pages"),
        ([], "pages"),
        ({}, "pages"),
        ({"path": {"exact": "/"}, "url": {"exact": "/"}}, "pages"),
        ({"host": {"exact": "x"}}, "pages.host"),
        ({"all": []}, "pages.all"),
        ({"all": {"path": {"exact": "/"}}}, "pages.all"),
        ({"not": [{"path": {"exact": "/"}}]}, "pages.not"),
        ({"path": "/app"}, "pages.path"),
        ({"path": {"ends": "/app"}}, "pages.path"),
        ({"path": {"exact": ""}}, "pages.path.exact"),
        ({"path": {"exact": 5}}, "pages.path.exact"),
        ({"path": {"exact": "x" * 501}}, "pages.path.exact"),
        ({"all": [{"path": {"exact": "/"}}] * 41}, "pages.all.40.path"),
        ({"url": {"prefix": "https://münchen.example/"}}, "pages.url.prefix"),
        ({"url": {"regex": "^https://münchen.example/"}}, "pages.url.regex"),
        ({"path": {"regex": r"^\w{150}"}}, "pages"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused_where_it_does_not(rule: Any, place: str) -> None:
    assert refused(rule)[0] == place


def test_rules_are_nested_at_most_eight_deep() -> None:
    rule: dict[str, Any] = {"path": {"exact": "/"}}
    for _ in range(7):
        rule = {"not": rule}
    pages.check(rule)
    assert refused({"not": rule})[0] == "pages" + ".not" * 8 + ".path"


def test_a_rule_is_said_in_words_for_whoever_asks_why() -> None:
    rule = {"all": [{"path": {"glob": "/app/*"}}, {"not": {"any": [{"url": {"contains": "?x"}}]}}]}
    assert pages.compiled(rule)["text"] == "(path glob /app/* and not url contains ?x)"
    assert "text" not in pages.compiled(rule)["all"][0]


def test_beyond_ascii_a_path_is_compared_as_browsers_write_it() -> None:
    assert fits("regex", "^/é+$", "/%C3%A9%C3%A9")
    assert not fits("regex", "^/é+$", "/%C3%A9%A9")
    assert fits("regex", r"\u00e9\x2f$", "/%C3%A9/")
