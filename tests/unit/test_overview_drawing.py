"""The officers' overview: what is counted for each team and hour, and how it is drawn."""

from server.reporting.charts import Bar, stacked
from server.signalling.messages import LiveSession
from server.team_overview import by_hour, by_team


def live(team: str, *, sharing: bool) -> LiveSession:
    return LiveSession(
        session="ses_1",
        state="sharing",
        agent={"name": "", "number": "", "team": team},
        agent_id="",
        case_reference="C-1",
        opened_at_ms=0,
        level="V1",
        consent_until_ms=None,
        media_may_flow=sharing,
    )


def test_a_team_has_its_sessions_and_the_flags_about_its_people_and_the_rest_stands_last() -> None:
    sessions = [live("Night", sharing=True), live("Night", sharing=False), live("", sharing=False)]
    raised = {("sta_1", "flag"): 2, ("sta_1", "block"): 1, ("sta_2", "flag"): 4, ("a source", "block"): 3}
    teams = by_team(sessions, raised, {"sta_1": "Day", "sta_2": "Night", "sta_3": "Idle"})
    told = [(one.team, one.sessions, one.sharing, one.flags, one.blocks) for one in teams]
    assert told == [("Day", 0, 0, 3, 1), ("Idle", 0, 0, 0, 0), ("Night", 2, 1, 4, 0), ("", 1, 0, 3, 3)]
    assert [one.team for one in by_team([], {}, {"sta_1": "Day"})] == ["Day"]


def test_the_usual_is_the_mean_of_the_days_there_were_and_hours_to_come_have_no_figure() -> None:
    today = 100 * 24
    reached = {today + 9: 5, today - 24 + 9: 2, today - 48 + 9: 4, today - 48 + 10: 3, today + 10: 1}
    hours, days = by_hour(reached, today + 10)
    assert days == 2
    assert (hours[9].reached, hours[9].usual) == (5, 3.0)
    assert (hours[10].reached, hours[10].usual) == (1, 1.5)
    assert (hours[8].reached, hours[8].usual) == (0, 0.0)
    assert [one.reached for one in hours[11:]] == [None] * 13
    first, none = by_hour({today + 9: 5}, today + 10)
    assert (none, {one.usual for one in first}) == (0, {None})


def test_parts_stand_on_each_other_and_a_mark_above_all_bars_is_still_in_the_picture() -> None:
    chart = str(stacked("t", "<d>", [Bar("a", [2, 0, 3], 10.0), Bar("b", [0, 1])]))
    assert "<desc>&lt;d&gt;</desc>" in chart
    assert chart.count('class="bar"') == 1
    assert chart.count("part-1") == 1
    assert chart.count("part-2") == 1
    assert 'y1="14.0"' in chart, "the highest thing reaches the top of the room"
    assert 'class="top"' in chart
    assert "nan" not in str(stacked("t", "", [Bar("a", [0], 0.0)])) + str(stacked("t", "", []))
