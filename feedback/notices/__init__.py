"""Notices: what staff and other systems are told without opening the desk. Digests, alerts, webhooks."""
