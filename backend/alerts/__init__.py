"""Alerts: what somebody should look at now, opened once, closed when it is over."""
