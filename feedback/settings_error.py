"""What is raised for a setting that cannot be used."""


class SettingsError(ValueError):
    """A setting cannot be used; the message names it and says what it takes."""
