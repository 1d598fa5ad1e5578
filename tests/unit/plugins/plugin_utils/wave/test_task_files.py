# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the user's own tasks for a wave: those that are missing, unreadable, or take hosts out of the play."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _task_files
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._validation import Run, find_tasks, problems_of_hosts

DEBUG = "- ansible.builtin.debug:\n    msg: end_host\n"


@pytest.fixture
def write(tmp_path):
    """Writes files below the folder of the playbook: ``write({"freeze.yml": "- meta: noop"})``."""

    def write_files(files):
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)

    return write_files


@pytest.fixture
def problem_of(tmp_path, write):
    """Gives the problem of a host whose own freeze tasks these are."""

    def problem(content, further=None, name="freeze.yml"):
        write({**({} if content is None else {name: content}), **(further or {})})
        run = Run("linear", frozenset(), 1, False, True, [tmp_path])
        host = {"id": "id", "tasks": {"freeze": name}}
        return problems_of_hosts(run, {"web01": host}).get("web01", "")

    return problem


ENDS = [
    "- meta: end_host",
    "- meta: end_play",
    "- meta: end_batch",
    "- meta: end_role",
    "- meta: clear_host_errors",
    "- meta: refresh_inventory",
    "- meta: something_new",
    "- meta:",
    "- meta: '{{ what }}'",
    "- meta: ' end_host '",
    "- ansible.builtin.meta: end_host",
    "- ansible.legacy.meta: end_host",
    "- {name: Stop, meta: end_host, when: maintenance}",
    "- meta: {free_form: end_host}",
    "- meta: {_raw_params: end_host}",
    "- action: meta end_host",
    "- action: ansible.builtin.meta end_host",
    "- local_action: meta end_host",
    "- action: {module: meta, free_form: end_host}",
    "- action: {module: ansible.builtin.meta}\n  args: {_raw_params: end_host}",
    "- block: [{meta: end_host}]",
    "- block: [{debug: }]\n  rescue: [{meta: end_host}]",
    "- block: [{debug: }]\n  always: [{block: [{meta: end_host}]}]",
    "- debug: &task {msg: !vault text}\n- &last\n  meta: end_host",
    '[{"ansible.builtin.meta": "end_host"}]',
]


@pytest.mark.parametrize("content", ENDS)
def test_tasks_that_take_hosts_out_of_the_play_are_refused(problem_of, content):
    assert "freeze.yml contains meta: " in problem_of(content)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "---",
        DEBUG,
        "- meta: noop",
        "- meta: flush_handlers",
        "- ansible.builtin.meta: reset_connection",
        "- action: meta clear_facts",
        "- my.own.meta: end_host",
        "- action: debug msg='meta end_host'",
        "- debug: {msg: {meta: end_host}}",
        "- debug:\n    msg: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6162\n    url: !unsafe '{{ x }}'",
        # Cannot be seen.
        "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
        "- include_tasks: '{{ what }}.yml'",
        "- include_role: {name: my.own.role}",
        "- include_tasks: missing.yml",
        "- include_tasks:",
        "- include_role:",
    ],
)
def test_other_tasks_are_accepted(problem_of, content):
    assert problem_of(content) == ""


@pytest.mark.parametrize(
    "content",
    [
        "- include_tasks: more/last.yml",
        "- import_tasks: more/last.yml",
        "- ansible.builtin.include_tasks: {file: more/last.yml, apply: {tags: [x]}}",
        "- include_tasks: more/last.yml which=database",
        "- action: include_tasks more/last.yml",
        "- block:\n    - ansible.legacy.import_tasks: more/last.yml",
        "- include_tasks: more/first.yml",
        "- include_tasks: more/root.yml",
    ],
)
def test_tasks_are_followed_into_the_files_that_they_name(problem_of, content):
    files = {
        # Names are relative to the file, or to the folder of the playbook.
        "more/first.yml": "- include_tasks: last.yml",
        "more/root.yml": "- include_tasks: more/last.yml",
        "more/last.yml": "- meta: end_play",
    }
    problem = problem_of(content, files)
    assert "freeze.yml includes " in problem
    assert "more/last.yml, which contains meta: end_play" in problem


def test_tasks_are_followed_into_the_roles_that_they_name(problem_of):
    roles = {"roles/stop/tasks/main.yml": "- import_tasks: more.yml", "roles/stop/tasks/more.yml": "- meta: end_host"}
    for content in ("- include_role: {name: stop}", "- ansible.builtin.import_role: {name: stop, tasks_from: more}"):
        assert "roles/stop/tasks/more.yml, which contains meta: end_host" in problem_of(content, roles)


def test_roles_are_found_where_ansible_is_configured_to_find_them(problem_of, write, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "DEFAULT_ROLES_PATH", [str(tmp_path / "elsewhere")])
    assert "meta: end_batch" in problem_of(
        "- include_role: {name: stop}", {"elsewhere/stop/tasks/main.yaml": "- meta: end_batch"}
    )


def test_a_role_may_end_itself(problem_of):
    roles = {"roles/stop/tasks/main.yml": "- meta: end_role"}
    assert problem_of("- include_role: {name: stop}", roles) == ""


def test_files_that_include_one_another_are_read_once(problem_of):
    assert (
        problem_of("- include_tasks: freeze.yml\n- include_tasks: b.yml", {"b.yml": "- include_tasks: freeze.yml"})
        == ""
    )


def test_the_search_has_a_bound(problem_of, monkeypatch):
    monkeypatch.setattr(_task_files, "_MOST_FILES", 5)
    chain = {f"{number}.yml": f"- include_tasks: {number + 1}.yml" for number in range(9)}
    assert "leads to more than 5 files" in problem_of("- include_tasks: 0.yml", chain)
    monkeypatch.setattr(_task_files, "_MOST_TASKS", 5)
    # Aliases make many tasks of few lines.
    assert "5 tasks" in problem_of("- block: &a [{debug: }, {debug: }]\n- block: &b [{block: *a}, {block: *a}]")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("block: []", "is not a list of tasks"),
        ("- stop", "is not a list of tasks"),
        ("- debug:\n-", "is not a list of tasks"),
        ("- [", "is not valid YAML"),
        ("- {a: b}\n  c", "is not valid YAML"),
        ("[" * 500, "is not valid YAML"),
        ("- {[a]: b}", "is not valid YAML"),
        ("#" * (1024 * 1024 + 1), "is larger than 1 MiB"),
    ],
)
def test_a_file_that_ansible_cannot_use_is_refused(problem_of, content, words):
    problem = problem_of(content)
    assert words in problem
    assert problem.isprintable()


def test_a_file_that_is_no_text_is_refused(problem_of, tmp_path):
    (tmp_path / "freeze.yml").write_bytes(b"\xff\xfe\x00")
    assert "is not valid YAML" in problem_of(None)


def test_a_file_that_cannot_be_read_is_refused(problem_of, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = [_task_files.problem_of_tasks(Path("freeze.yml"), [])]
    assert problem == "cannot be read (Permission denied)"


@pytest.mark.parametrize("name", ["missing.yml", ".", "", "~nobody-of-this-name/x.yml", "a\0b", "x" * 5000, "'"])
def test_a_file_that_does_not_exist_is_not_found(tmp_path, name):
    assert find_tasks(name, [tmp_path]) is None
    assert find_tasks(name, []) is None


def test_a_missing_file_is_a_problem_that_names_all_places(tmp_path):
    run = Run("linear", frozenset(), 1, False, True, [tmp_path / "a", tmp_path / "b"])
    problems = problems_of_hosts(run, {"web01": {"id": "id", "tasks": {"smoke_test": "x.yml", "thaw": ""}}})
    assert problems == {"web01": f"wave_smoke_test_tasks: there is no file {tmp_path}/a/x.yml or {tmp_path}/b/x.yml."}


def test_the_first_folder_that_has_the_file_counts(tmp_path, write):
    write({"b/x.yml": "", "c/x.yml": ""})
    assert find_tasks("x.yml", [tmp_path / "a", tmp_path / "b", tmp_path / "c"]) == tmp_path / "b" / "x.yml"
    assert find_tasks(str(tmp_path / "c" / "x.yml"), [tmp_path / "b"]) == tmp_path / "c" / "x.yml"
