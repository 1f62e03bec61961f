"""robots.txt: which pages a site lets us ask for, and how often (RFC 9309)."""

from urllib.robotparser import RobotFileParser

from collectors.page import Page


class Robots:
    """The rules in one answer to /robots.txt. No such file (4xx) allows everything; a 401 means no, as it always has."""

    def __init__(self, page: Page) -> None:
        self._rules = RobotFileParser()
        if page.status == 401:
            self._rules.parse(["User-agent: *", "Disallow: /"])
        else:
            self._rules.parse(page.text().splitlines() if page.status == 200 else [])

    def allows(self, user_agent: str, url: str) -> bool:
        """Whether this user agent may ask for the URL."""
        return self._rules.can_fetch(user_agent, url)

    def pause(self, user_agent: str) -> float:
        """Seconds the site wants between two requests (Crawl-delay); 0 when it does not say."""
        return float(self._rules.crawl_delay(user_agent) or 0)
