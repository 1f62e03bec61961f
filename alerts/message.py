"""One way to make a mail: from a pair of templates, plain text and HTML, with headers that nobody's text can break."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy, default
from email.utils import format_datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from core.clock import show, to_beijing


def templates_of(package: str) -> Environment:
    """The mail templates of a package: text is escaped in HTML, an unknown name is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_templates = templates_of("alerts")
_templates.filters["time"] = show
# What people write must not look like another line of the plain text, nor an address run a program.
_templates.filters["one_line"] = lambda text: " ".join(str(text).split())
_templates.tests["web_address"] = lambda url: str(url).lower().startswith(("http://", "https://"))


@dataclass(frozen=True)
class Envelope:
    """What stands in the headers: `sender` is an address, `sender_name` shown beside it, `at` the time of the run."""

    subject: str
    sender_name: str
    sender: str
    recipients: Sequence[str]
    at: datetime
    message_id: str


def compose(envelope: Envelope, template: str, values: dict[str, object]) -> EmailMessage:
    """The mail whose text and HTML are `TEMPLATE.txt.j2` and `TEMPLATE.html.j2` filled with the values."""
    text = _templates.get_template(f"{template}.txt.j2").render(values)
    return written(envelope, text, _templates.get_template(f"{template}.html.j2").render(values), default)


def written(envelope: Envelope, text: str, html: str, policy: "EmailPolicy[EmailMessage]") -> EmailMessage:
    """The mail of a plain text and an HTML page that say the same."""
    message = EmailMessage(policy)
    # A line break in a header would start another header; control characters have no business in one either.
    message["Subject"] = "".join(filter(str.isprintable, " ".join(envelope.subject.split())))
    message["From"] = Address(display_name=envelope.sender_name, addr_spec=envelope.sender)
    message["To"] = ", ".join(envelope.recipients)
    message["Date"] = format_datetime(to_beijing(envelope.at))
    message["Auto-Submitted"] = "auto-generated"
    message["Message-ID"] = envelope.message_id
    message.set_content(text, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    return message
