"""Pure functions from counts to numbers and how sure we are of them: no clock, no database, no web."""
