"""A believable world from a seed, and a page that plays a partner's site."""
