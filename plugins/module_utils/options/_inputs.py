# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what users wrote, as texts and numbers that can be used.

From options and from the environment. Nothing here knows what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..common._errors import OptionsError
from ._argument_spec import CONNECTION_SPEC, CREDENTIAL_OPTIONS, ENVIRONMENT, KEY_OPTIONS, PROJECT_OPTIONS

_STRUCTURES = (Mapping, list, tuple, set)


@dataclass(frozen=True, repr=False)
class Inputs:
    """What the user wrote of the connection, as texts.

    :ivar options: those that are given.
    :ivar environment: the options that the environment gives.
    :ivar variables: the environment variable that each of these comes from.
    """

    options: Mapping[str, str]
    environment: Mapping[str, str]
    variables: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """An option, from the environment where it is not given."""
        return self.options.get(name) or self.environment.get(name)

    @property
    def hold_credentials(self) -> bool:
        """Whether the options hold credentials, or a part of them: the environment's are not used then."""
        return any(name in self.options for name in CREDENTIAL_OPTIONS)

    @property
    def completed(self) -> dict[str, str]:
        """The options completed by the environment; a project that is given replaces the environment's, ID and name."""
        replaced = PROJECT_OPTIONS if any(name in self.options for name in PROJECT_OPTIONS) else ()
        kept = {name: value for name, value in self.environment.items() if name not in replaced}
        return {**kept, **self.options}


def read(options: Mapping[str, Any], environ: Mapping[str, str]) -> Inputs:
    """What the connection options and an environment say.

    :param options: values of :data:`_spec.CONNECTION_SPEC`, None where not given.
    :raises OptionsError: a value is no text, or is empty where that could mean another account.
    """
    names = dict(ENVIRONMENT)
    # An access key, its secret and its security token belong together: all by the SDK's names or all by Terraform's.
    family = _key_family(environ)
    for option in KEY_OPTIONS:
        names[option] = (names[option][family],)
    found = {option: first_set(choice, environ) for option, choice in names.items()}
    variables = {option: variable for option, variable in found.items() if variable}
    environment = {option: environ[variable].strip() for option, variable in variables.items()}
    return Inputs(_read_texts(options), environment, variables)


def _read_texts(options: Mapping[str, Any]) -> dict[str, str]:
    """The text options that were given, without surrounding white space, fit to be used."""
    names = [name for name, spec in CONNECTION_SPEC.items() if spec["type"] == "str" and options.get(name) is not None]
    texts = {name: as_text(name, options[name]) for name in names}
    # An empty one of these does no harm before the credentials are needed.
    refuse_empty({name: text for name, text in texts.items() if name not in CREDENTIAL_OPTIONS})
    return texts


def _key_family(environ: Mapping[str, str]) -> int:
    """By whose names the environment gives an access key: 0 for the SDK's, which come first, 1 for Terraform's."""
    for options in (("access_key", "secret_key"), ("security_token",)):
        for family in (0, 1):
            if first_set(tuple(ENVIRONMENT[option][family] for option in options), environ):
                return family
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
    for name, text in texts.items():
        if not text:
            # Going on to the environment instead could list another account's servers.
            raise OptionsError(f"{name} is given but empty: give it a value or leave it out.")


def first_set(variables: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """The first environment variable that is not empty."""
    return next((name for name in variables if environ.get(name, "").strip()), None)


def is_broken(text: str) -> bool:
    """Whether the text has halves of characters, which cannot be sent."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def in_range(name: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise OptionsError(f"{name}: {value} is not between {least} and {most}.")
    return value
