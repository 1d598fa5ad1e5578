# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: finds and checks the files of the user's own tasks for a wave.

A task ``meta: end_host`` ends the host's play at once. Ansible reports that as a success, and the wave can neither
restart the services of this host nor list it in its summary. Therefore such files are refused before the wave begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible import constants
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text

# Actions of the module meta that keep the hosts of the play and the facts of the wave. What is not listed is refused:
# refresh_inventory can take hosts out of the play, and clear_host_errors brings back hosts that Ansible removed.
_HARMLESS = frozenset({"noop", "flush_handlers", "reset_connection", "clear_facts"})
# Ends the role that it is in, which is the wave unless it is in another role.
_END_ROLE = "end_role"
_BLOCKS = ("block", "rescue", "always")
_INCLUDES = ("include_tasks", "import_tasks")
_ROLES = ("include_role", "import_role")
_PREFIXES = ("", "ansible.builtin.", "ansible.legacy.")
_VAULT = "$ANSIBLE_VAULT;"
_MOST_FILES = 200
_MOST_BYTES = 1024 * 1024
_MOST_TASKS = 20000


class _File(NamedTuple):
    """A file of tasks.

    :ivar folders: where the files that it includes are looked up.
    :ivar in_role: whether it belongs to a role that is included.
    """

    path: Path
    folders: tuple[Path, ...]
    in_role: bool = False


class _Problem(Exception):
    """A file of tasks cannot be used. The message is the end of a sentence about the file."""


class _Loader(yaml.SafeLoader):
    """Loads YAML without the values of unknown tags, such as ``!vault``."""


_Loader.add_multi_constructor("", lambda _loader, _suffix, _node: None)


def find_tasks(path: str, folders: Iterable[Path]) -> Path | None:
    """Return the existing file of tasks; None if there is none.

    :param folders: where a relative path is looked up, in this order.
    """
    return next((file for file in candidates(path, folders) if _exists(file)), None)


def candidates(path: str, folders: Iterable[Path]) -> list[Path]:
    """Return the paths at which a file of tasks is looked up."""
    try:
        given = Path(path).expanduser()
    except RuntimeError:
        # There is no user of the name behind the tilde.
        given = Path(path)
    return list(dict.fromkeys(folder / given for folder in folders))


def problem_of_tasks(file: Path, folders: Sequence[Path]) -> str:
    """Return why a file of tasks must not be used in a wave, as the end of a sentence about it; empty if it may.

    Also checks the files and roles that it includes or imports by a constant name. Not checked are files that are
    encrypted with Ansible Vault, names that are templates, and roles of collections.
    """
    waiting, seen, tasks = [_File(file, (file.parent, *folders))], {file}, 0
    while waiting:
        current = waiting.pop()
        try:
            for task in _tasks_in(_read(current.path)):
                tasks += 1
                if tasks > _MOST_TASKS or len(seen) > _MOST_FILES:
                    raise _Problem(f"leads to more than {_MOST_FILES} files or {_MOST_TASKS} tasks")
                _check(task, current.in_role)
                included = [found for found in _included(task, current) if found.path not in seen]
                waiting += included
                seen.update(found.path for found in included)
        except _Problem as problem:
            return str(problem) if current.path == file else f"includes {current.path}, which {problem}"
    return ""


def _exists(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):
        # Too long, or with a null character: no file can have that name.
        return False


def _read(file: Path) -> list[Any]:
    """
    :raises _Problem: the content is not a list of tasks.
    """
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise _Problem("is larger than 1 MiB")
        content = [] if text.startswith(_VAULT) else yaml.load(text, _Loader)
    except OSError as error:
        raise _Problem(f"cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise _Problem(f"is not valid YAML ({' '.join(_text.plain(error).split())})") from None
    tasks = [] if content is None else content
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise _Problem("is not a list of tasks")
    return tasks


def _tasks_in(content: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield all tasks, those of blocks included."""
    waiting = [content]
    while waiting:
        for task in waiting.pop():
            if isinstance(task, dict):
                yield {str(key): value for key, value in task.items()}
                waiting += [task[name] for name in _BLOCKS if isinstance(task.get(name), list)]


def _check(task: Mapping[str, Any], in_role: bool) -> None:
    """
    :raises _Problem: the task ends the play for hosts, or changes the hosts of the play.
    """
    for arguments in _arguments_of(task, ("meta",)):
        action = _first_word(arguments)
        if action not in _HARMLESS and not (in_role and action == _END_ROLE):
            raise _Problem(f"contains meta: {_text.plain(action, 60) or 'without an action'}")


def _arguments_of(task: Mapping[str, Any], modules: Iterable[str]) -> Iterator[Any]:
    """Yield what a task gives to one of these modules, in any form that Ansible accepts."""
    names = {f"{prefix}{module}" for module in modules for prefix in _PREFIXES}
    yield from (task[name] for name in names if name in task)
    for key in ("action", "local_action"):
        given = task.get(key)
        if isinstance(given, str) and given.split(maxsplit=1)[:1] and given.split(maxsplit=1)[0] in names:
            yield given.partition(given.split(maxsplit=1)[0])[2]
        elif isinstance(given, dict) and str(given.get("module", "")).strip() in names:
            yield {**(task["args"] if isinstance(task.get("args"), dict) else {}), **given}


def _first_word(arguments: Any) -> str:
    """Return the action of the module meta."""
    if isinstance(arguments, dict):
        arguments = next((arguments[name] for name in ("_raw_params", "free_form") if name in arguments), "")
    return (str(arguments).split() or [""])[0]


def _included(task: Mapping[str, Any], current: _File) -> Iterator[_File]:
    """Yield the files of tasks that a task includes or imports by a constant name.

    Ansible decides only when it includes a file which of several folders it takes it from, so that all are checked.
    """
    for arguments in _arguments_of(task, _INCLUDES):
        for file in _existing(_file_names(arguments), current.folders):
            yield _File(file, tuple(dict.fromkeys((file.parent, *current.folders))), current.in_role)
    for arguments in _arguments_of(task, _ROLES):
        for folder in _role_folders(arguments, current.folders):
            name = str(arguments.get("tasks_from") or "main")
            for file in _existing((name, f"{name}.yml", f"{name}.yaml"), (folder / "tasks",)):
                yield _File(file, (file.parent, folder), True)


def _file_names(arguments: Any) -> list[str]:
    if isinstance(arguments, dict):
        arguments = next((arguments[name] for name in ("file", "_raw_params") if name in arguments), "")
    text = str(arguments).strip()
    # A text can have variables behind the name: ``include_tasks: stop.yml which=database``.
    return [text, re.split(r"\s+\w+=", text)[0].removeprefix("file=")] if text else []


def _existing(names: Iterable[str], folders: Sequence[Path]) -> list[Path]:
    places = [*folders, *(folder / "tasks" for folder in folders)]
    return [file for name in dict.fromkeys(names) for file in candidates(name, places) if _exists(file)]


def _role_folders(arguments: Any, folders: Sequence[Path]) -> list[Path]:
    """Return the folders of a role that a task includes."""
    name = str(arguments.get("name") or arguments.get("role") or "") if isinstance(arguments, dict) else ""
    places = [*(folder / "roles" for folder in folders), *map(Path, constants.DEFAULT_ROLES_PATH or ())]
    return candidates(name, places) if name else []
