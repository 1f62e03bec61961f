"""Reading times: what is written in a known form comes back, and anything else is refused, not guessed and not fallen over."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collectors.base import BadItem
from collectors.dates import EARLIEST, FORMATS, LATEST, parse_time
from core.clock import BEIJING
from tests.fuzz.targets import dates
from tests.properties.bounds import BOUNDED

_NEARLY = st.text("0123456789０９年月日时分秒/-:.： TZ+nai", max_size=24)
_ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.datetimes(),
    st.dates(),
    st.lists(st.integers()),
    st.binary(),
)
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30))


@BOUNDED
@given(st.one_of(st.text(max_size=40), _NEARLY))
def test_a_text_is_a_moment_of_this_century_or_refused(text: str) -> None:
    dates(text.encode("utf-8", errors="surrogatepass"))


@BOUNDED
@given(_ANYTHING)
def test_a_value_of_any_type_is_a_moment_of_this_century_or_refused(value: object) -> None:
    # when
    try:
        moment = parse_time(value)
    except BadItem:
        return
    # then
    assert moment is None or EARLIEST <= moment < LATEST


@BOUNDED
@given(MOMENTS, st.sampled_from(FORMATS))
def test_a_moment_written_in_a_known_form_comes_back(moment: datetime, form: str) -> None:
    # given
    written = moment.strftime(form)
    # when
    read = parse_time(written)
    # then: what the form leaves out is zero
    assert read == datetime.strptime(written, form).replace(tzinfo=BEIJING)


@BOUNDED
@given(MOMENTS)
def test_a_moment_comes_back_from_an_excel_number_and_from_epochs(moment: datetime) -> None:
    # given
    there = moment.replace(tzinfo=BEIJING, microsecond=0)
    days = (there.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)
    # when
    numbers = [days, f"{days:.8f}"]
    if there < datetime(2033, 5, 1, tzinfo=UTC) and there > datetime(2001, 9, 10, tzinfo=UTC):
        numbers += [there.timestamp(), int(there.timestamp()) * 1000, str(int(there.timestamp()))]
    # then
    assert {parse_time(number) for number in numbers} == {there.astimezone(UTC)}
