"""Who runs a command, where nobody else is named."""

import getpass
import os


def current_user() -> str:
    """The name of who runs the command, or the number where it has none, as in a container with a uid of its own."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # Python 3.13 turned the KeyError into an OSError.
        return f"无名用户（uid {os.getuid()}）"
