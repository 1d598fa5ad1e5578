# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: validation of single values from options and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..common._errors import OptionsError
from ._argument_spec import (
    AGENCY_OPTION,
    CONNECTION_SPEC,
    CREDENTIAL_OPTIONS,
    ENVIRONMENT,
    KEY_OPTIONS,
    PROJECT_OPTIONS,
)

_STRUCTURES = (Mapping, list, tuple, set)


@dataclass(frozen=True, repr=False)
class Inputs:
    """The texts that the user gave for the connection.

    :ivar options: the given options.
    :ivar environment: the values in the environment, by option.
    :ivar variables: the environment variables that these come from, by option.
    """

    options: Mapping[str, str]
    environment: Mapping[str, str]
    variables: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """Return the value of an option, from the environment if the option is not given."""
        return self.options.get(name) or self.environment.get(name)

    @property
    def hold_credentials(self) -> bool:
        """Whether the options contain any part of credentials. Those in the environment are not used then."""
        return any(name in self.options for name in CREDENTIAL_OPTIONS)

    @property
    def completed(self) -> dict[str, str]:
        """The options, completed from the environment. A given project replaces both its ID and its name."""
        replaced = PROJECT_OPTIONS if any(name in self.options for name in PROJECT_OPTIONS) else ()
        kept = {name: value for name, value in self.environment.items() if name not in replaced}
        return {**kept, **self.options}


def read(options: Mapping[str, Any], environ: Mapping[str, str]) -> Inputs:
    """Return the texts in the connection options and an environment.

    :param options: values of :data:`_argument_spec.CONNECTION_SPEC`, None if not given.
    :raises OptionsError: a value is no text, or is empty and could mean another account.
    """
    names = dict(ENVIRONMENT)
    # An access key, its secret and its security token belong together: all have the SDK's names or Terraform's.
    scheme = _key_scheme(environ)
    for option in KEY_OPTIONS:
        names[option] = (names[option][scheme],)
    found = {option: first_set(choice, environ) for option, choice in names.items()}
    variables = {option: variable for option, variable in found.items() if variable}
    environment = {option: environ[variable].strip() for option, variable in variables.items()}
    return Inputs(_read_texts(options), environment, variables)


def _read_texts(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the given options for texts, without surrounding white space, and the agency if it is chosen."""
    names = [name for name, spec in CONNECTION_SPEC.items() if spec["type"] == "str" and options.get(name) is not None]
    texts = {name: as_text(name, options[name]) for name in names}
    if options.get(AGENCY_OPTION):
        texts[AGENCY_OPTION] = "true"
    # Empty credentials are refused later, when credentials are needed.
    refuse_empty({name: text for name, text in texts.items() if name not in CREDENTIAL_OPTIONS})
    return texts


def _key_scheme(environ: Mapping[str, str]) -> int:
    """Return whose variables contain the access key: 0 for the SDK's, which take precedence, 1 for Terraform's."""
    for options in (("access_key", "secret_key"), ("security_token",)):
        for scheme in (0, 1):
            if first_set(tuple(ENVIRONMENT[option][scheme] for option in options), environ):
                return scheme
    return 0


def as_text(name: str, value: Any) -> str:
    """Return a single value as text, without surrounding white space.

    :raises OptionsError: it is a list or dictionary.
    """
    check_single(name, value)
    return str(value).strip()


def check_single(name: str, value: Any, *, several: bool = False) -> None:
    """Check that a value is no list or dictionary, without showing it.

    Ansible would convert one to a text, or show it in an error, secrets included.

    :param name: what the message calls the option.
    :param several: whether a list of single values is allowed.
    :raises OptionsError: it is a list or dictionary, or a list that contains one or null.
    """
    if several and isinstance(value, (list, tuple)):
        is_wrong = any(one is None or isinstance(one, _STRUCTURES) for one in value)
    else:
        is_wrong = isinstance(value, _STRUCTURES)
    if is_wrong:
        allowed = " or a list of single values" if several else ", not a list or a dictionary"
        raise OptionsError(f"{name} has to be a single value{allowed}.")


def refuse_empty(texts: Mapping[str, str]) -> None:
    """Check that no given option is empty.

    :raises OptionsError: one is.
    """
    for name, text in texts.items():
        if not text:
            # With the value of the environment instead, another account's servers could be listed.
            raise OptionsError(f"{name} is given but empty: give it a value or leave it out.")


def first_set(variables: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """Return the first environment variable that is not empty."""
    return next((name for name in variables if environ.get(name, "").strip()), None)


def has_lone_surrogate(text: str) -> bool:
    """Return whether the text contains halves of characters, which cannot be sent."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def in_range(name: str, value: float, least: float, most: float) -> float:
    """Return the value.

    :raises OptionsError: it is less than the least or more than the most.
    """
    if not least <= value <= most:
        raise OptionsError(f"{name}: {value} is not between {least} and {most}.")
    return value
