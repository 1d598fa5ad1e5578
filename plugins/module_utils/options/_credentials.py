# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: selection of the credentials from options and environment.

One kind of credentials has to be complete. No kind, an incomplete one and two kinds are errors that name the options or
variables, and never show their values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..common._errors import OptionsError
from . import _inputs
from ._argument_spec import (
    AGENCY_OPTION,
    CREDENTIAL_OPTIONS,
    ENVIRONMENT,
    KEY_OPTIONS,
    PROJECT_OPTIONS,
    SECRET_OPTIONS,
    variables_of,
)


@dataclass(frozen=True)
class Kind:
    """One kind of credentials.

    :ivar required: the options that must all be given.
    :ivar optional: the options that may be given with them.
    """

    label: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        return self.required + self.optional

    def missing_from(self, values: Mapping[str, str]) -> list[str]:
        """Return the required options that have no value."""
        return [name for name in self.required if name not in values]

    def present_in(self, values: Mapping[str, str]) -> list[str]:
        """Return the options that have a value."""
        return [name for name in self.options if name in values]


TOKEN = Kind("a token", ("token",))
KEYS = Kind("an access key", KEY_OPTIONS[:2], KEY_OPTIONS[2:])
PASSWORD = Kind("an IAM user's password", ("username", "password", "domain_name"))
AGENCY = Kind("temporary keys of this ECS's agency", (AGENCY_OPTION,))
KINDS = (TOKEN, KEYS, AGENCY, PASSWORD)

# These are sent in HTTP headers, which allow nothing else; a stray line break would become part of an error message.
_HEADER_OPTIONS = ("token", "access_key", "security_token", "project_id")


@dataclass(frozen=True, repr=False)
class Credentials:
    """One complete kind of credentials.

    :ivar values: the kind's options, and the project's if one is given.
    :ivar origin: where the values came from, for an error message.
    """

    kind: Kind
    values: Mapping[str, str]
    origin: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        return tuple(self.values[name] for name in SECRET_OPTIONS if name in self.values)


def identity_of(inputs: _inputs.Inputs) -> dict[str, str]:
    """Return the options that identify the account and are no secret."""
    names = ("access_key", AGENCY_OPTION, "username", "domain_name", *PROJECT_OPTIONS)
    values = inputs.options if inputs.hold_credentials else inputs.completed
    return {name: values[name] for name in names if values.get(name)}


def choose(inputs: _inputs.Inputs) -> Credentials:
    """Return the one complete kind of credentials: that of the options, if they contain any part of one.

    :raises OptionsError: there is no complete kind, or more than one.
    """
    _inputs.refuse_empty(inputs.options)
    if inputs.hold_credentials:
        return _from_options(inputs.options)
    return _from_environment(inputs.completed, inputs.variables)


def _from_options(given: Mapping[str, str]) -> Credentials:
    """Return the credentials in the options alone, since those in the environment may belong to another account."""
    kinds = [kind for kind in KINDS if kind.present_in(given)]
    if len(kinds) > 1:
        found = ", ".join(name for kind in kinds for name in kind.present_in(given))
        raise OptionsError(f"More than one kind of credentials is given as options ({found}): keep one of them.")
    missing, present = kinds[0].missing_from(given), kinds[0].present_in(given)
    if missing:
        raise OptionsError(
            f"The options give {' and '.join(present)} but not {' and '.join(missing)}. What belongs to credentials"
            " that are given as options is not taken from the environment, which may hold another account's: give it"
            f" as an option too, for example \"{{{{ lookup('env', '{ENVIRONMENT[missing[0]][-1]}') }}}}\"."
        )
    return _make_credentials(kinds[0], given, {}, f"the options {', '.join(present)}")


def _from_environment(values: Mapping[str, str], variables: Mapping[str, str]) -> Credentials:
    """Return the credentials in the environment. There, a part of another kind beside a complete one is ignored.

    :param variables: the environment variable of each value; none for the value of an option.
    """
    complete = [kind for kind in KINDS if not kind.missing_from(values)]
    if len(complete) > 1:
        found = ", ".join(variables[name] for kind in complete for name in kind.required)
        raise OptionsError(
            f"The environment holds more than one kind of credentials ({found}): unset one of them, or give one as"
            " options."
        )
    if complete:
        found = ", ".join(variables[name] for name in complete[0].present_in(values))
        return _make_credentials(complete[0], values, variables, f"the environment ({found})")
    for kind in KINDS:
        if present := kind.present_in(values):
            raise _incomplete_environment(present, kind.missing_from(values), variables)
    raise OptionsError(
        "No credentials: give token; or access_key and secret_key; or username, password and domain_name; or, on an"
        f" ECS with an agency, {AGENCY_OPTION}: true."
        f" No such option is set, nor is any of the environment variables {variables_of(*CREDENTIAL_OPTIONS)}."
    )


def _incomplete_environment(present: list[str], missing: list[str], variables: Mapping[str, str]) -> OptionsError:
    # By the same naming scheme as the variables that are set: the SDK's or Terraform's.
    scheme = ENVIRONMENT[present[0]].index(variables[present[0]])
    return OptionsError(
        f"The environment gives {' and '.join(variables[name] for name in present)} but not {' and '.join(missing)}:"
        f" set {' and '.join(ENVIRONMENT[name][scheme] for name in missing)}, or give complete credentials as options."
    )


def _make_credentials(kind: Kind, values: Mapping[str, str], variables: Mapping[str, str], origin: str) -> Credentials:
    used = {name: values[name] for name in kind.options + PROJECT_OPTIONS if name in values}
    for option, value in used.items():
        _check_characters(variables.get(option, option), option, value)
    return Credentials(kind, used, origin)


def _check_characters(name: str, option: str, value: str) -> None:
    """Refuse a value that cannot be sent, without showing it.

    :param name: of the option or the environment variable, for the message.
    """
    if option in _HEADER_OPTIONS and not re.fullmatch(r"[\x21-\x7e]+", value):
        raise OptionsError(
            f"{name} holds white space, a line break or another character that no such value has: copy it again."
        )
    if _inputs.has_lone_surrogate(value):
        raise OptionsError(f"{name} holds bytes that are no UTF-8 text: copy it again.")
