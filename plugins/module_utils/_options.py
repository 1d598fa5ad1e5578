# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the options that all front ends share.

From what the user wrote, completed by the environment, to checked settings. Nothing here touches the network.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ._errors import OptionsError

CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "region": {"type": "str"},
    "endpoint": {"type": "str"},
    "auth_url": {"type": "str"},
    "ecs_endpoint": {"type": "str"},
    "token": {"type": "str", "no_log": True},
    "access_key": {"type": "str", "no_log": False},
    "secret_key": {"type": "str", "no_log": True},
    "security_token": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "domain_name": {"type": "str"},
    "project_id": {"type": "str"},
    "project_name": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": 30},
    "total_timeout": {"type": "float", "default": 600},
    "retries": {"type": "int", "default": 5},
}

FILTER_SPEC: dict[str, dict[str, Any]] = {
    "state": {"type": "str"},
    "name": {"type": "str"},
    "id": {"type": "str"},
    "ip": {"type": "str"},
    "ipv6": {"type": "str"},
    "vm_id": {"type": "str"},
    "migproject": {"type": "str"},
    "migration_cycle": {"type": "str"},
    "enterprise_project_id": {"type": "str"},
    "connected": {"type": "bool"},
}

PAGE_SPEC: dict[str, dict[str, Any]] = {
    "limit": {"type": "int"},
    "offset": {"type": "int"},
}

# The environment names that users of this cloud already have set: the SDK's, then Terraform's.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "region": ("HW_REGION_NAME",),
    "endpoint": ("HUAWEICLOUD_SMS_ENDPOINT",),
    "auth_url": ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL"),
    "ecs_endpoint": ("HUAWEICLOUD_ECS_ENDPOINT",),
    "token": ("HW_AUTH_TOKEN",),
    "access_key": ("HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY"),
    "secret_key": ("HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY"),
    "security_token": ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECURITY_TOKEN"),
    "username": ("HW_USER_NAME",),
    "password": ("HW_USER_PASSWORD",),
    "domain_name": ("HW_DOMAIN_NAME",),
    "project_id": ("HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"),
    "project_name": ("HW_PROJECT_NAME",),
    "enterprise_project_id": ("HW_ENTERPRISE_PROJECT_ID",),
}

PAGE_SIZE = 200
MAX_OFFSET = 65535
MAX_FILTER_LENGTH = 255
MAX_RETRIES = 10
MAX_TOTAL_TIMEOUT = 86400

# Regions whose hosts do not follow the common pattern.
_UNUSUAL_SMS_HOSTS = {
    "eu-west-101": "sms.eu-west-101.myhuaweicloud.eu",
    "ru-moscow-1": "sms-api.ru-moscow-1.myhuaweicloud.com",
}
_UNUSUAL_IAM_HOSTS = {"eu-west-101": "iam.eu-west-101.myhuaweicloud.eu"}
_ECS_ENDPOINT = "https://ecs.{region_id}.myhuaweicloud.com"
_REGION = r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"


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


TOKEN = Kind("a token", ("token",))
KEYS = Kind("an access key", ("access_key", "secret_key"), ("security_token",))
PASSWORD = Kind("an IAM user's password", ("username", "password", "domain_name"))
KINDS = (TOKEN, KEYS, PASSWORD)
_CREDENTIAL_OPTIONS = tuple(option for kind in KINDS for option in kind.options)
_PROJECT_OPTIONS = ("project_id", "project_name")
_SECRET_OPTIONS = tuple(name for name, spec in CONNECTION_SPEC.items() if spec.get("no_log"))

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
        return tuple(self.values[name] for name in _SECRET_OPTIONS if name in self.values)


@dataclass(frozen=True, repr=False)
class Settings:
    """Where to ask and how, with the credentials checked only when they are needed.

    A cache hit needs no credentials, so that half of one must not stand in its way: see :meth:`credentials`.

    :ivar endpoint: base URL of SMS, without a trailing slash.
    :ivar auth_url: base URL of IAM, ending in ``/v3``; None where neither it nor a region is known.
    :ivar ecs_endpoint: base URL of ECS, with ``{region_id}`` where the region's name stands.
    :ivar verify: what requests takes as ``verify``: a CA path, or whether to verify.
    :ivar timeout: seconds, for one request and its whole answer.
    :ivar total_timeout: seconds, for a whole list, its retries and waits included.
    :ivar retries: how often one request is sent again.
    """

    endpoint: str
    auth_url: str | None
    ecs_endpoint: str
    verify: bool | str
    timeout: float
    total_timeout: float
    retries: int
    _given: Mapping[str, str]
    _environment: Mapping[str, str]
    _variables: Mapping[str, str]

    @property
    def identity(self) -> dict[str, str]:
        """Whose servers these are, as far as it is no secret."""
        names = ("access_key", "username", "domain_name", *_PROJECT_OPTIONS)
        values = self._given if self._credentials_are_given else self._completed()
        return {name: values[name] for name in names if values.get(name)}

    def ecs_in(self, region: str) -> str:
        """The base URL of ECS in a region, for whose name :func:`is_region` holds."""
        return self.ecs_endpoint.replace("{region_id}", region)

    def credentials(self) -> Credentials:
        """The one complete kind of credentials.

        :raises OptionsError: none, half of one, or two kinds.
        """
        _refuse_empty(self._given)
        if self._credentials_are_given:
            credentials = _credentials_from_options(self._given)
        else:
            credentials = _credentials_from_environment(self._completed(), self._variables)
        if credentials.kind is PASSWORD and self.auth_url is None:
            raise OptionsError(
                "A user and password need IAM's address: give region or auth_url"
                f" (environment: {_variables('region', 'auth_url')})."
            )
        return credentials

    @property
    def _credentials_are_given(self) -> bool:
        return _any_of(self._given, _CREDENTIAL_OPTIONS)

    def _completed(self) -> dict[str, str]:
        """The options completed by the environment; a project that is given replaces the environment's, ID and name."""
        replaced = _PROJECT_OPTIONS if _any_of(self._given, _PROJECT_OPTIONS) else ()
        kept = {name: value for name, value in self._environment.items() if name not in replaced}
        return {**kept, **self._given}


@dataclass(frozen=True)
class Query:
    """Which source servers to list.

    :ivar parameters: filters that the service applies.
    :ivar connected: filter on the records' own field, since the API leaves open which way round its parameter selects.
    """

    parameters: Mapping[str, str]
    connected: bool | None = None


@dataclass(frozen=True)
class PageOptions:
    """Which page to read.

    :ivar limit: 0 to 200 records; 0 means 200.
    :ivar offset: 0 to 65535.
    """

    limit: int
    offset: int


def settings_from(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """What the connection options and the environment say together.

    :param options: values of :data:`CONNECTION_SPEC`, None where not given.
    :param environ: another environment than this process's.
    :raises OptionsError: an option cannot be used; incomplete credentials are reported later.
    """
    environ = os.environ if environ is None else environ
    given = _texts(options, CONNECTION_SPEC)
    environment, variables = _from_environment(environ)
    validate_certs = options["validate_certs"]
    region = given.get("region") or environment.get("region")
    if region is not None and not re.fullmatch(r"[a-z0-9-]+", region):
        raise OptionsError(f"region: {region!r} is not a region's name such as ap-southeast-3.")
    endpoint = given.get("endpoint") or environment.get("endpoint") or _endpoint_of(region)
    auth_url = given.get("auth_url") or environment.get("auth_url")
    if auth_url is None and region is not None:
        auth_url = "https://" + _UNUSUAL_IAM_HOSTS.get(region, f"iam.{region}.myhuaweicloud.com") + "/v3"
    return Settings(
        endpoint=_checked_url("endpoint", endpoint, validate_certs).removesuffix("/v3"),
        auth_url=auth_url and _checked_url("auth_url", auth_url, validate_certs).removesuffix("/v3") + "/v3",
        ecs_endpoint=_checked_pattern(
            given.get("ecs_endpoint") or environment.get("ecs_endpoint") or _ECS_ENDPOINT, validate_certs
        ),
        verify=_verify(validate_certs, options.get("ca_path")),
        timeout=_in_range("timeout", options["timeout"], 0.001, 3600),
        total_timeout=_in_range("total_timeout", options["total_timeout"], 0.001, MAX_TOTAL_TIMEOUT),
        retries=int(_in_range("retries", options["retries"], 0, MAX_RETRIES)),
        _given=given,
        _environment=environment,
        _variables=variables,
    )


def query_from(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Query:
    """The filters among the options.

    :param options: values of :data:`FILTER_SPEC`, None where not given; an empty text is no filter.
    :param environ: another environment than this process's.
    :raises OptionsError: a value is longer than the API takes.
    """
    environ = os.environ if environ is None else environ
    parameters = {}
    for name, spec in FILTER_SPEC.items():
        value = options.get(name)
        if value is None and (variable := _first_set(ENVIRONMENT.get(name, ()), environ)):
            value = environ[variable].strip()
        if spec["type"] == "str" and value not in (None, ""):
            parameters[name] = _checked_filter(name, value if isinstance(value, str) else _text(name, value))
    return Query(parameters, options.get("connected"))


def page_from(options: Mapping[str, Any]) -> PageOptions | None:
    """The page that the options ask for, None for the whole list.

    :raises OptionsError: the service has no such page.
    """
    limit, offset = options.get("limit"), options.get("offset")
    if limit is None and offset is None:
        return None
    return PageOptions(
        limit=int(_in_range("limit", PAGE_SIZE if limit is None else limit, 0, PAGE_SIZE)),
        offset=int(_in_range("offset", offset or 0, 0, MAX_OFFSET)),
    )


def _checked_filter(name: str, value: str) -> str:
    if len(value) > MAX_FILTER_LENGTH:
        raise OptionsError(f"{name}: the API takes at most {MAX_FILTER_LENGTH} characters, this has {len(value)}.")
    if _is_broken(value):
        raise OptionsError(f"{name} holds half a character (a lone surrogate), which cannot be sent.")
    return value


def _texts(options: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The text options that were given, without surrounding white space, fit to be used."""
    texts = {
        name: _text(name, options[name])
        for name in spec
        if spec[name]["type"] == "str" and options.get(name) is not None
    }
    # An empty one of these does no harm before the credentials are needed.
    _refuse_empty({name: text for name, text in texts.items() if name not in _CREDENTIAL_OPTIONS})
    return texts


def _text(name: str, value: Any) -> str:
    """A value as text, which Ansible would make of a list or dictionary too, or show in an error, secrets and all."""
    if isinstance(value, (list, tuple, set, dict)):
        raise OptionsError(f"{name}: give a text instead of a list or dictionary.")
    return str(value).strip()


def _refuse_empty(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if not text:
            # Going on to the environment instead could list another account's servers.
            raise OptionsError(f"{name} is given but empty: give it a value or leave it out.")


def _from_environment(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The options that the environment gives, and the variable that each comes from."""
    names = dict(ENVIRONMENT)
    # An access key, its secret and its security token belong together: all by the SDK's names or all by Terraform's.
    family = _key_family(environ)
    for option in KEYS.options:
        names[option] = (names[option][family],)
    variables = {option: _first_set(choice, environ) for option, choice in names.items()}
    found = {option: variable for option, variable in variables.items() if variable}
    return {option: environ[variable].strip() for option, variable in found.items()}, found


def _key_family(environ: Mapping[str, str]) -> int:
    """By whose names the environment gives an access key: 0 for the SDK's, which come first, 1 for Terraform's."""
    for options in (("access_key", "secret_key"), ("security_token",)):
        for family in (0, 1):
            if _first_set(tuple(ENVIRONMENT[option][family] for option in options), environ):
                return family
    return 0


def _first_set(variables: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """The first environment variable that is not empty."""
    return next((name for name in variables if environ.get(name, "").strip()), None)


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
        if _is_broken(value):
            raise OptionsError(f"{names[option]} holds bytes that are no UTF-8 text: copy it again.")


def _is_broken(text: str) -> bool:
    """Whether the text has halves of characters, which cannot be sent."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _endpoint_of(region: str | None) -> str:
    if region is None:
        raise OptionsError(
            "Where is SMS? Give region (such as ap-southeast-3) or endpoint"
            f" (environment: {_variables('region', 'endpoint')})."
        )
    return "https://" + _UNUSUAL_SMS_HOSTS.get(region, f"sms.{region}.myhuaweicloud.com")


def _checked_url(name: str, url: str, validate_certs: bool) -> str:
    """The base URL in one spelling, refused where it would expose credentials."""
    if "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\]", url):
        raise OptionsError(f"{name}: not a URL such as https://sms.ap-southeast-3.myhuaweicloud.com.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise OptionsError(f"{name}: a base URL has no user, password, query or fragment; credentials have options.")
    if parts.scheme == "http" and validate_certs and not is_loopback(parts.hostname or ""):
        raise OptionsError(
            f"{name}: {parts.scheme}://{parts.netloc} would send credentials unencrypted."
            " Use https://, or set validate_certs to false to accept the risk."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _checked_pattern(pattern: str, validate_certs: bool) -> str:
    """The base URL of ECS in one spelling, refused where it would expose credentials in any region."""
    if re.search(r"[{}]", pattern.replace("{region_id}", "")):
        raise OptionsError("ecs_endpoint: the only placeholder is {region_id}, for the region's name.")
    # Checked with a name in place of it that occurs in no URL.
    stand_in = "region-0-id"
    try:
        url = _checked_url("ecs_endpoint", pattern.replace("{region_id}", stand_in), validate_certs)
    except OptionsError as error:
        raise OptionsError(str(error).replace(stand_in, "{region_id}")) from None
    if stand_in in (urlsplit(url).hostname or "").rpartition(".")[2]:
        # Whoever names the region, which is SMS, would choose the host that gets the credentials.
        raise OptionsError("ecs_endpoint: {region_id} cannot be the end of the host's name.")
    return url.replace(stand_in, "{region_id}")


def is_region(name: Any) -> bool:
    """Whether this can be a region's name, so that a URL with it leads to no other host."""
    return isinstance(name, str) and re.fullmatch(_REGION, name) is not None


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _verify(validate_certs: bool, ca_path: str | None) -> bool | str:
    if not validate_certs or not ca_path:
        return validate_certs
    path = Path(ca_path).expanduser()
    if not path.exists():
        raise OptionsError(f"ca_path: {path} does not exist; it names a file or folder of CA certificates.")
    return str(path)


def _in_range(name: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise OptionsError(f"{name}: {value} is not between {least} and {most}.")
    return value


def _any_of(values: Mapping[str, str], names: tuple[str, ...]) -> bool:
    return any(name in values for name in names)


def _credentials_from_options(given: Mapping[str, str]) -> Credentials:
    """Credentials from the options alone: the environment's may belong to another account."""
    kinds = [kind for kind in KINDS if _any_of(given, kind.options)]
    if len(kinds) > 1:
        found = ", ".join(name for kind in kinds for name in kind.options if name in given)
        raise OptionsError(f"More than one kind of credentials is given as options ({found}): keep one of them.")
    kind = kinds[0]
    missing = [name for name in kind.required if name not in given]
    present = [name for name in kind.options if name in given]
    if missing:
        raise OptionsError(
            f"{_listed(present)} {_is(present)} given as {'an option' if len(present) == 1 else 'options'}, but"
            f" {_listed(missing)} {_is(missing)} missing. What belongs to credentials that are given as options is not"
            " taken from the environment, which may hold another account's: give it as an option too, for example"
            f" \"{{{{ lookup('env', '{ENVIRONMENT[missing[0]][-1]}') }}}}\"."
        )
    return _credentials(kind, given, {name: name for name in given}, f"the options {', '.join(present)}")


def _credentials_from_environment(values: Mapping[str, str], variables: Mapping[str, str]) -> Credentials:
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
        return _credentials(
            kind, values, {**{name: name for name in values}, **variables}, f"the environment ({found})"
        )
    for kind in KINDS:
        missing = [name for name in kind.required if name not in values]
        present = [name for name in kind.options if name in values]
        if present:
            raise OptionsError(
                f"The environment gives {_listed([variables[name] for name in present])} but not {_listed(missing)}:"
                f" set {_missing_variables(missing, present, variables)}, or give complete credentials as options."
            )
    raise OptionsError(
        "No credentials: give token; or access_key and secret_key; or username, password and domain_name."
        f" No such option is set, nor is any of the environment variables {_variables(*_CREDENTIAL_OPTIONS)}."
    )


def _missing_variables(missing: list[str], present: list[str], variables: Mapping[str, str]) -> str:
    """The environment variables to set for what is missing, by the names that what is present goes by."""
    family = ENVIRONMENT[present[0]].index(variables[present[0]])
    return _listed([ENVIRONMENT[name][family] for name in missing])


def _credentials(kind: Kind, values: Mapping[str, str], names: Mapping[str, str], origin: str) -> Credentials:
    used = {name: values[name] for name in kind.options + _PROJECT_OPTIONS if name in values}
    _check_characters(used, names)
    return Credentials(kind, used, origin)


def _listed(names: list[str]) -> str:
    return " and ".join(names)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _variables(*options: str) -> str:
    """The environment variables of these options, for an error message."""
    return ", ".join(variable for option in options for variable in ENVIRONMENT[option])
