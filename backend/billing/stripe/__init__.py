"""Stripe: its webhooks, what is kept of them, and the facts that follow."""
