"""The pictures and worked numbers of docs/explanation/how-the-gap-is-computed.md, from the product's own functions.

`python -m tools.gap_page` writes the pictures anew and prints the numbers that the page must say.
"""
