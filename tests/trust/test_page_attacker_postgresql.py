"""The attacks of a buyer, shortened, on the other kind of database: half a year of pages, and every door that reads."""

import pytest
from werkzeug.routing import Rule

from feedback.app import create_app
from feedback.core.services import Services
from tests.gap.world import World
from tests.trust.attacker import attack
from tests.trust.partners_hands import Town
from tests.trust.test_page_attacker import lived, read
from tests.trust.test_page_every_door import walk
from tests.trust.years import year

DATABASES = ("postgresql",)
_MONTHS = 6


@pytest.mark.requirement(
    "TRUST blind-buyer-7: an attacker with pages and three answers recovers no answer on PostgreSQL"
)
def test_half_a_year_of_pages_gives_no_single_answer_away(services: Services) -> None:
    of = year(1)
    released = lived(World(services), of, _MONTHS)
    assert len(released) >= 2 and any(one.shown.groups for one in released)
    pages = [known for one in released for known in read(of, one)]
    own = {voice: said for voice, said in of.said.items() if voice[0] in of.own and voice[1] < _MONTHS}
    found = attack(pages, own)
    assert not found.contradicts, "the attacker understands the pages"
    assert found.answers == {}


@pytest.mark.requirement("TRUST blind-buyer-1: no credential of a partner reads what people said on PostgreSQL")
def test_no_door_that_reads_tells_a_partner_what_people_said(services: Services) -> None:
    town = Town(create_app(services.settings, services), services)

    def reads(rule: Rule) -> bool:
        return rule.methods == {"GET", "HEAD", "OPTIONS"} and rule.rule.startswith(("/v1/", "/p/", "/s/"))

    wrong = [line for hold in town.holds() for line in walk(town, hold, reads)]
    assert wrong == []
