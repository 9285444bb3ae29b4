"""What tells the people of a partner apart."""

from collections.abc import Mapping

ATTRIBUTES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "department": {
        "Operations": (0.30, -0.10),
        "Customer service": (0.20, -0.20),
        "Sales": (0.15, 0.08),
        "Production": (0.12, -0.12),
        "Finance": (0.09, 0.12),
        "IT": (0.07, 0.22),
        "Human resources": (0.07, 0.30),
    },
    "site": {
        "Headquarters": (0.34, 0.14),
        "Branch": (0.30, 0.0),
        "Field": (0.22, -0.30),
        "Home office": (0.14, 0.12),
    },
    "tenure": {"under 1 year": (0.20, 0.16), "1 to 5 years": (0.45, 0.0), "over 5 years": (0.35, -0.09)},
}
"""Declared attributes: of each value its share of people and what it does to an opinion."""
