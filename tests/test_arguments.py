"""What the checks of arguments let through, and what they say otherwise."""

import numpy as np
import pytest

from course_lib.arguments import check_elements, index, interval, time_step


@pytest.mark.parametrize(
    ("time", "step"),
    [
        (np.arange(100) * 0.1, 0.1),
        ([0, 2], 2.0),
        (np.arange(5, 50, 5, dtype=np.int16), 5.0),
        (7.0 - np.arange(3)[::-1], 1.0),
        (np.arange(20_000, dtype=np.float32) * np.float32(0.2), 0.2),
        (np.round(np.arange(50) / 3, 3), 1 / 3),  # as a program writes it with three digits
    ],
)
def test_an_even_time_axis_has_one_step(time, step):
    assert time_step(time) == pytest.approx(step, rel=1e-3)


EVEN = np.arange(10.0)


@pytest.mark.parametrize(
    ("time", "sentence"),
    [
        ([0, 1, 2, 3, 13, 23], "has steps from 1 to 10 ps: the frames must be equally spaced"),
        (np.append(EVEN, EVEN + 9.5), "has steps from 0.5 to 1 ps"),  # joined runs
        (EVEN**1.05, "equally spaced"),  # each step close to the one before it
        (EVEN[::-1], "goes from 9 to 8 ps at frame 1: every frame must be later"),
        (np.append(EVEN, EVEN), "goes from 9 to 0 ps at frame 10"),
        (np.repeat(EVEN, 2), "goes from 0 to 0 ps at frame 1"),
        ([0, 1, np.nan, 3], "not a finite number"),
        ([0, np.inf], "not a finite number"),
        ([0.0], r"shape \(1,\): a time axis holds the times of 2 frames or more"),
        (3.0, r"shape \(\)"),
        (EVEN[None], r"shape \(1, 10\)"),
    ],
)
def test_any_other_time_axis_is_one_sentence(time, sentence):
    with pytest.raises(ValueError, match="^the lags.*" + sentence):
        time_step(time, "the lags", "ps")


def test_a_window_is_two_numbers():
    assert interval("window", [1, np.float32(2.5)]) == (1.0, 2.5) == interval("window", np.array([1, 2.5]))
    for wrong in (None, "ab", 3.0, (1,), (1, 2, 3), ("1", 2), (1, np.nan), (None, 5), np.ones(3)):
        with pytest.raises(ValueError, match=r"^window is .*: give two numbers, the first and the last"):
            interval("window", wrong)


def test_a_number_chooses_one_of_several():
    assert [index("frame", n, 5) for n in (0, 4, -1, -5, 2.0, np.int64(3))] == [0, 4, 4, 0, 2, 3]
    for wrong in (5, -6, 0.5, "1", None, True, slice(2), [1]):
        with pytest.raises(ValueError, match=r"^frame is "):
            index("frame", wrong, 5)


@pytest.mark.parametrize("wrong", [None, 3, [3], [None], [["Li"]], ["Li", "Xx"]])
def test_what_is_no_element_is_named(wrong):
    with pytest.raises(ValueError, match="There is no element "):
        check_elements(wrong)
