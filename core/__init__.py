"""What every room shares: the record, time, errors and the reading of configuration. Imports no other room."""
