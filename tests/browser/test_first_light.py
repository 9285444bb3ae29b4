"""From a tap in a real browser, on a page of another origin, to the gap report."""

import json

from feedback.partners.commands import create_partner
from tests.browser.person import Person
from tests.browser.service import Running, wait_for
from tests.browser.site import Site


def test_a_tap_and_a_comment_reach_the_report_and_the_page_reads_nothing(
    anna: Person, site: Site, running: Running
) -> None:
    services = running.world.services
    with services.database.transaction() as session:
        fabrikam = create_partner(session, "fabrikam", "Fabrikam", now=services.clock())
    site.serve(running.url, running.tag("anna", partner="fabrikam"))
    anna.visit(site.origin)
    anna.is_asked()
    anna.card.get_by_text("How likely are you to recommend Wellnow").wait_for()
    anna.card.get_by_text("This goes to Wellnow, not to Fabrikam").wait_for()
    anna.number(9).click()
    anna.card.get_by_role("textbox").fill("Saves me an hour zebra")
    anna.button("Send").click()

    # Folded by then, so the report has it: the command that prints it takes its own time to start.
    wait_for(lambda: [one.score for one in running.voices("anna", fabrikam)] == [9])
    report = json.loads(running.feedback("gap", "--format", "json"))
    (partner,) = [one for one in report["partners"] if one["partner"] == "fabrikam"]
    assert (partner["end_user"]["people"], partner["end_user"]["histogram"][9]) == (1, 1)

    anna.card.get_by_text("Thank you.").wait_for()
    heard = anna.page.evaluate("heard")
    assert any('"ready"' in one for one in heard), "the spy hears what there is to hear"
    assert not [one for one in heard if "zebra" in one or '"score"' in one]
    assert anna.page.evaluate("peek()") == [["null", "SecurityError"]]
