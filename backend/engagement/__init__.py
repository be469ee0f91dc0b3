"""Engagement: what staff and an account have to do with each other, as staff note it."""
