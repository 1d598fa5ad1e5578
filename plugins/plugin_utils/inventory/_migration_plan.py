# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the file of a migration plan, in which people write what moves where.

It is a table with one row per server, as CSV from a spreadsheet or as YAML. Every cell is text that nobody evaluates:
a plan comes from people whom nobody would let run code on the control node.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.vars.reserved import get_reserved_names
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _csv, _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _new_task

# In the order of the file. What the export only shows is in the columns "info.…", which are ignored when it is read.
COLUMNS = (
    *("id", "name", "account", "wave", "template", "vm_id", "target_name", "region_id", "project_id"),
    "services",
)
SETTING, VARIABLE, INFORMATION = "settings.", "vars.", "info."
# In the column "services": there is nothing to stop. An empty cell means that nothing is declared.
NOTHING = "-"
# The columns of the target, by the suboptions of ``target`` that they become.
_TARGET = {
    "template": "template",
    "vm_id": "vm_id",
    "name": "target_name",
    "region_id": "region_id",
    "project_id": "project_id",
}
# Variables that decide where Ansible connects to or what a role does are not for a plan.
_FORBIDDEN_PREFIXES = (
    *("ansible_", "sms_", "wave_", "thaw_", "rehearse_", "agent_", "cleanup_", "report_", "preflight_"),
)
# The group of servers without a row.
UNPLANNED = "unplanned"
_LONGEST_FILE = 32 * 1024 * 1024
_MOST_PROBLEMS = 20


class PlanError(OptionsError):
    """A plan cannot be used. The message names all problems that were found."""


@dataclass(frozen=True)
class PlanRow:
    """The row of one server.

    :ivar line: of the file in CSV, the number of the row in YAML; for messages.
    :ivar cells: the texts of all columns that are not empty.
    :ivar services: the declared services; None if nothing is declared.
    :ivar settings: the options for a new task, with their types.
    """

    line: int
    cells: Mapping[str, str]
    services: tuple[str, ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def server_id(self) -> str:
        return self.cells.get("id", "")

    @property
    def account(self) -> str:
        return self.cells.get("account", "")

    @property
    def target(self) -> dict[str, str]:
        """The suboptions of ``target``; empty if the row has none."""
        return {option: self.cells[column] for option, column in _TARGET.items() if column in self.cells}

    @property
    def variables(self) -> dict[str, str]:
        """The user's own variables of the host."""
        return {name[len(VARIABLE) :]: text for name, text in self.cells.items() if name.startswith(VARIABLE)}

    @property
    def role_variables(self) -> dict[str, Any]:
        """The variables of the role wave that the row sets."""
        found: dict[str, Any] = {}
        if target := self.target:
            # Whoever names an existing ECS in a plan means that its disks are overwritten.
            found["wave_target"] = {**target, **({"overwrite_disks": True} if "vm_id" in target else {})}
        if self.settings:
            found["wave_settings"] = dict(self.settings)
        if self.services is not None:
            found["wave_services"] = list(self.services)
        return found

    @property
    def group(self) -> str:
        """The group of the wave; empty if the row has none."""
        return wave_group(self.cells["wave"]) if "wave" in self.cells else ""

    @property
    def label(self) -> str:
        return f"row {self.line} ({_text.plain(self.cells.get('name') or self.server_id or 'without an ID')})"


@dataclass(frozen=True)
class MigrationPlan:
    """A plan that was read.

    :ivar columns: in the order of the file.
    """

    columns: Sequence[str]
    rows: Sequence[PlanRow]


@dataclass(frozen=True)
class PlanRows:
    """The rows of a plan that belong to an inventory.

    :ivar by_id: by the IDs of the servers.
    """

    by_id: Mapping[str, PlanRow]

    @property
    def groups(self) -> list[str]:
        """The groups that exist even if no server is in them."""
        return list(dict.fromkeys([*filter(None, (row.group for row in self.by_id.values())), UNPLANNED]))


def rows_of(path: str, account: str | None) -> PlanRows:
    """Return the rows of a plan for one account.

    :param account: rows that name another account are left out; None to leave out none.
    :raises PlanError: as :func:`read`.
    """
    rows = [row for row in read(path).rows if not account or row.account in ("", account)]
    return PlanRows({row.server_id: row for row in rows})


def wave_group(wave: str) -> str:
    """Return the group of a wave, such as ``wave_7``."""
    return re.sub(r"\W", "_", f"wave_{wave}".lower())


def read(path: str) -> MigrationPlan:
    """Read and check the file of a plan.

    :raises PlanError: it cannot be read, or a row is wrong. The message names every problem.
    """
    plan, problems = inspect(path)
    if problems:
        more = f" And {len(problems) - _MOST_PROBLEMS} more." if len(problems) > _MOST_PROBLEMS else ""
        raise PlanError(f"plan: {_text.plain(path)}: {' '.join(problems[:_MOST_PROBLEMS])}{more}")
    return plan


def inspect(path: str) -> tuple[MigrationPlan, list[str]]:
    """Read a plan, and return it with the problems of all rows.

    :raises PlanError: the file cannot be read, or is no table.
    """
    try:
        file = Path(path)
        content = file.read_bytes()
        if len(content) > _LONGEST_FILE:
            raise PlanError(f"plan: {_text.plain(path)} is larger than {_LONGEST_FILE // 2**20} MiB.")
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise PlanError(f"plan: {_text.plain(path)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise PlanError(f"plan: {_text.plain(path)} is not in UTF-8. Save it as CSV in UTF-8.") from None
    is_yaml = file.suffix.lower() in (".yml", ".yaml")
    try:
        columns, rows = _from_yaml(text) if is_yaml else _from_csv(text)
    except RecursionError:
        raise PlanError(f"plan: {_text.plain(path)} is no table: it is nested too deeply.") from None
    except (yaml.YAMLError, csv.Error, ValueError) as error:
        raise PlanError(f"plan: {_text.plain(path)} is no table: {_text.plain(error)}") from None
    return _plan_of(columns, rows)


def to_text(path: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return the content of a plan's file, as CSV or YAML by the end of its name."""
    if Path(path).suffix.lower() in (".yml", ".yaml"):
        content = [{column: row[column] for column in columns if row.get(column)} for row in rows]
        return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return _csv.to_csv([list(columns), *([row.get(column, "") for column in columns] for row in rows)])


def _from_csv(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Return the columns, and the cells of each row with its line.

    :raises ValueError: it has no header, or a row has more cells than that.
    """
    header = text.partition("\n")[0]
    # Spreadsheets use the separator of the user's country.
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns = [cell.strip() for cell in next(reader, [])]
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise ValueError(f"line {reader.line_num} has more cells than the header.")
        values = (_csv.without_guard(cell).strip() for cell in cells)
        rows.append((reader.line_num, dict(zip(columns, values, strict=False))))
    return columns, rows


class _RowLoader(yaml.BaseLoader):
    """Refuses a row that has a column twice: YAML would keep the last cell, and lose the others."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        row = super().construct_mapping(node, deep)
        if len(row) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a row has a column twice", node.start_mark)
        return dict(row)


def _from_yaml(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """
    :raises ValueError: it is no list of rows.
    """
    # Texts as they are written: a plan has no other types, and "0123" is no number.
    content = yaml.load(text, Loader=_RowLoader) or []
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise ValueError("it has to be a list of rows, each with the columns as keys.")
    rows = []
    for number, row in enumerate(content, 1):
        cells = {str(column).strip(): _yaml_cell(column, value, number) for column, value in row.items()}
        rows.append((number, cells))
    return list(dict.fromkeys(column for _number, cells in rows for column in cells)), rows


def _yaml_cell(column: str, value: Any, number: int) -> str:
    # Names only: the text of nested lists with aliases can be larger than the memory.
    if column == "services" and isinstance(value, list) and all(isinstance(name, str) for name in value):
        return ";".join(value) or NOTHING
    if not isinstance(value, str):
        raise ValueError(f"row {number}: {_text.plain(column)} has to be a text.")
    return value.strip()


def _plan_of(columns: list[str], rows: list[tuple[int, dict[str, str]]]) -> tuple[MigrationPlan, list[str]]:
    problems = [*_column_problems(columns)]
    if "id" not in columns or len({*columns}) < len(columns):
        # What a row means is not known then.
        return MigrationPlan(columns, []), problems
    known = [column for column in columns if not _column_problem(column)]
    parsed = []
    for line, cells in rows:
        row, found = _row_of(line, {column: cells[column] for column in known if cells.get(column)})
        parsed.append(row)
        problems += [f"{row.label}: {problem}" for problem in found]
    return MigrationPlan(columns, parsed), [*problems, *_problems_between(parsed)]


def _column_problems(columns: Sequence[str]) -> Iterator[str]:
    if "id" not in columns:
        yield "It has no column id, by which rows and servers are matched."
    for column, count in Counter(columns).items():
        if count > 1:
            yield f"The column {_text.plain(column) or 'without a name'} is there {count} times."
        if reason := _column_problem(column):
            yield f"The column {_text.plain(column) or 'without a name'} {reason}."


def _column_problem(column: str) -> str:
    """Return why a column cannot be in a plan, as a predicate; empty if it can."""
    if column in COLUMNS or column.startswith(INFORMATION):
        return ""
    if column.startswith(SETTING):
        known = column[len(SETTING) :] in _new_task.SETTINGS_SPEC
        return "" if known else f"is no setting: {', '.join(_new_task.SETTINGS_SPEC)}"
    if not column.startswith(VARIABLE):
        return f"is unknown: {', '.join(COLUMNS)}, {SETTING}<option> and {VARIABLE}<variable>"
    name = column[len(VARIABLE) :]
    if not name.isidentifier() or not name.isascii():
        return "has no name of a variable"
    if name.startswith(_FORBIDDEN_PREFIXES) or name in get_reserved_names():
        return "would set a variable that Ansible or a role decides by"
    return ""


def _row_of(line: int, cells: dict[str, str]) -> tuple[PlanRow, list[str]]:
    problems = [] if "id" in cells else ["it has no ID."]
    services: tuple[str, ...] | None = None
    if cells.get("services") == NOTHING:
        services = ()
    elif "services" in cells:
        services = tuple(name.strip() for name in cells["services"].split(";") if name.strip())
        problems += [] if services else [f"services names none. For nothing to stop, write {NOTHING}."]
    given = {name[len(SETTING) :]: text for name, text in cells.items() if name.startswith(SETTING)}
    spec = {
        name: {"type": one["type"], **({"choices": one["choices"]} if "choices" in one else {})}
        for name, one in _new_task.SETTINGS_SPEC.items()
    }
    result = ArgumentSpecValidator(spec).validate(given)
    problems += [f"settings: {message}." for message in result.error_messages]
    settings = {name: result.validated_parameters[name] for name in given if name in result.validated_parameters}
    if "template" in cells and "vm_id" in cells:
        problems.append("it has a template and a vm_id: the target is one of them.")
    return PlanRow(line, cells, services, settings), problems


def _problems_between(rows: Sequence[PlanRow]) -> Iterator[str]:
    """Yield the problems that several rows have together."""
    for column, what in (("id", "ID"), ("vm_id", "vm_id")):
        lines: dict[str, list[str]] = {}
        for row in rows:
            if column in row.cells:
                lines.setdefault(row.cells[column].lower(), []).append(str(row.line))
        for value, found in lines.items():
            if len(found) > 1:
                yield f"The {what} {_text.plain(value)} is in the rows {_text.some_of(found)}."
    groups: dict[str, set[str]] = {}
    for row in rows:
        if row.group:
            groups.setdefault(row.group, set()).add(row.cells["wave"])
    for group, waves in groups.items():
        if len(waves) > 1:
            names = " and ".join(sorted(map(_text.plain, waves)))
            yield f"The waves {names} would be one group, {group}. Write one of them in all their rows."
