# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wave must not do, in plays: each test is a way in which an application would stop or run twice."""

from __future__ import annotations

import json

import pytest
from conftest import TARGET, id_of, in_sync, server

ONCE = {"run_once": True}
SHELL = "ansible.builtin.raw"


def write_tasks(weekend, name, *tasks):
    (weekend.folder / name).write_text(json.dumps(list(tasks)), encoding="utf-8")
    return name


def write_play(weekend, **keywords):
    """Writes a play of the user's own with the role in it."""
    play = {"hosts": "sms", "gather_facts": False, "roles": ["huaweicloud.sms.wave"], **keywords}
    (weekend.folder / "site.yml").write_text(json.dumps([play]), encoding="utf-8")
    return "site.yml"


def starts(name):
    """A command that starts a service behind the wave's back."""
    return {SHELL: f"printf started > '{{{{ folder }}}}/services/{name}'"}


def reason(ended, host):
    return ended.table()[host][-1]


# Services beside a running target


def test_no_service_is_restarted_beside_a_target_that_runs_or_may_run(weekend):
    """The task was deleted after a launch; the launch failed half-way; SMS shows no cycle; SMS keeps snapshots."""
    names = ("deleted", "failed", "cycleless", "kept", "novel")
    weekend.fleet(*(in_sync(name) for name in names))
    frozen = weekend.play("--tags", "freeze")
    assert frozen.code == 0, frozen.output
    kept = in_sync("kept")["current_task"]
    kept["target_server"]["cutovered_snapshot_ids"] = "snapshot"
    weekend.emulator.change_fleet(
        update={
            id_of("deleted"): {"current_task": None, "state": "waiting", "migration_cycle": "checking"},
            id_of("failed"): {"state": "error", "migration_cycle": "cutovered"},
            id_of("cycleless"): {"state": "finished", "migration_cycle": None},
            id_of("kept"): {"current_task": kept},
            id_of("novel"): {"state": "hibernating"},
        }
    )
    # A target that was launched and is synchronized again may be launched again.
    launch = ("--tags", "settle,launch", "--limit", "!kept")
    for playbook, arguments, count in (("huaweicloud.sms.thaw", (), 5), ("huaweicloud.sms.wave", launch, 4)):
        ended = weekend.play(*arguments, playbook=playbook, wave_confirm=count)
        assert ended.code == 2, ended.output
        assert ended.output.count("It stays frozen") >= count, ended.output
        assert not any(weekend.running(name) for name in names)
        assert weekend.records() == set(names)
    assert weekend.launched() == []
    assert [entry[1] for entry in weekend.log] == ["stopped"] * len(names)


def test_a_launch_whose_answer_is_lost_is_never_undone(weekend):
    """A gateway holds back the request of one host, and SMS gets it when the wave has given up."""
    weekend.fleet(in_sync("late"), in_sync("web"))
    weekend.emulator.faults(
        {"kind": "delay", "seconds": 45, "path": f"/v3/tasks/{id_of('task of late')}/action", "method": "POST"}
    )
    connection = {**weekend.settings["sms_connection"], "timeout": 2}
    ended = weekend.play(sms_connection=connection)
    assert ended.code == 2, ended.output
    assert ended.results() == {"late": "unknown", "web": "tested"}, ended.output
    full = ended.output.partition("In full:")[2].partition("PLAY RECAP")[0]
    assert "It stays frozen (app-late was stopped)" in full, ended.output
    assert "huaweicloud.sms.thaw --limit late -e thaw_force=true -e thaw_confirm=1" in full
    assert not weekend.running("late")
    weekend.emulator.clear_faults()
    again = weekend.play()
    assert again.code == 0, again.output
    assert again.results() == {"late": "tested", "web": "tested"}
    assert not weekend.running("late")


# Services that run at the launch


def test_a_declared_service_that_runs_again_prevents_the_launch(weekend):
    """One was started during the settling; one was declared between two runs; one is on a host with ask."""
    weekend.fleet(in_sync("good"), in_sync("woken"), in_sync("added"))
    weekend.service("cron-woken")
    weekend.service("cron-added")
    weekend.group_vars("woken", "host_vars", wave_services=["app-woken", "cron-woken"])
    weekend.group_vars("sms", wave_services=["app-{{ inventory_hostname }}"])
    assert weekend.play("--tags", "freeze", wave_services=None).code == 0
    weekend.group_vars("added", "host_vars", wave_services=["app-added", "cron-added"])
    wake = write_tasks(
        weekend, "wake.yml", {**starts("cron-woken"), "when": "inventory_hostname == 'woken'", "become": False}
    )
    steps = ("--tags", "settle,launch,wait,smoke_test,summary")
    ended = weekend.play(*steps, wave_services=None, wave_settle_tasks=wake)
    assert ended.code == 2, ended.output
    assert ended.results()["good"] == "tested"
    assert weekend.launched() == ["good"], ended.output
    assert "cron-woken" in reason(ended, "woken")
    assert "cron-added" in ended.output
    assert weekend.running("woken", "added")


# Nothing declared


@pytest.mark.parametrize(
    "selection",
    [
        ("--tags", "settle,launch,wait"),
        ("--tags", "launch"),
        ("--skip-tags", "check"),
        ("--skip-tags", "check,freeze,settle"),
        ("--skip-tags", "always"),
        ("--tags", "freeze,launch", "--skip-tags", "always"),
        ("--start-at-task", "Run the tasks for launch"),
    ],
    ids=" ".join,
)
def test_no_selection_of_steps_launches_a_host_that_is_not_frozen(weekend, selection):
    """Nothing declared; a service that does not exist; a file of tasks that is missing; frozen by nobody."""
    names = ("undeclared", "misspelt", "missing")
    weekend.fleet(*(in_sync(name) for name in names))
    weekend.group_vars("misspelt", "host_vars", wave_services=["app-mispelt"])
    weekend.group_vars("missing", "host_vars", wave_freeze_tasks="nowhere.yml")
    first = weekend.play("--tags", "freeze", wave_services=None)
    assert first.code == 2, first.output
    ended = weekend.play(*selection, wave_services=None)
    assert ended.code == 2, ended.output
    assert weekend.launched() == []
    assert weekend.log == []
    assert weekend.records() == set()


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_a_strategy_that_does_not_keep_hosts_together_is_refused(weekend, strategy):
    weekend.fleet(in_sync("web"), in_sync("database"))
    site = write_play(weekend, strategy=strategy)
    for arguments in ((), ("--tags", "freeze"), ("--skip-tags", "always")):
        ended = weekend.play(*arguments, playbook=site)
        assert ended.code == 2, ended.output
        assert weekend.log == []
        assert weekend.emulator.changes() == []
        assert "strategy" in ended.output or "--skip-tags" in arguments


# Each host its own values


def test_every_host_has_its_own_values(weekend):
    """Where it migrates to, how it is copied, who launches it, what keeps it from being migrated."""
    failed = [{"name": "CPU", "result": "FAILED", "error_code": "SMS.0001"}]
    weekend.fleet(in_sync("auto"), in_sync("manual"), server("north"), server("south"), server("odd", checks=failed))
    weekend.group_vars("sms", wave_launch="api", wave_settle=1)
    weekend.group_vars("manual", "host_vars", wave_launch="none", wave_settle=2)
    north, south = {**TARGET, "name": "n"}, {**TARGET, "region_id": "af-south-1", "project_id": "f" * 32}
    weekend.group_vars("north", "host_vars", wave_target=north, wave_settings={"speed_limit": 100})
    weekend.group_vars("south", "host_vars", wave_target=south, wave_settings={"speed_limit": 200})
    weekend.group_vars("odd", "host_vars", wave_target=TARGET)
    own = dict.fromkeys(("wave_launch", "wave_settle"))
    ended = weekend.play(wave_start=True, wave_confirm=5, wave_cutover_timeout=4, **own)
    assert ended.results().get("auto") == "tested", ended.output
    assert ended.results()["odd"] == "removed in check"
    assert "manual" not in weekend.launched()
    created = {}
    for change in weekend.emulator.changes():
        if change["path"] == "/v3/tasks":
            body = json.loads(change["body"])
            created[body["source_server"]["id"]] = (body["region_id"], body["project_id"], body["speed_limit"])
    assert created == {
        id_of("north"): ("la-north-2", TARGET["project_id"], 100),
        id_of("south"): ("af-south-1", "f" * 32, 200),
    }


def test_a_value_of_the_run_that_differs_between_hosts_ends_it_before_anything_is_touched(weekend):
    weekend.fleet(in_sync("web"), in_sync("database"))
    weekend.group_vars("web", "host_vars", wave_interval=0.5)
    ended = weekend.play(wave_interval=None)
    assert ended.code == 2, ended.output
    assert "wave_interval" in ended.output
    assert weekend.log == []
    assert weekend.emulator.changes() == []


# The target and nothing else is tested


def test_no_smoke_test_reaches_a_source(weekend):
    """An address of the command line wins over the role's, one of set_fact does not; a target's name can be wrong."""
    weekend.fleet(in_sync("web"), in_sync("named", ip="127.0.0.1"), in_sync("fact"))
    weekend.group_vars("named", "host_vars", wave_target_host="localhost")
    fact = write_tasks(weekend, "fact.yml", {"ansible.builtin.set_fact": {"ansible_host": "192.0.2.78"}})
    weekend.group_vars("fact", "host_vars", wave_settle_tasks=fact)
    ended = weekend.play("--limit", "web", "-e", "ansible_host=192.0.2.77", wave_confirm=1)
    assert ended.code == 2, ended.output
    assert ended.results() == {"web": "removed in smoke_test"}, ended.output
    assert "higher precedence" in reason(ended, "web")
    assert weekend.tested() == {}
    again = weekend.play(wave_confirm=3)
    assert again.results() == {"web": "tested", "fact": "tested", "named": "removed in smoke_test"}, again.output
    addresses = weekend.tested()
    sources = {record["ip"] for record in weekend.emulator.fleet()}
    assert addresses.keys() == {"web", "fact"}
    assert not {*addresses.values()} & {*sources, "192.0.2.78"}


# One host's mistake


def test_the_mistake_of_a_host_removes_that_host_alone(weekend):
    names = ("good", "slow", "shared-1", "shared-2", "nat-1", "nat-2", "twin-1", "bracket", "ender")
    weekend.fleet(*(in_sync(name) for name in names))
    update = {id_of(name): {"ip": "192.0.2.201"} for name in ("shared-1", "shared-2")}
    update |= {id_of(name): {"ip": "192.0.2.202"} for name in ("nat-1", "nat-2")}
    weekend.emulator.change_fleet(update=update)
    connection = weekend.settings.pop("sms_connection")
    weekend.group_vars("sms", sms_connection=connection)
    weekend.group_vars("slow", "host_vars", sms_connection={**connection, "timeout": "soon"})
    for name in ("nat-1", "nat-2"):
        weekend.group_vars(name, "host_vars", wave_shared_address=True)
    weekend.group_vars("bracket", "host_vars", wave_target_host="[::1]")
    write_tasks(weekend, "end.yml", {SHELL: "true"}, {"ansible.builtin.meta": "end_host"})
    weekend.group_vars("ender", "host_vars", wave_freeze_tasks="end.yml")
    copy = {"sms_id": id_of("twin-1"), "ansible_host": "192.0.2.203", "sms_os_type": "LINUX", "wave_services": []}
    static = {"sms": {"hosts": {"twin-2": copy}}}
    (weekend.folder / "static.json").write_text(json.dumps(static), encoding="utf-8")
    ended = weekend.play("-i", "static.json", wave_confirm=10)
    assert ended.code == 2, ended.output
    removed = ("slow", "shared-1", "shared-2", "twin-1", "twin-2", "bracket", "ender")
    assert ended.results() == {
        **dict.fromkeys(("good", "nat-1", "nat-2"), "tested"),
        **dict.fromkeys(removed, "removed in check"),
    }, ended.output
    assert weekend.launched() == ["good", "nat-1", "nat-2"]
    assert weekend.running(*set(names) - {"good", "nat-1", "nat-2"})
    assert reason(ended, "slow").count("'timeout' is of type str") == 1


def test_a_host_that_vanishes_while_it_is_frozen_is_restarted_by_another(weekend):
    """Its connection breaks once, after the freeze, so that Ansible takes it out of the play."""
    weekend.fleet(in_sync("web"), in_sync("gone"))
    drop = write_tasks(
        weekend,
        "drop.yml",
        {SHELL: "touch '{{ folder }}/unreachable-gone'", "delegate_to": "web", "become": False, **ONCE},
        {SHELL: "true", "become": False},
    )
    ended = weekend.play(wave_settle_tasks=drop)
    assert ended.code == 4, ended.output
    assert ended.results()["web"] == "tested", ended.output
    assert weekend.running("gone"), ended.output
    assert weekend.launched() == ["web"]
    assert "Restarted app-gone" in reason(ended, "gone")


def test_a_task_of_the_users_own_that_ends_a_host_does_not_hide_it(weekend):
    """The file of the tasks includes another one by a template, which nobody can read beforehand."""
    weekend.fleet(in_sync("web"), in_sync("ended"))
    write_tasks(weekend, "end-ended.yml", {"ansible.builtin.meta": "end_host"})
    write_tasks(weekend, "end-web.yml", {SHELL: "true", "become": False})
    own = write_tasks(weekend, "own.yml", {"ansible.builtin.include_tasks": "end-{{ inventory_hostname }}.yml"})
    ended = weekend.play(wave_settle_tasks=own)
    assert ended.results()["web"] == "tested", ended.output
    assert weekend.running("ended"), ended.output
    assert "Restarted app-ended" in reason(ended, "ended")
    assert ended.code == 2, ended.output


def test_a_limit_on_the_time_of_tasks_does_not_end_the_waits(weekend, monkeypatch):
    monkeypatch.setenv("ANSIBLE_TASK_TIMEOUT", "2")
    weekend.fleet(in_sync("web"))
    ended = weekend.play(wave_settle=4)
    assert ended.code == 0, ended.output
    assert ended.results() == {"web": "tested"}


def test_nobody_becomes_another_user_on_the_controller(weekend, monkeypatch):
    """The play and the command line say become, with a program in place of sudo that notes what it is asked for."""
    monkeypatch.setenv("ANSIBLE_BECOME_ALLOW_SAME_USER", "true")
    weekend.fleet(in_sync("web"))
    sudo = weekend.folder / "sudo"
    sudo.write_text(
        '#!/bin/sh\nprintf \'%s\\n\' "$*" >> "$SERVICES/sudo"\n'
        'while [ "$1" != /bin/sh ] && [ $# -gt 0 ]; do shift; done\nexec "$@"\n',
        encoding="utf-8",
    )
    sudo.chmod(0o755)
    site = write_play(weekend, become=True)
    ended = weekend.play("-b", playbook=site, ansible_become=None, ansible_become_exe=str(sudo))
    assert ended.code == 0, ended.output
    assert ended.results() == {"web": "tested"}
    asked = (weekend.folder / "services" / "sudo").read_text(encoding="utf-8")
    assert "wave.json" in asked
    # A module would be run by its interpreter. With pipelining, the command line has nothing else of it.
    assert "python" not in asked


# The user's own tasks that restart


def test_own_tasks_that_restart_run_for_frozen_hosts_only_and_their_failure_is_told(weekend):
    weekend.fleet(in_sync("fails"), in_sync("works"), in_sync("untouched", connected=False))
    stop = write_tasks(weekend, "stop.yml", {SHELL: "touch '{{ folder }}/stopped-{{ inventory_hostname }}'"})
    thaw = write_tasks(
        weekend,
        "thaw.yml",
        {SHELL: "touch '{{ folder }}/thawed-{{ inventory_hostname }}'"},
        {"ansible.builtin.fail": {"msg": "The database refuses."}, "when": "inventory_hostname == 'fails'"},
    )
    fail = write_tasks(weekend, "fail.yml", {"ansible.builtin.fail": {"msg": "No."}})
    ended = weekend.play(
        wave_services=None, wave_freeze_tasks=stop, wave_thaw_tasks=thaw, wave_settle_tasks=fail, wave_confirm=3
    )
    assert ended.code == 2, ended.output
    assert {file.name for file in weekend.folder.glob("thawed-*")} == {"thawed-fails", "thawed-works"}
    assert "The database refuses." in ended.output.partition("HOST ")[2]
    assert "wave_thaw_tasks failed" in reason(ended, "fails")


def test_a_record_that_cannot_be_read_is_an_error(weekend):
    weekend.fleet(in_sync("web"))
    weekend.play("--tags", "freeze")
    (file,) = weekend.folder.glob("marks/web/wave.json")
    file.write_text(file.read_text(encoding="utf-8")[:20], encoding="utf-8")
    ended = weekend.play(playbook="huaweicloud.sms.thaw")
    assert ended.code == 2, ended.output
    assert "nothing to restart" not in ended.output.lower()
    assert "it is no complete JSON" in ended.output, ended.output
    assert not weekend.running("web")
    assert weekend.play("--tags", "launch").code == 2
    assert weekend.launched() == []


def test_a_wrong_confirmation_is_an_error_whatever_steps_are_taken(weekend):
    weekend.fleet(in_sync("web"), in_sync("database"))
    for arguments in (("--tags", "freeze,launch"), ("--skip-tags", "check"), ()):
        ended = weekend.play(*arguments, wave_confirm=3)
        assert ended.code == 2
        assert "wave_confirm is 3, but the play has 2 hosts" in ended.output
        assert weekend.log == []


# What is shown


def test_check_mode_says_of_each_host_what_would_be_done(weekend):
    weekend.fleet(server("web"), in_sync("database"))
    ended = weekend.play("--check", wave_start=True, wave_target=TARGET)
    assert ended.code == 0, ended.output
    for words in (
        "web: replicate: Would create a task with the target region_id la-north-2",
        "Would stop app-database",
        "Would stop app-web",
        "database: launch: Would",
        "database: smoke_test: Would",
    ):
        assert words in ended.output, words
    assert all(result.startswith("would be ") for result in ended.results().values()), ended.results()


def test_what_a_wave_prints_can_be_followed(weekend):
    weekend.fleet(in_sync("web"), in_sync("database"))
    ended = weekend.play()
    print(ended.output)
    lines = [line for line in ended.output.splitlines() if line.strip()]
    # A wave of three hosts once took 272.
    assert len(lines) < 145, len(lines)
    tasks = [line for line in lines if line.startswith("TASK ")]
    assert len(tasks) == len(set(tasks)), tasks
    assert "PLAY RECAP" in ended.output.partition("HOST ")[2]


def test_no_longer_registered_names_the_account(weekend):
    weekend.fleet(in_sync("web"))
    other = {**weekend.settings["sms_connection"], "project_id": "e" * 32}
    weekend.play("--tags", "freeze")
    weekend.emulator.change_fleet(vanish=[id_of("web")])
    static = {"sms": {"hosts": {"web": {"sms_id": id_of("web"), "ansible_host": "192.0.2.9", "sms_os_type": "LINUX"}}}}
    (weekend.folder / "static.json").write_text(json.dumps(static), encoding="utf-8")
    ended = weekend.play("-i", "static.json", sms_connection=other)
    assert ended.code == 2
    assert weekend.emulator.url in reason(ended, "web"), ended.output
    assert "e" * 32 in ended.output
