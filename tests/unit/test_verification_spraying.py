"""Spraying is noticed by source, by guess and over all accounts, told once in ten minutes, and memory stays flat."""

from verification.spraying import (
    ACCOUNTS_EACH_SOURCE,
    ACCOUNTS_OF_ALL,
    ACCOUNTS_OF_ONE,
    REMEMBERED,
    WINDOW_MS,
    Pattern,
    Sprayed,
    SprayWatch,
)

NOW = 1_764_000_000_000


def failures(
    watch: SprayWatch, number: int, *, source: str = "s{}", guess: str = "g{}", every_ms: int = 1000
) -> list[Sprayed]:
    return [
        noticed
        for n in range(number)
        for noticed in watch.failed(
            source=source.format(n), account=f"a{n}", guess=guess.format(n), now_ms=NOW + n * every_ms
        )
    ]


def test_one_source_that_fails_on_five_accounts_is_told_once() -> None:
    (noticed,) = failures(SprayWatch(), 12, source="here")
    assert noticed == Sprayed(Pattern.SOURCE, "here", ACCOUNTS_OF_ONE, 1)


def test_one_guess_on_five_accounts_is_told_from_wherever_it_comes() -> None:
    (noticed,) = failures(SprayWatch(), 12, guess="123456")
    assert (noticed.pattern, noticed.accounts, noticed.sources) == (Pattern.GUESS, ACCOUNTS_OF_ONE, 5)


def test_many_accounts_from_few_sources_are_told_though_each_source_stays_below_its_limit() -> None:
    watch, found = SprayWatch(), []
    for number in range(ACCOUNTS_OF_ALL):
        source = f"s{number // ACCOUNTS_EACH_SOURCE}"
        found += watch.failed(source=source, account=f"a{number}", guess=f"g{number}", now_ms=NOW + number)
    assert found == [Sprayed(Pattern.ALL, "", ACCOUNTS_OF_ALL, ACCOUNTS_OF_ALL // ACCOUNTS_EACH_SOURCE)]


def test_many_people_who_each_mistype_at_home_are_no_spraying() -> None:
    assert failures(SprayWatch(), 500) == []


def test_one_person_who_mistypes_often_is_no_spraying() -> None:
    watch = SprayWatch()
    for number in range(100):
        assert watch.failed(source="s", account="a", guess=f"g{number}", now_ms=NOW + number) == []


def test_what_is_more_than_ten_minutes_apart_does_not_add_up() -> None:
    assert failures(SprayWatch(), 50, source="here", guess="same", every_ms=WINDOW_MS // 4 + 1) == []


def test_it_is_told_again_after_ten_minutes() -> None:
    watch = SprayWatch()
    told = failures(watch, 40, source="here", every_ms=WINDOW_MS // 20)
    assert [one.pattern for one in told] == [Pattern.SOURCE, Pattern.ALL] * 2


def test_memory_is_bounded_whatever_comes_and_a_clock_that_went_back_changes_nothing() -> None:
    watch = SprayWatch()
    for number in range(3 * REMEMBERED):
        watch.failed(source=f"s{number}", account=f"a{number}", guess=f"g{number}", now_ms=NOW - number)
        watch.failed(source="one", account=f"b{number}", guess=f"h{number}", now_ms=NOW - number)
    assert max(len(watch._sources._by), len(watch._guesses._by)) <= REMEMBERED
    assert max(len(watch._accounts), len(watch._from)) <= REMEMBERED
    assert max(len(accounts) for accounts in watch._sources._by.values()) <= 256
