"""The partners of the demo world. All of them are invented."""

from dataclasses import dataclass
from typing import Literal

from feedback.demo.fates import Fate

Outcome = Literal["open", "notice", "overdue", "renewed", "expanded", "contracted", "churned"]


@dataclass(frozen=True, slots=True)
class Member:
    """One partner of the cast.

    `renews_in_days` is the next renewal from today for `open`, `notice` and `overdue`, else the last decided one
    (negative). `price` is the yearly price per licence in whole units of `currency`.
    """

    slug: str
    name: str
    locales: tuple[str, ...]
    seats: int
    fate: Fate
    outcome: Outcome
    renews_in_days: int
    buyers: int
    currency: str = "EUR"
    price: int = 60
    signed_by_partner: float = 0.0
    """Share of answers whose person the partner vouches for."""
    unsigned: float = 0.0
    """Share of answers that nobody vouches for."""
    voice: float = 1.0
    """How readily its people answer, beside what its fate makes of it."""
    may_ask: bool = True
    council: str | None = None
    """Who was consulted before people were asked."""


_LONG_GERMAN = (
    "Landesarbeitsgemeinschaft gemeinnütziger Wohnungsbau- und Siedlungsgenossenschaften Nieder-Eschenland e. V."
)
_LONG_FRENCH = "Fédération interprofessionnelle des transporteurs frigorifiques et entrepositaires du Grand Bocage"
_WORKS_COUNCIL = "Works council, agreement of last spring"

CAST: tuple[Member, ...] = (
    Member(
        "nordhafen",
        "Nordhafen Versicherungsgruppe AG",
        ("de", "de", "en"),
        2600,
        "shelfware",
        "renewed",
        -74,
        5,
        council=_WORKS_COUNCIL,
    ),
    Member("pemberwick", "Pemberwick Building Society", ("en",), 1600, "shelfware", "open", 83, 4, "GBP", 52),
    Member("vallombreuse", "Vallombreuse Assurances Mutuelles", ("fr",), 1150, "shelfware", "contracted", -41, 4),
    Member(
        "cedar-fork",
        "Cedar Fork Regional Credit Union",
        ("en", "en", "es"),
        900,
        "shelfware",
        "expanded",
        -150,
        3,
        "USD",
        70,
        signed_by_partner=0.7,
    ),
    Member("aceros-valdemora", "Aceros Valdemora", ("es",), 640, "shelfware", "open", 27, 3),
    Member(
        "suhail",
        "مجموعة سهيل الشمالية للخدمات اللوجستية",
        ("ar", "ar", "ar", "en"),
        720,
        "shelfware",
        "notice",
        55,
        3,
        "USD",
        66,
    ),
    Member("grand-bocage", _LONG_FRENCH, ("fr", "fr-BE"), 310, "shelfware", "churned", -98, 2),
    Member(
        "oberaare",
        "Spitalverbund Oberaare",
        ("de-CH", "de-CH", "fr-CH"),
        780,
        "underrated",
        "contracted",
        -120,
        4,
        "CHF",
        78,
    ),
    Member("larkmoor", "Larkmoor University Hospitals", ("en",), 850, "underrated", "notice", 112, 5, "GBP", 48),
    Member("minagumo", "湊雲精密株式会社", ("ja",), 560, "underrated", "open", 64, 3, "USD", 74),
    Member("zilvermeer", "Zilvermeer Zorggroep", ("en",), 430, "underrated", "churned", -62, 3),
    Member("sierra-clara", "Cooperativa Agraria Sierra Clara", ("es",), 210, "underrated", "renewed", -190, 2),
    Member(
        "kesselbach",
        "Kesselbach & Söhne Maschinenbau GmbH",
        ("de",),
        980,
        "thriving",
        "expanded",
        -33,
        4,
        council=_WORKS_COUNCIL,
    ),
    Member("tallgrass", "Tallgrass Freight Lines", ("en", "en", "es"), 760, "thriving", "expanded", -210, 4, "USD", 68),
    Member("bjorkhyttan", "Björkhyttan Skogsindustri AB", ("en",), 520, "thriving", "renewed", -128, 3, "SEK", 640),
    Member("marechal-tessier", "Groupe Maréchal-Tessier", ("fr",), 610, "thriving", "open", 240, 3),
    Member("klitborg", "Klitborg Energi A/S", ("en",), 350, "thriving", "renewed", -15, 3),
    Member("tsuk-hadror", "מעבדות צוק הדרור", ("he", "he", "en"), 340, "thriving", "expanded", -260, 3, "USD", 82),
    Member("alpenrast", "Alpenrast Hotels", ("de-AT", "de-AT", "en"), 390, "thriving", "open", 19, 2),
    Member("thistledown", "Thistledown Care Homes", ("en",), 680, "failing", "churned", -51, 3, "GBP", 45),
    Member(
        "lindenbrueck", "Stadtwerke Lindenbrück", ("de",), 520, "failing", "contracted", -84, 3, council=_WORKS_COUNCIL
    ),
    Member("playa-serena", "Grupo Hotelero Playa Serena", ("es",), 440, "failing", "notice", 38, 2, "USD", 58),
    Member("giesta", "Caixa Agrícola Serra da Giesta", ("pt-PT",), 230, "failing", "churned", -141, 2),
    Member("wren-hollow", "Wren Hollow Veterinary", ("en",), 9, "tiny", "renewed", -47, 1, "GBP", 90),
    Member("quayside", "Quayside & Ombersley Chartered Surveyors", ("en",), 12, "tiny", "open", 150, 2, "GBP", 90),
    Member("ninth-street", "Ninth Street Robotics", ("en",), 15, "tiny", "expanded", -101, 2, "USD", 96),
    Member("lishchyna", "ТОВ «Ліщинові Хутори»", ("en",), 7, "tiny", "renewed", -232, 1, "EUR", 84),
    Member(
        "eschenland",
        _LONG_GERMAN,
        ("de",),
        260,
        "silent",
        "renewed",
        -166,
        2,
        may_ask=False,
        council="Works council has not agreed yet",
    ),
    Member("hanbit", "한빛마루 물류", ("en",), 330, "silent", "open", 132, 3, "USD", 66, voice=0.014),
    Member("aigialos", "Αιγιαλός Ναυτιλιακή Α.Ε.", ("en",), 120, "silent", "overdue", -12, 0, voice=0),
    Member("bluestem", "Bluestem Outfitters", ("en", "es"), 360, "one_buyer", "renewed", -177, 1, "USD", 64),
    Member("pedra-moura", "Conservas Pedra Moura", ("pt-PT",), 240, "one_buyer", "open", 90, 1, unsigned=0.35),
    Member("kilbrannagh", "Kilbrannagh Dairy Co-operative", ("en",), 180, "one_buyer", "contracted", -22, 1),
    Member("suryanagar", "Suryanagar Mills Ltd.", ("en",), 480, "new", "open", 305, 2, "USD", 54),
    Member("saarnivirta", "Saarnivirta Paperi Oyj", ("en",), 200, "new", "open", 325, 2),
    Member("marrow-finch", "Marrow & Finch Law", ("en",), 90, "new", "open", 340, 1, "USD", 88),
    Member("zlota-wydma", "Zakłady Ceramiczne Złota Wydma", ("en",), 340, "not_told", "renewed", -199, 2, unsigned=0.2),
    Member("cote-ardoise", "Boulangeries Côte d'Ardoise", ("fr",), 257, "not_told", "open", 74, 2),
    Member(
        "costa-brillante",
        "Costa Brillante Cruceros",
        ("es",),
        420,
        "fading",
        "contracted",
        -18,
        3,
        signed_by_partner=0.4,
    ),
    Member(
        "weissdorn",
        "Weißdorn Handelsgesellschaft mbH & Co. KG",
        ("de",),
        510,
        "fading",
        "open",
        46,
        3,
        signed_by_partner=0.2,
    ),
)

BY_SLUG: dict[str, Member] = {member.slug: member for member in CAST}
