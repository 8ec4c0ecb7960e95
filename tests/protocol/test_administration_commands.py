"""The commands of administration as an operator types them, on what `tachiai init` made."""

from pathlib import Path

from tests.protocol.production_stand import HOST, OFFICER, Instance

CUSTOMERS = "reference,name,email,phone\nK-1,Mei Ono,mei.ono@example.com,\n"
STAFF = ("--name=Aiko Mori", "--number=A-104", "--team=Help")


async def made(folder: Path) -> Instance:
    instance = Instance(folder)
    assert (await instance.init(*OFFICER)).code == 0
    return instance


async def test_a_desk_is_set_up_by_commands_while_the_server_runs(tmp_path: Path) -> None:
    instance = await made(tmp_path)
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8")
    async with instance.served():
        invited = await instance.said("agent", "invite", "aiko", *STAFF)
        assert invited.out.startswith(f"https://{HOST}/enrol#")  # the link alone, so that it can be piped
        assert len(invited.out.splitlines()) == 1
        assert "not shown again" in invited.err
        imported = await instance.said("customer", "import", str(file), "--json")
        assert (imported.code, imported.json["added"]) == (0, 1)
        opened = await instance.said(
            "case", "open", "C-1", "--customer=K-1", "--reason=A question", "--agent=aiko", "--json"
        )
        assert (opened.json["agent"], opened.json["live"]) == ("aiko", True)
        key = await instance.said("key", "create", "crm", "--scope=cases:write", "--json")
        assert key.json["token"].startswith("tk_")
        changed = await instance.said(
            "agent", "change", "aiko", "--role=supervisor", "--team=Night", "--json"
        )
        assert (changed.json["staff"]["role"], changed.json["staff"]["team"]) == ("supervisor", "Night")
        assert (await instance.said("agent", "change", "aiko")).code == 2
        disabled = await instance.said("agent", "disable", "aiko", "--json")
        assert disabled.json["staff"]["state"] == "disabled"
    alone = await instance.said("agent", "list", "--json")
    assert [(line["username"], line["state"]) for line in alone.json["staff"]] == [("aiko", "disabled")]


async def test_who_asks_for_what_nobody_can_give_now_is_told_so(tmp_path: Path) -> None:
    instance = await made(tmp_path)
    assert (await instance.said("agent", "invite", "aiko", *STAFF)).code == 0
    asked = await instance.said("agent", "reset", "aiko")
    assert asked.code == 0
    assert "Officers who can do so now: 0" in asked.err
    assert (await instance.said("agent", "reset", "aiko", "--json")).json["approvers"] == 0
    await instance.said("agent", "disable", "aiko")
    assert "`invite` them again" in (await instance.said("agent", "enable", "aiko")).err


async def test_a_command_says_by_its_code_and_a_sentence_why_it_was_not_done(tmp_path: Path) -> None:
    instance = await made(tmp_path)
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS + "K-2,,,\n", encoding="utf-8")
    bad = await instance.said("customer", "import", str(file), "--json")
    assert (bad.code, bad.json["added"], bad.json["bad"][0]["line"]) == (2, 0, 3)
    assert "line 3: The name is missing." in bad.err
    wrong = await instance.said("agent", "disable", "nobody", "--json")
    assert (wrong.code, wrong.out) == (2, "")
    async with instance.served():
        (instance.data / "control.sock").unlink()
        unreachable = await instance.said("agent", "list")
    assert (unreachable.code, "Traceback" in unreachable.err) == (3, False)
