"""How long a test waits for what has to come."""

PATIENCE_SECONDS = 240.0
"""Only what hangs takes so long: a machine with a third of the speed and four neighbours still starts a Waymark in it.
It measures nothing. A test of a deadline of the product waits less than that deadline, and says so."""
