"""How long property tests may go on: the same examples at every run, few enough for the whole folder to take a minute."""

from hypothesis import HealthCheck, settings

BOUNDED = settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(BOUNDED, max_examples=60)
"""For what writes files or runs a whole reader."""
