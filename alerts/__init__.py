"""Deadlines and reminders: working-day arithmetic, stages, digests, mail."""
