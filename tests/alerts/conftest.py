"""Certificates made once."""

import pytest

from tests.alerts.certificates import Certificates, make_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority of the test's own, and a certificate of it for the loopback address."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))
