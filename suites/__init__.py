"""Outside suites that take too long for `make test`: `make suites`."""
