"""Accounts: the companies that are customers, their parents, tiers and owners."""
