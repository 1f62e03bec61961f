"""The work ledger (台账): its tasks, how they are read and written, their deadlines, and why a post goes to a section. Pure."""
