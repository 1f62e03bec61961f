"""Whether parts of Airflow are alive, for the health checks of its containers: `healthy.py URL PART...`.

The API server knows the heartbeat of every part. `airflow jobs check` tells the same, but loads all of Airflow each time.
"""

import json
import os
import sys
from ssl import create_default_context
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

SECONDS = 10


def unwell(url: str, parts: list[str]) -> list[str]:
    """Those of `parts` (`metadatabase`, `scheduler`, `dag_processor`, `triggerer`) that are not healthy, with their state.

    Raises `OSError` when the API server does not answer.
    """
    # The authority that Airflow's own tasks trust; unset: the system's.
    tls = HTTPSHandler(context=create_default_context(cafile=os.environ.get("AIRFLOW__API__SSL_CA_FILE")))
    # No proxy: the address is inside the compose network.
    with build_opener(ProxyHandler({}), tls).open(f"{url}/api/v2/monitor/health", timeout=SECONDS) as answer:
        health = json.load(answer)
    return [f"{part}: {health[part]['status']}" for part in parts if health[part]["status"] != "healthy"]


if __name__ == "__main__":
    sys.exit("\n".join(unwell(sys.argv[1], sys.argv[2:])) or None)
