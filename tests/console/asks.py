# SPDX-License-Identifier: GPL-2.0-only
"""What operators of serial consoles ask for, by number, and who answers for it.

A test that is named for an ask says so: @test(ask=7). Each ask of the screen has one at
least, or `unanswered` tells of it.
"""

OF_THE_SCREEN = {
    1: "what was printed before anybody came is there, with its times",
    2: "typing and logging at once",
    3: "no guest waits for a reader",
    5: "a dead or slow viewer bothers nobody",
    6: "who took the input is named; who only watches cannot type",
    7: "the last screen is there again, each time",
    8: "the terminal is whole afterwards, whatever the end",
    9: "the escape key is the operator's choice",
    10: "BREAK and SysRq",
    11: "a paste of any size arrives whole",
    12: "times beside lines, and bytes as they are",
    13: "keys are answered in a flood",
    14: "the size of the screen, and telling the guest",
    15: "guests come and go",
    16: "who is there, and whether the guest lives",
    17: "a guest's question is answered once, never in a replay",
    18: "the raw bytes are kept, and text without escapes is to be had",
}

ELSEWHERE = {
    4: "the screen writes no log by itself, so it has none to rotate",
}


# The tests that are named for one, of all files.
NAMED = []


def decorator(tests):
    """A @test that collects functions in a list, with the asks that they are named for."""
    def test(function=None, ask=()):
        if function is None:
            return lambda decorated: test(decorated, ask)
        function.asks = (ask,) if isinstance(ask, int) else ask
        if function.asks:
            NAMED.append(function)
        tests.append(function)
        return function
    return test


def unanswered():
    """Sentences on asks without a test, and tests of asks that there are not."""
    answered = {ask: test.__name__ for test in NAMED for ask in test.asks}
    return [f"no test is named for ask {ask}: {text}"
            for ask, text in OF_THE_SCREEN.items() if ask not in answered] + \
        [f"{name} is named for ask {ask}, which is none of the screen's"
         for ask, name in answered.items() if ask not in OF_THE_SCREEN] + \
        [f"nothing is known of ask {ask}" for ask in range(1, 19)
         if (ask in OF_THE_SCREEN) == (ask in ELSEWHERE)]
