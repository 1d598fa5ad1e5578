# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which credentials the options and the environment hold.

One kind has to be complete. None, half of one or two are errors that say what is missing, never what is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..common._errors import OptionsError
from . import _inputs
from ._argument_spec import CREDENTIAL_OPTIONS, ENVIRONMENT, KEY_OPTIONS, PROJECT_OPTIONS, SECRET_OPTIONS, variables_of


@dataclass(frozen=True)
class Kind:
    """One kind of credentials.

    :ivar required: the options that must all be there.
    :ivar optional: the options that may come with them.
    """

    label: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        return self.required + self.optional

    def parts_in(self, values: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """The options that are missing, and those that are there."""
        missing = [name for name in self.required if name not in values]
        return missing, [name for name in self.options if name in values]


TOKEN = Kind("a token", ("token",))
KEYS = Kind("an access key", KEY_OPTIONS[:2], KEY_OPTIONS[2:])
PASSWORD = Kind("an IAM user's password", ("username", "password", "domain_name"))
KINDS = (TOKEN, KEYS, PASSWORD)

# These travel in HTTP headers, which take nothing else; a stray line break would end up in an error message.
_HEADER_OPTIONS = ("token", "access_key", "security_token", "project_id")


@dataclass(frozen=True, repr=False)
class Credentials:
    """One complete kind of credentials.

    :ivar values: the kind's options, and the project's where one is given.
    :ivar origin: where the values came from, in words for an error message.
    """

    kind: Kind
    values: Mapping[str, str]
    origin: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(self.values[name] for name in SECRET_OPTIONS if name in self.values)


def identity_of(inputs: _inputs.Inputs) -> dict[str, str]:
    """Whose servers these are, as far as it is no secret."""
    names = ("access_key", "username", "domain_name", *PROJECT_OPTIONS)
    values = inputs.options if inputs.hold_credentials else inputs.completed
    return {name: values[name] for name in names if values.get(name)}


def choose(inputs: _inputs.Inputs) -> Credentials:
    """The one complete kind of credentials: that of the options, if they hold any part of one.

    :raises OptionsError: none, half of one, or two kinds.
    """
    _inputs.refuse_empty(inputs.options)
    if inputs.hold_credentials:
        return _from_options(inputs.options)
    return _from_environment(inputs.completed, inputs.variables)


def _from_options(given: Mapping[str, str]) -> Credentials:
    """Credentials from the options alone: the environment's may belong to another account."""
    kinds = [kind for kind in KINDS if any(name in given for name in kind.options)]
    if len(kinds) > 1:
        found = ", ".join(name for kind in kinds for name in kind.options if name in given)
        raise OptionsError(f"More than one kind of credentials is given as options ({found}): keep one of them.")
    kind = kinds[0]
    missing, present = kind.parts_in(given)
    if missing:
        raise OptionsError(
            f"{_and(present)} {_is(present)} given as {'an option' if len(present) == 1 else 'options'}, but"
            f" {_and(missing)} {_is(missing)} missing. What belongs to credentials that are given as options is not"
            " taken from the environment, which may hold another account's: give it as an option too, for example"
            f" \"{{{{ lookup('env', '{ENVIRONMENT[missing[0]][-1]}') }}}}\"."
        )
    return _make_credentials(kind, given, {name: name for name in given}, f"the options {', '.join(present)}")


def _from_environment(values: Mapping[str, str], variables: Mapping[str, str]) -> Credentials:
    """Credentials from the environment; a stray part of another kind beside a complete one does no harm there.

    :param variables: the variable that each value comes from; none for what is an option.
    """
    complete = [kind for kind in KINDS if all(name in values for name in kind.required)]
    if len(complete) > 1:
        found = ", ".join(variables[name] for kind in complete for name in kind.required)
        raise OptionsError(
            f"The environment holds more than one kind of credentials ({found}): unset one of them, or give one as"
            " options."
        )
    if complete:
        kind = complete[0]
        found = ", ".join(variables[name] for name in kind.options if name in values)
        return _make_credentials(
            kind, values, {**{name: name for name in values}, **variables}, f"the environment ({found})"
        )
    for kind in KINDS:
        missing, present = kind.parts_in(values)
        if present:
            raise OptionsError(
                f"The environment gives {_and([variables[name] for name in present])} but not {_and(missing)}:"
                f" set {_missing_variables(missing, present, variables)}, or give complete credentials as options."
            )
    raise OptionsError(
        "No credentials: give token; or access_key and secret_key; or username, password and domain_name."
        f" No such option is set, nor is any of the environment variables {variables_of(*CREDENTIAL_OPTIONS)}."
    )


def _missing_variables(missing: list[str], present: list[str], variables: Mapping[str, str]) -> str:
    """The environment variables to set for what is missing, by the names that what is present goes by."""
    family = ENVIRONMENT[present[0]].index(variables[present[0]])
    return _and([ENVIRONMENT[name][family] for name in missing])


def _make_credentials(kind: Kind, values: Mapping[str, str], names: Mapping[str, str], origin: str) -> Credentials:
    used = {name: values[name] for name in kind.options + PROJECT_OPTIONS if name in values}
    _check_characters(used, names)
    return Credentials(kind, used, origin)


def _check_characters(values: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Refuse credentials that cannot be sent, without showing them.

    :param names: what the user knows each option by.
    """
    for option, value in values.items():
        if option in _HEADER_OPTIONS and not re.fullmatch(r"[\x21-\x7e]+", value):
            raise OptionsError(
                f"{names[option]} holds white space, a line break or another character that no such value has:"
                " copy it again."
            )
        if _inputs.is_broken(value):
            raise OptionsError(f"{names[option]} holds bytes that are no UTF-8 text: copy it again.")


def _and(names: list[str]) -> str:
    return " and ".join(names)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
