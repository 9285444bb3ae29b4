"""Settings of the properties: a shared machine may be slow, and that is no failure of a formula."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
