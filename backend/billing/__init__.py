"""Billing facts: subscriptions, seats and invoices, with two times."""
