"""Subscriptions: what is announced in Valkey is read once for all who asked the same, and sent to each of them."""
