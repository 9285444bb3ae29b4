"""What an employer sees, what it never sees, and which test would fail if it did: for whoever speaks for the people."""

from dataclasses import dataclass

RULE = "docs/explanation/releases.md"
"""Where the rule and its reasons are."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence, how it is tried, and the tests that fail when it does not hold: file, then name."""

    words: str
    tried: str
    tests: tuple[tuple[str, str], ...]


SEEN = (
    "About how many have a seat, were asked, answered and use the product: people in tens, shares in tens of percent.",
    (
        "One score of ten people or more, to the nearest ten points; a very high or low one as “or more” or “or less”."
        " Beside it, if each of them is ten people or more: the shares who are very, somewhat and not really likely to"
        " recommend the product, in tens of percent."
    ),
    (
        "Instead of that score and these shares, if it was chosen: one score for each group of ten people or more, and"
        " about how many of the group answered."
    ),
    "What many people wrote about, in a researcher’s own words, once ten or more wrote it and ten or more did not.",
    "What was changed because of the answers, and what is new in the product.",
    (
        "Whether the line that brings the question into its own pages was found there and works; not how often it was"
        " seen, and not by whom."
    ),
)
PROMISES = (
    Promise(
        "What one person answered.",
        "All ways in which small groups can have answered are tried: whatever is shown, each answer stays possible for"
        " everybody, even to somebody who knows three of the answers. A year of pages is attacked by subtracting, by"
        " overlapping groups, by totals, by time and by agreement.",
        (
            ("tests/privacy/test_rule.py", "test_every_answer_stays_possible_for_everybody_by_trying_all_worlds"),
            ("tests/trust/test_page_attacker.py", "test_a_year_of_pages_gives_no_single_answer_away"),
        ),
    ),
    Promise(
        "That one person answered, or did not.",
        "The shares who were asked and who answered are left out when they would tell of fewer than ten people, also of"
        " fewer than ten who kept silent. Groups that differ by fewer than ten people are never both shown.",
        (
            ("tests/privacy/test_rule.py", "test_the_few_who_kept_silent_are_not_counted"),
            ("tests/privacy/test_releases.py", "test_the_same_people_and_one_more_are_not_released_again"),
        ),
    ),
    Promise(
        "Anything that anybody wrote, word for word.",
        "Marked comments are planted; every address of the service is called with every key and link that an employer"
        " can have, and no byte of them comes back. A paraphrase that repeats four words of somebody is refused.",
        (
            ("tests/trust/test_page_every_door.py", "test_nothing_that_a_partner_holds_opens_what_people_said"),
            ("tests/trust/test_page_paraphrases.py", "test_words_of_somebody_are_refused"),
        ),
    ),
    Promise(
        "Names, addresses, pseudonyms, days or hours of answers.",
        "The same calls look for the pseudonyms, the days and the times of all who answered.",
        (("tests/trust/test_page_every_door.py", "test_nothing_that_a_partner_holds_opens_what_people_said"),),
    ),
    Promise(
        "A group of fewer than ten people, or its size.",
        "What is left out is looked for by adding and subtracting all that is shown, now and in all earlier months, by"
        " a program that finds every way to do so (linear programming).",
        (
            ("tests/privacy/test_rule.py", "test_how_many_are_in_a_hidden_group_cannot_be_told_within_the_minimum"),
            ("tests/privacy/test_rule.py", "test_tables_of_activation_are_wide_open_given_all_of_them"),
        ),
    ),
    Promise(
        "That somebody took an answer back or was erased.",
        "Somebody is erased after a release: the page stays the same, byte for byte.",
        (("tests/trust/test_page_partner.py", "test_an_erasure_does_not_show_on_the_page"),),
    ),
)
