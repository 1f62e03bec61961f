"""Reading times. Expected moments are worked out by hand: Beijing is eight hours ahead of UTC all year."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from collectors.base import BadItem
from collectors.dates import parse_time

HALF_PAST_NINE = datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
MIDNIGHT = datetime(2020, 1, 7, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2020/1/8 9:30:00",
        "2020/01/08 09:30",
        "2020-01-08 09:30:00",
        "2020-1-8 9:30",
        "2020-01-08 09:30:00.0",
        "2020-01-08T09:30:00",
        "2020.1.8 9:30",
        "2020年1月8日 9:30:00",
        "2020年1月8日 9时30分",
        "2020年1月8日9时30分00秒",
        "2020年01月08日09:30",
        "20200108093000",
        "202001080930",
        "  2020-01-08 \n 09:30  ",
        "2020-01-08 ０９：３０",
    ],
)
def test_a_time_without_zone_is_read_as_beijing_time(text: str) -> None:
    # when
    moment = parse_time(text)

    # then
    assert moment == HALF_PAST_NINE


@pytest.mark.parametrize(
    "text", ["2020/1/8", "2020-01-08", "2020.1.8", "2020年1月8日", "20200108", "2020-01-08 00:00:00"]
)
def test_a_bare_date_is_midnight_in_beijing(text: str) -> None:
    # when
    moment = parse_time(text)

    # then
    assert moment == MIDNIGHT


@pytest.mark.parametrize("text", ["2020-01-08T01:30:00Z", "2020-01-08T01:30:00+00:00", "2020-01-08 09:30:00+08:00"])
def test_a_zone_that_is_written_is_kept(text: str) -> None:
    # when
    moment = parse_time(text)

    # then
    assert moment == HALF_PAST_NINE


@pytest.mark.parametrize(
    "value",
    [
        datetime(2020, 1, 8, 9, 30),
        datetime(2020, 1, 8, 10, 30, tzinfo=timezone(timedelta(hours=9))),
        # 43,838 days lie between 1899-12-30 and 2020-01-08; 9:30 is 570 of 1,440 minutes.
        43838 + 570 / 1440,
        "43838.395833",
        # `date -d 2020-01-08T01:30:00Z +%s`
        1578447000,
        1578447000000,
        "1578447000",
        "1578447000000",
    ],
)
def test_what_excel_and_web_interfaces_give_is_read(value: object) -> None:
    # when
    moment = parse_time(value)

    # then
    assert moment == HALF_PAST_NINE


def test_a_date_object_is_midnight_in_beijing() -> None:
    # when
    moment = parse_time(date(2020, 1, 8))

    # then
    assert moment == MIDNIGHT


@pytest.mark.parametrize("blank", [None, "", "  \n\t", "\u3000"])
def test_a_blank_is_no_time(blank: object) -> None:
    # when
    moment = parse_time(blank)

    # then
    assert moment is None


@pytest.mark.parametrize(
    "text",
    [
        "昨天",
        "2020-13-01",
        "2021-02-29",
        "2020/1/8 24:00",
        "2020-01",
        "0000-00-00 00:00:00",
        "1/8/2020",
        "20/1/8",
        "nan",
        True,
    ],
)
def test_what_is_no_known_form_is_refused_by_name(text: object) -> None:
    # when / then
    with pytest.raises(BadItem, match="认不出") as failure:
        parse_time(text)
    assert str(text) in str(failure.value)


@pytest.mark.parametrize("digits", ["2020010809", "20200108093", "2020118093000", "202011809", "1"])
def test_digits_that_could_be_split_in_several_ways_are_not_guessed(digits: str) -> None:
    # when / then
    with pytest.raises(BadItem, match="认不出"):
        parse_time(digits)


@pytest.mark.parametrize("text", ["0001-01-01 00:00:00", "1970-01-01 08:00:00", "1999-12-31", "2100-01-02"])
def test_a_time_outside_this_century_is_refused(text: str) -> None:
    # when / then
    with pytest.raises(BadItem, match="不在 2000 至 2100 年之间"):
        parse_time(text)


def test_a_long_text_in_the_place_of_a_time_is_not_repeated_in_full() -> None:
    # given
    message = "我家住在" + "某处" * 500

    # when / then
    with pytest.raises(BadItem) as failure:
        parse_time(message)
    assert len(str(failure.value)) < 100


def test_a_form_of_the_source_comes_before_the_usual_ones() -> None:
    # when
    day_first = parse_time("08012020 0930", ("%d%m%Y %H%M",))
    digits = parse_time("0801202009", ("%d%m%Y%H",))

    # then
    assert day_first == HALF_PAST_NINE
    assert digits == datetime(2020, 1, 8, 1, 0, tzinfo=UTC)
