"""Real-looking files of each kind: taken once, the same again changes nothing, a changed line is a revision."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select, update

from feedback.buyers.models import Buyer
from feedback.core.services import Services
from feedback.partners.models import Contract, Partner, Promotion
from feedback.responses.models import Response
from feedback.seats.attributes import Declared
from feedback.seats.commands import seat_id
from feedback.seats.models import ActivityMonth, Seat, SeatAttributes
from feedback.seats.queries import segments_by_id
from feedback.tallies.models import PartnerTally
from feedback.tallies.verify import verify
from tests.imports.files import bring_in, counts, everything, only, rejected, with_partners

CONTRACTS = """\
contract_id,partner,name,licences,starts_on,renews_on,yearly_value,currency,notice_on,outcome,decided_on,renewed_licences,renewed_value
SF-0001,acme,Acme GmbH,1200,2026-01-01,2027-01-01,120000.50,eur,,open,,,
SF-0002,nihon,日本商事,300,2025-04-01,2026-04-01,9000000,JPY,,Renewed,2026-03-01,350,9500000
SF-0003,gulf,Gulf Co,40,2025-06-01,2026-06-01,1234.567,BHD,2026-03-01,churned,2026-04-01,,
SF-0004,acme,,50,2026-05-01,2027-05-01,,,,,,,
SF-0005,nobody,,50,2026-05-01,2027-05-01,,,,,,,
SF-0001,acme,Acme GmbH,1250,2026-01-01,2027-01-01,120000.50,eur,,open,,,
"""


def test_contracts_and_the_partners_they_name(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    first = bring_in(services, "contracts", path, CONTRACTS)
    assert counts(first) == (4, 0, 0, 1, 1)
    assert first.also == {"partners made": 3}
    assert "There is no partner 'nobody'. Fill in name to have it made" in rejected(path)
    with services.database.reading() as session:
        found = {one.contract_id: one for one in session.scalars(select(Contract))}
        names = {one.slug: one.name for one in session.scalars(select(Partner))}
    assert names == {"acme": "Acme GmbH", "nihon": "日本商事", "gulf": "Gulf Co"}
    assert found["SF-0001"].licences == 1250
    assert (found["SF-0001"].yearly_value_minor_units, found["SF-0001"].currency) == (12_000_050, "EUR")
    assert (found["SF-0002"].yearly_value_minor_units, found["SF-0002"].outcome) == (9_000_000, "renewed")
    assert (found["SF-0002"].renewed_licences, found["SF-0002"].renewed_value_minor_units) == (350, 9_500_000)
    assert (found["SF-0003"].yearly_value_minor_units, found["SF-0003"].notice_on) == (1_234_567, date(2026, 3, 1))
    assert (found["SF-0004"].outcome, found["SF-0004"].yearly_value_minor_units) == ("open", None)
    _again_changes_nothing(services, "contracts", path, (0, 0, 4, 1, 1))


def test_a_contract_keeps_what_a_file_has_no_column_for(services: Services, tmp_path: Path) -> None:
    bring_in(services, "contracts", tmp_path / "all.csv", CONTRACTS)
    short = "contract_id;partner;licences;starts_on;renews_on;notice_on\nSF-0003;gulf;44;2025-06-01;2026-06-01;\n"
    assert counts(bring_in(services, "contracts", tmp_path / "short.csv", short)) == (0, 1, 0, 0, 0)
    with services.database.reading() as session:
        found = session.scalars(select(Contract).where(Contract.contract_id == "SF-0003")).one()
    assert (found.licences, found.outcome, found.yearly_value_minor_units) == (44, "churned", 1_234_567)
    assert found.notice_on is None


def test_a_partner_may_be_named_on_any_line_of_the_file(services: Services, tmp_path: Path) -> None:
    text = "contract_id,partner,name,licences,starts_on,renews_on\n"
    text += "1,acme,,5,2026-01-01,2027-01-01\n2,acme,Acme,5,2026-01-01,2027-01-01\n"
    assert counts(bring_in(services, "contracts", tmp_path / "c.csv", text, dry_run=True)) == (2, 0, 0, 0, 0)
    assert counts(bring_in(services, "contracts", tmp_path / "c.csv")) == (2, 0, 0, 0, 0)


SEATS = """\
partner,seat,deployed_on,left_on,attr.Department,attr.country
acme,anna@acme.example,2026-01-05,,Sales,DE
acme,ben@acme.example,2026-01-05,2026-06-30,IT,DE
acme,"chloé, dr.",2026-02-01,,,FR
acme,dora@acme.example,2026-02-01,2026-01-01,IT,FR
other,anna@acme.example,2026-01-05,,Sales,DE
acme,ben@acme.example,2026-01-05,2026-06-30,IT,DE
"""


def test_seats_with_attributes(services: Services, clock, tmp_path: Path) -> None:
    acme = with_partners(services, "acme")["acme"]
    path = tmp_path / "seats.csv"
    assert counts(bring_in(services, "seats", path, SEATS)) == (3, 0, 0, 1, 2)
    ben = seat_id(services.secrets.pepper, acme.id, "ben@acme.example")
    with services.database.reading() as session:
        seat = session.get_one(Seat, (acme.id, ben))
        assert (seat.deployed_on, seat.left_on) == (date(2026, 1, 5), date(2026, 6, 30))
        assert segments_by_id(session, [seat.segment_id])[seat.segment_id] == {"Department": "IT", "country": "DE"}
        assert Declared(session).values == {"Department": {"Sales", "IT"}, "country": {"DE", "FR"}}
    clock.forward(hours=1)
    _again_changes_nothing(services, "seats", path, (0, 0, 3, 1, 2))
    moved = "partner,seat,left_on,attr.DEPARTMENT\nacme,ben@acme.example,,Sales\n"
    assert counts(bring_in(services, "seats", tmp_path / "moved.csv", moved)) == (0, 1, 0, 0, 0)
    with services.database.reading() as session:
        seat = session.get_one(Seat, (acme.id, ben))
        assert (seat.deployed_on, seat.left_on) == (date(2026, 1, 5), None)
        assert segments_by_id(session, [seat.segment_id])[seat.segment_id] == {"Department": "Sales", "country": "DE"}
        history = session.scalars(select(SeatAttributes).where(SeatAttributes.seat_id == ben)).all()
        assert len(history) == 2
    cleared = "partner,seat,attr.department\nacme,ben@acme.example,\n"
    assert counts(bring_in(services, "seats", tmp_path / "cleared.csv", cleared)) == (0, 1, 0, 0, 0)
    with services.database.reading() as session:
        seat = session.get_one(Seat, (acme.id, ben))
        assert segments_by_id(session, [seat.segment_id])[seat.segment_id] == {"country": "DE"}


def test_the_first_twenty_values_in_the_file_are_told_apart(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    lines = "".join(f"acme,seat {number},value {number}\n" for number in range(25))
    path = tmp_path / "seats.csv"
    assert counts(bring_in(services, "seats", path, "partner,seat,attr.team\n" + lines)) == (25, 0, 0, 0, 0)
    with services.database.reading() as session:
        assert Declared(session).values["team"] == {f"value {number}" for number in range(20)}
        assert {"team": "other"} in segments_by_id(session, session.scalars(select(Seat.segment_id))).values()
    _again_changes_nothing(services, "seats", path, (0, 0, 25, 0, 0))


BUYER_SCORES = """\
partner,buyer,role,metric,score,answered_at,comment,reason
acme,cfo@acme.example,decision_maker,nps,9,2026-09-01,"Pays off.
We renew.",value
acme,it-lead@acme.example,Admin,NPS,6.0,2026-09-03T10:00:00+02:00,,effort
acme,hr@acme.example,champion,csat,4,2026-09-03 08:00,,
acme,hr@acme.example,boss,csat,4,2026-09-04,,
acme,hr@acme.example,champion,csat,6,2026-09-04,,
acme,hr@acme.example,champion,ces,7,2026-09-04,,cheap
"""
RESPONSES = """\
Account;Respondent;audience;metric;score;answered_at;comment;locale;attr.country
acme;anna@acme.example;end_user;nps;3;2026-08-01T09:00:00Z;"Exports are slow; ""really"" slow";en;DE
acme;anna@acme.example;end_user;nps;5;2026-10-01T09:00:00Z;;en;
acme;ben@acme.example;End user;nps;8;2026-10-02T23:30:00-05:00;良い;ja_JP;FR
acme;cfo@acme.example;buyer;nps;9;2026-09-01;Pays off, we renew.;;
acme;ben@acme.example;end_user;nps;11;2026-10-03;;;
"""


def test_answers_of_both_audiences_end_in_the_tallies(services: Services, clock, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path = tmp_path / "scores.csv"
    first = bring_in(services, "buyer-scores", path, BUYER_SCORES)
    assert counts(first) == (3, 0, 0, 0, 3)
    assert first.also == {"buyers made": 3}
    _again_changes_nothing(services, "buyer-scores", path, (0, 0, 3, 0, 3))
    answers = tmp_path / "responses.csv"
    second = bring_in(services, "responses", answers, RESPONSES, maps=["partner=account"])
    # The CFO's answer is there already; the comment reads another way, so it is a revision of it.
    assert counts(second) == (3, 1, 0, 0, 1)
    assert second.also == {}
    _again_changes_nothing(services, "responses", answers, (0, 0, 4, 0, 1), maps=["partner=account"])
    with services.database.reading() as session:
        assert session.scalar(select(Response.reason).where(Response.metric == "nps", Response.score == 9)) == "value"
        ben = session.scalars(select(Response).where(Response.score == 8)).one()
        assert (ben.answered_at, ben.locale) == (datetime(2026, 10, 3, 4, 30, tzinfo=UTC), "ja-JP")
        assert (ben.trust, ben.live, ben.complete, ben.revision) == ("vendor", True, True, 1)
        assert (ben.known_at, ben.received_at) == (ben.answered_at, clock.now)
        cfo = session.scalars(select(Response).where(Response.score == 9)).one()
        assert (cfo.answered_at, cfo.revision) == (datetime(2026, 9, 1, 12, tzinfo=UTC), 2)
        buyers = {one.external_id: one.role for one in session.scalars(select(Buyer))}
        assert buyers == {
            "cfo@acme.example": "decision_maker",
            "it-lead@acme.example": "admin",
            "hr@acme.example": "champion",
        }
        cells = session.scalars(select(PartnerTally).where(PartnerTally.metric == "nps")).all()
        histogram = {audience: [0] * 11 for audience in ("end_user", "buyer")}
        for cell in cells:
            for score in range(11):
                histogram[cell.audience][score] += getattr(cell, f"h{score}")
        assert [score for score, count in enumerate(histogram["end_user"]) if count] == [3, 5, 8]
        assert [score for score, count in enumerate(histogram["buyer"]) if count] == [6, 9]
    with services.database.transaction() as session:
        verified = verify(session, now=clock.now)
    assert verified.clean
    assert verified.voices == 6


def test_an_answer_is_known_by_its_own_id_when_the_file_has_one(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme", "bolt")
    head = "partner,respondent,audience,metric,score,answered_at,response_id\n"
    one = head + "acme,anna,end_user,nps,3,2026-08-01,R-1\nacme,anna,end_user,nps,4,2026-08-01,R-2\n"
    assert counts(bring_in(services, "responses", tmp_path / "1.csv", one)) == (2, 0, 0, 0, 0)
    moved = head + "acme,anna,end_user,nps,3,2026-08-02,R-1\nbolt,anna,end_user,nps,3,2026-08-02,R-1\n"
    assert counts(bring_in(services, "responses", tmp_path / "2.csv", moved)) == (1, 1, 0, 0, 0)
    uuid = "018f0000-0000-7000-8000-000000000001"
    foreign = head + f"acme,ben,end_user,nps,3,2026-08-02,R-1\nacme,ben,end_user,nps,3,2026-08-02,{uuid}\n"
    path = tmp_path / "3.csv"
    assert counts(bring_in(services, "responses", path, foreign)) == (1, 0, 0, 0, 1)
    assert "stands for another answer" in rejected(path)
    with services.database.reading() as session:
        assert uuid in map(str, session.scalars(select(Response.id).where(Response.score == 3)))


def test_one_id_for_two_people_in_a_file_is_one_answer_and_one_rejected_line(
    services: Services, tmp_path: Path
) -> None:
    with_partners(services, "acme")
    head = "partner,respondent,audience,metric,score,answered_at,response_id\n"
    text = head + "acme,anna,end_user,nps,3,2026-08-01,R-1\nacme,ben,end_user,nps,4,2026-08-01,R-1\n"
    for expected in ((1, 0, 0, 0, 1), (0, 0, 1, 0, 1)):
        assert counts(bring_in(services, "responses", tmp_path / "1.csv", text, dry_run=True)) == expected
        assert counts(bring_in(services, "responses", tmp_path / "1.csv", text)) == expected


def test_an_answer_takes_attributes_from_the_seat_where_the_line_has_none(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    bring_in(services, "seats", tmp_path / "seats.csv", SEATS)
    text = (
        "partner,respondent,audience,metric,score,answered_at,attr.country\n"
        "acme,anna@acme.example,end_user,nps,1,2026-08-01,FR\n"
        "acme,anna@acme.example,end_user,nps,2,2026-09-01,\n"
        "acme,unknown,end_user,nps,3,2026-08-01,FR\n"
        "acme,unknown,end_user,nps,4,2026-09-01,\n"
    )
    bring_in(services, "responses", tmp_path / "responses.csv", text)
    with services.database.reading() as session:
        segments = dict(session.execute(select(Response.score, Response.segment_id)).all())
        vectors = segments_by_id(session, segments.values())
        assert session.scalar(select(Seat.id).where(Seat.seen_on.is_(None))) is None
        assert len(session.scalars(select(Seat)).all()) == 3
    assert [vectors[segments[score]] for score in (1, 2, 3, 4)] == [
        {"Department": "Sales", "country": "FR"},
        {"Department": "Sales", "country": "DE"},
        {"country": "FR"},
        {},
    ]


def test_a_file_without_comments_leaves_comments(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    bring_in(services, "buyer-scores", tmp_path / "all.csv", BUYER_SCORES)
    short = "partner,buyer,metric,score,answered_at\nacme,cfo@acme.example,nps,10,2026-09-01T12:00:00Z\n"
    assert counts(bring_in(services, "buyer-scores", tmp_path / "short.csv", short)) == (0, 1, 0, 0, 0)
    with services.database.reading() as session:
        found = session.scalars(select(Response).where(Response.score == 10)).one()
    assert (found.comment, found.reason) == ("Pays off.\nWe renew.", "value")


def test_a_buyer_has_the_role_that_the_last_line_gives(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    head = "partner,buyer,role,metric,score,answered_at\n"
    text = head + "acme,cfo,admin,nps,9,2026-09-01\nacme,cfo,champion,nps,8,2026-03-01\n"
    assert counts(bring_in(services, "buyer-scores", tmp_path / "1.csv", text)) == (2, 0, 0, 0, 0)
    outcome = bring_in(services, "buyer-scores", tmp_path / "2.csv", head + "acme,cfo,admin,nps,9,2026-09-01\n")
    assert (counts(outcome), outcome.also) == ((0, 0, 1, 0, 0), {"buyers given another role": 1})
    with services.database.reading() as session:
        assert only(session, Buyer).role == "admin"


ACTIVITY = """\
partner,seat,day,onboarding,meaningful
acme,anna,2026-03-01,yes,no
acme,anna,2026-03-02,,TRUE
acme,anna,2026-04-01,0,1
acme,ben,2026-03-01,,
acme,ben,2027-03-01,,
acme,ben,2026-03-02,maybe,
acme,ben,2026-03-01,,
"""


MARCH = select(ActivityMonth).order_by(ActivityMonth.month)


def test_activity_makes_seats_and_can_be_corrected(services: Services, tmp_path: Path) -> None:
    acme = with_partners(services, "acme")["acme"]
    path = tmp_path / "activity.csv"
    assert counts(bring_in(services, "activity", path, ACTIVITY)) == (4, 0, 0, 1, 2)
    anna = acme.id, seat_id(services.secrets.pepper, acme.id, "anna")
    with services.database.reading() as session:
        seat = session.get_one(Seat, anna)
        assert (seat.first_active_on, seat.last_active_on) == (date(2026, 3, 1), date(2026, 4, 1))
        assert seat.first_activated_on == date(2026, 3, 2)
        march = session.scalars(MARCH.where(ActivityMonth.seat_id == anna[1])).first()
        assert (march.days, march.onboarding_days, march.meaningful_days, march.source) == (0b11, 0b01, 0b10, "vendor")
    _again_changes_nothing(services, "activity", path, (0, 0, 4, 1, 2))
    corrected = "partner,seat,day,onboarding\nacme,anna,2026-03-02,yes\nacme,anna,2026-03-01,yes\n"
    assert counts(bring_in(services, "activity", tmp_path / "corrected.csv", corrected)) == (0, 1, 1, 0, 0)
    with services.database.reading() as session:
        assert session.get_one(Seat, anna).first_activated_on == date(2026, 4, 1)
        march = session.scalars(MARCH.where(ActivityMonth.seat_id == anna[1])).first()
        assert (march.days, march.onboarding_days, march.meaningful_days) == (0b11, 0b11, 0b10)


def test_nothing_is_recorded_of_a_person_who_objected(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    bring_in(services, "activity", tmp_path / "before.csv", "partner,seat,day\nacme,anna,2026-03-01\n")
    with services.database.transaction() as session:
        session.execute(update(Seat).values(objected_at=datetime(2026, 5, 1, tzinfo=UTC)))
    for dry_run in (True, False):
        path = tmp_path / "activity.csv"
        outcome = bring_in(services, "activity", path, "partner,seat,day\nacme,anna,2026-06-01\n", dry_run=dry_run)
        assert counts(outcome) == (0, 0, 0, 0, 1)
        assert "objected" in rejected(path)
    answers = (
        "partner,respondent,audience,metric,score,answered_at\n"
        "acme,anna,end_user,nps,5,2026-04-01\n"
        "acme,anna,end_user,nps,5,2026-06-01\n"
    )
    assert counts(bring_in(services, "responses", tmp_path / "answers.csv", answers)) == (1, 0, 0, 0, 1)


PROMOTIONS = """\
partner,day,channel,reach,note
acme,2026-02-01,newsletter,1200,"First, with a picture"
acme,2026-02-01,intranet,,
acme,2026-02-01,newsletter,1300,"First, with a picture"
acme,01.02.2026,intranet,,
acme,2026-03-01,,5,
"""


def test_promotions(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path = tmp_path / "promotions.csv"
    assert counts(bring_in(services, "promotions", path, PROMOTIONS)) == (2, 0, 0, 1, 2)
    _again_changes_nothing(services, "promotions", path, (0, 0, 2, 1, 2))
    revised = "partner,day,channel,reach\nacme,2026-02-01,newsletter,1\n"
    assert counts(bring_in(services, "promotions", tmp_path / "revised.csv", revised)) == (0, 1, 0, 0, 0)
    with services.database.reading() as session:
        found = session.scalars(select(Promotion).where(Promotion.channel == "newsletter")).one()
    assert (found.reach, found.note) == (1, "First, with a picture")


def _again_changes_nothing(services: Services, kind: str, path: Path, expected, **options) -> None:
    before, list_before = everything(services.database), rejected(path) if expected[4] else None
    assert counts(bring_in(services, kind, path, **options)) == expected
    assert everything(services.database) == before
    assert not expected[4] or rejected(path) == list_before
