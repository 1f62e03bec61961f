"""Benchmarks: each records how it was measured, next to what the plain way gets in the same run."""
