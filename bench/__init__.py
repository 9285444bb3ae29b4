"""What the project promises in numbers, measured: each module is one bench, with a `main` that returns 0 or 1."""
