# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and environment together: which credentials are used, where they go, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import (
    _argument_spec,
    _endpoints,
    _query,
    _settings,
)

DEFAULTS = {name: spec.get("default") for name, spec in _argument_spec.CONNECTION_SPEC.items()}
ENDPOINT = {"endpoint": "https://sms.example.com", "auth_url": "https://iam.example.com/v3"}

SDK_KEYS = {"HUAWEICLOUD_SDK_AK": "AK-SDK", "HUAWEICLOUD_SDK_SK": "SK-SDK"}
TERRAFORM_KEYS = {"HW_ACCESS_KEY": "AK-TF", "HW_SECRET_KEY": "SK-TF"}
TOKEN = {"HW_AUTH_TOKEN": "TOKEN-TF"}
USER = {"HW_USER_NAME": "user", "HW_USER_PASSWORD": "password", "HW_DOMAIN_NAME": "domain"}

SDK_KEYS_USED = {"access_key": "AK-SDK", "secret_key": "SK-SDK"}
TERRAFORM_KEYS_USED = {"access_key": "AK-TF", "secret_key": "SK-TF"}
TOKEN_USED = {"token": "TOKEN-TF"}
USER_USED = {"username": "user", "password": "password", "domain_name": "domain"}

NO_CREDENTIALS = (
    "No credentials: give token; or access_key and secret_key; or username, password and domain_name; or, on an ECS"
    " with an agency, ecs_agency: true. No such option is"
    " set, nor is any of the environment variables HW_AUTH_TOKEN, HUAWEICLOUD_SDK_AK, HW_ACCESS_KEY,"
    " HUAWEICLOUD_SDK_SK, HW_SECRET_KEY, HUAWEICLOUD_SDK_SECURITY_TOKEN, HW_SECURITY_TOKEN, HW_USER_NAME,"
    " HW_USER_PASSWORD, HW_DOMAIN_NAME."
)
FROM_OPTIONS_ONLY = (
    "What belongs to credentials that are given as options is not taken from the environment, which may hold another"
    " account's: give it as an option too, for example \"{{ lookup('env', '%s') }}\"."
)
UNCLEAN = "%s holds white space, a line break or another character that no such value has: copy it again."
NO_TEXT = "%s holds bytes that are no UTF-8 text: copy it again."
SDK_KEYS_FROM = "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK"
TERRAFORM_KEYS_FROM = "HW_ACCESS_KEY, HW_SECRET_KEY"
USER_FROM = "HW_USER_NAME, HW_USER_PASSWORD, HW_DOMAIN_NAME"


def two_kinds_in_the_environment(*variables):
    return (
        f"The environment holds more than one kind of credentials ({', '.join(variables)}):"
        " unset one of them, or give one as options."
    )


def outcome(options, environ):
    """The credentials' values and origin, or the error's words."""
    try:
        credentials = _settings.settings_from({**DEFAULTS, **ENDPOINT, **options}, environ).credentials()
    except OptionsError as error:
        return str(error)
    return dict(credentials.values), credentials.origin


CHOICES = {
    # complete kinds
    "a token as option": ({"token": "T"}, {}, ({"token": "T"}, "the options token")),
    "keys as options": (
        {"access_key": "A", "secret_key": "S"},
        {},
        ({"access_key": "A", "secret_key": "S"}, "the options access_key, secret_key"),
    ),
    "temporary keys as options": (
        {"access_key": "A", "secret_key": "S", "security_token": "T"},
        {},
        (
            {"access_key": "A", "secret_key": "S", "security_token": "T"},
            "the options access_key, secret_key, security_token",
        ),
    ),
    "a user as options": (
        {"username": "u", "password": "p", "domain_name": "d"},
        {},
        ({"username": "u", "password": "p", "domain_name": "d"}, "the options username, password, domain_name"),
    ),
    "a token in the environment": ({}, TOKEN, (TOKEN_USED, "the environment (HW_AUTH_TOKEN)")),
    "the SDK's names": ({}, SDK_KEYS, (SDK_KEYS_USED, f"the environment ({SDK_KEYS_FROM})")),
    "Terraform's names": ({}, TERRAFORM_KEYS, (TERRAFORM_KEYS_USED, f"the environment ({TERRAFORM_KEYS_FROM})")),
    "a user in the environment": ({}, USER, (USER_USED, f"the environment ({USER_FROM})")),
    # the SDK's names and Terraform's
    "the SDK's names come before Terraform's": (
        {},
        {**TERRAFORM_KEYS, **SDK_KEYS},
        (SDK_KEYS_USED, f"the environment ({SDK_KEYS_FROM})"),
    ),
    "an SDK variable that is empty counts as unset": (
        {},
        {"HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": " ", **TERRAFORM_KEYS},
        (TERRAFORM_KEYS_USED, f"the environment ({TERRAFORM_KEYS_FROM})"),
    ),
    "a security token of the keys' family is used": (
        {},
        {**SDK_KEYS, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "ST-SDK", "HW_SECURITY_TOKEN": "ST-TF"},
        (
            {**SDK_KEYS_USED, "security_token": "ST-SDK"},
            f"the environment ({SDK_KEYS_FROM}, HUAWEICLOUD_SDK_SECURITY_TOKEN)",
        ),
    ),
    "a security token of Terraform's family is used with Terraform's keys": (
        {},
        {**TERRAFORM_KEYS, "HW_SECURITY_TOKEN": "ST-TF"},
        (
            {**TERRAFORM_KEYS_USED, "security_token": "ST-TF"},
            f"the environment ({TERRAFORM_KEYS_FROM}, HW_SECURITY_TOKEN)",
        ),
    ),
    "a security token of the other family is left alone": (
        {},
        {**SDK_KEYS, "HW_SECURITY_TOKEN": "ST-TF"},
        (SDK_KEYS_USED, f"the environment ({SDK_KEYS_FROM})"),
    ),
    "a security token of the SDK's is left alone beside Terraform's keys": (
        {},
        {**TERRAFORM_KEYS, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "ST-SDK"},
        (TERRAFORM_KEYS_USED, f"the environment ({TERRAFORM_KEYS_FROM})"),
    ),
    "an access key of one family is not paired with the other's secret": (
        {},
        {"HUAWEICLOUD_SDK_AK": "AK-SDK", "HW_SECRET_KEY": "SK-TF"},
        (
            "The environment gives HUAWEICLOUD_SDK_AK but not secret_key: set HUAWEICLOUD_SDK_SK,"
            " or give complete credentials as options."
        ),
    ),
    "half a key of the SDK's names is not passed over for a whole one of Terraform's": (
        {},
        {**TERRAFORM_KEYS, "HUAWEICLOUD_SDK_SK": "SK-SDK"},
        (
            "The environment gives HUAWEICLOUD_SDK_SK but not access_key: set HUAWEICLOUD_SDK_AK,"
            " or give complete credentials as options."
        ),
    ),
    # options against the environment
    "a token as option beats keys in the environment": (
        {"token": "T"},
        {**SDK_KEYS, **USER},
        ({"token": "T"}, "the options token"),
    ),
    "keys as options beat a token in the environment": (
        {"access_key": "A", "secret_key": "S"},
        {**TOKEN, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "ST-SDK"},
        ({"access_key": "A", "secret_key": "S"}, "the options access_key, secret_key"),
    ),
    "a user as options beats the same kind in the environment": (
        {"username": "u", "password": "p", "domain_name": "d"},
        USER,
        ({"username": "u", "password": "p", "domain_name": "d"}, "the options username, password, domain_name"),
    ),
    "an unusable value in the environment does not matter to a token as option": (
        {"token": "T"},
        {"HW_AUTH_TOKEN": "two words"},
        ({"token": "T"}, "the options token"),
    ),
    "half a key as option is not completed from the environment": (
        {"access_key": "A"},
        SDK_KEYS,
        f"The options give access_key but not secret_key. {FROM_OPTIONS_ONLY % 'HW_SECRET_KEY'}",
    ),
    "a secret key alone as option": (
        {"secret_key": "S"},
        SDK_KEYS,
        f"The options give secret_key but not access_key. {FROM_OPTIONS_ONLY % 'HW_ACCESS_KEY'}",
    ),
    "a security token alone as option": (
        {"security_token": "ST"},
        SDK_KEYS,
        f"The options give security_token but not access_key and secret_key. {FROM_OPTIONS_ONLY % 'HW_ACCESS_KEY'}",
    ),
    "half a user as option": (
        {"username": "u", "password": "p"},
        USER,
        (f"The options give username and password but not domain_name. {FROM_OPTIONS_ONLY % 'HW_DOMAIN_NAME'}"),
    ),
    # two kinds, halves, none
    "two kinds as options": (
        {"token": "T", "access_key": "A", "secret_key": "S"},
        {},
        "More than one kind of credentials is given as options (token, access_key, secret_key): keep one of them.",
    ),
    "a kind and a half as options": (
        {"token": "T", "username": "u"},
        {},
        "More than one kind of credentials is given as options (token, username): keep one of them.",
    ),
    "two kinds in the environment": (
        {},
        {**TOKEN, **USER},
        two_kinds_in_the_environment("HW_AUTH_TOKEN", USER_FROM),
    ),
    "three kinds in the environment": (
        {},
        {**TOKEN, **TERRAFORM_KEYS, **USER},
        two_kinds_in_the_environment("HW_AUTH_TOKEN", TERRAFORM_KEYS_FROM, USER_FROM),
    ),
    "a stray part beside a complete kind in the environment is ignored": (
        {},
        {**USER, "HW_ACCESS_KEY": "AK-TF"},
        (USER_USED, f"the environment ({USER_FROM})"),
    ),
    "a stray domain beside keys in the environment is ignored": (
        {},
        {**TERRAFORM_KEYS, "HW_DOMAIN_NAME": "domain"},
        (TERRAFORM_KEYS_USED, f"the environment ({TERRAFORM_KEYS_FROM})"),
    ),
    "half a key in the environment": (
        {},
        {"HW_SECRET_KEY": "SK-TF"},
        (
            "The environment gives HW_SECRET_KEY but not access_key: set HW_ACCESS_KEY,"
            " or give complete credentials as options."
        ),
    ),
    "a security token alone in the environment": (
        {},
        {"HW_SECURITY_TOKEN": "ST-TF"},
        (
            "The environment gives HW_SECURITY_TOKEN but not access_key and secret_key: set HW_ACCESS_KEY and"
            " HW_SECRET_KEY,"
            " or give complete credentials as options."
        ),
    ),
    "a security token alone in the environment by the SDK's name": (
        {},
        {"HUAWEICLOUD_SDK_SECURITY_TOKEN": "ST-SDK"},
        (
            "The environment gives HUAWEICLOUD_SDK_SECURITY_TOKEN but not access_key and secret_key: set"
            " HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK,"
            " or give complete credentials as options."
        ),
    ),
    "a third of a user in the environment": (
        {},
        {"HW_USER_NAME": "user"},
        (
            "The environment gives HW_USER_NAME but not password and domain_name: set HW_USER_PASSWORD and"
            " HW_DOMAIN_NAME, or give complete credentials as options."
        ),
    ),
    "nothing": ({}, {}, NO_CREDENTIALS),
    "empty variables": ({}, {"HW_AUTH_TOKEN": "", "HW_ACCESS_KEY": " \n"}, NO_CREDENTIALS),
    "a project is no credentials": ({"project_id": "P"}, {}, NO_CREDENTIALS),
    # empty options
    **{
        f"an empty {name}": ({name: empty}, {**TOKEN}, f"{name} is given but empty: give it a value or leave it out.")
        for name, empty in [
            ("token", ""),
            ("secret_key", " "),
            ("password", "\n"),
            ("project_id", ""),
            ("endpoint", ""),
            ("auth_url", " "),
            ("region", "\t"),
        ]
    },
    # the project
    "a project of the environment goes with credentials of the environment": (
        {},
        {**TERRAFORM_KEYS, "HW_PROJECT_ID": "P-TF", "HUAWEICLOUD_SDK_PROJECT_ID": "P-SDK"},
        ({**TERRAFORM_KEYS_USED, "project_id": "P-SDK"}, f"the environment ({TERRAFORM_KEYS_FROM})"),
    ),
    "a project's name of the environment": (
        {},
        {**USER, "HW_PROJECT_NAME": "project"},
        ({**USER_USED, "project_name": "project"}, f"the environment ({USER_FROM})"),
    ),
    "a project of the environment does not go with credentials as options": (
        {"access_key": "A", "secret_key": "S"},
        {"HW_PROJECT_ID": "P-TF", "HW_PROJECT_NAME": "project"},
        ({"access_key": "A", "secret_key": "S"}, "the options access_key, secret_key"),
    ),
    "a project as option goes with credentials of the environment": (
        {"project_id": "P"},
        TERRAFORM_KEYS,
        ({**TERRAFORM_KEYS_USED, "project_id": "P"}, f"the environment ({TERRAFORM_KEYS_FROM})"),
    ),
    "a project as option replaces the environment's, ID and name": (
        {"project_name": "other"},
        {**USER, "HW_PROJECT_ID": "P-TF", "HW_PROJECT_NAME": "project"},
        ({**USER_USED, "project_name": "other"}, f"the environment ({USER_FROM})"),
    ),
    # white space and line breaks
    "white space around options is not part of them": (
        {"access_key": " A\n", "secret_key": "\tS "},
        {},
        ({"access_key": "A", "secret_key": "S"}, "the options access_key, secret_key"),
    ),
    "white space around variables is not part of them": (
        {},
        {"HW_AUTH_TOKEN": " TOKEN-TF\r\n"},
        (TOKEN_USED, "the environment (HW_AUTH_TOKEN)"),
    ),
    "a password may hold white space": (
        {"username": "u", "password": "p q", "domain_name": "d"},
        {},
        ({"username": "u", "password": "p q", "domain_name": "d"}, "the options username, password, domain_name"),
    ),
    **{
        f"{flaw} as option": ({"access_key": "A", "secret_key": "S", name: value}, {}, UNCLEAN % name)
        for flaw, name, value in [
            ("a line break in an access key", "access_key", "A\nB"),
            ("a letter beyond ASCII in an access key", "access_key", "ÄK"),
            ("a blank in a security token", "security_token", "S T"),
            ("another header in a project", "project_id", "P\r\nX-Evil: 1"),
        ]
    },
    "a line break in a token as option": ({"token": "T\nU"}, {}, UNCLEAN % "token"),
    "a line break in a token in the environment": ({}, {"HW_AUTH_TOKEN": "T\nU"}, UNCLEAN % "HW_AUTH_TOKEN"),
    "a line break in a key of the SDK's names": (
        {},
        {**SDK_KEYS, "HUAWEICLOUD_SDK_AK": "A\nB"},
        UNCLEAN % "HUAWEICLOUD_SDK_AK",
    ),
    "a line break in a key of Terraform's names": (
        {},
        {**TERRAFORM_KEYS, "HW_ACCESS_KEY": "A\nB"},
        UNCLEAN % "HW_ACCESS_KEY",
    ),
    "a line break in a project of the environment": (
        {},
        {**TERRAFORM_KEYS, "HW_PROJECT_ID": "P\nQ"},
        UNCLEAN % "HW_PROJECT_ID",
    ),
    "a line break in a project as option beside keys in the environment": (
        {"project_id": "P\nQ"},
        TERRAFORM_KEYS,
        UNCLEAN % "project_id",
    ),
    "a secret key as option that is no text": (
        {"access_key": "A", "secret_key": "caf\udce9"},
        {},
        NO_TEXT % "secret_key",
    ),
    "a password in the environment that is no text": (
        {},
        {**USER, "HW_USER_PASSWORD": "caf\udce9"},
        NO_TEXT % "HW_USER_PASSWORD",
    ),
    # where a user and password go
    "a user needs IAM's address": (
        {"username": "u", "password": "p", "domain_name": "d", "auth_url": None},
        {},
        (
            "A user and password need IAM's address: give region or auth_url"
            " (environment: HW_REGION_NAME, HUAWEICLOUD_SDK_IAM_ENDPOINT, HW_AUTH_URL)."
        ),
    ),
}


@pytest.mark.parametrize(("options", "environ", "expected"), CHOICES.values(), ids=CHOICES)
def test_the_credentials_used_are(options, environ, expected):
    assert outcome(options, environ) == expected


# Where SMS and IAM are


@pytest.mark.parametrize(
    ("options", "environ", "endpoint", "auth_url"),
    [
        (
            {"region": "ap-southeast-3"},
            {},
            "https://sms.ap-southeast-3.myhuaweicloud.com",
            "https://iam.ap-southeast-3.myhuaweicloud.com/v3",
        ),
        (
            {"region": "ru-moscow-1"},
            {},
            "https://sms-api.ru-moscow-1.myhuaweicloud.com",
            "https://iam.ru-moscow-1.myhuaweicloud.com/v3",
        ),
        (
            {"region": "eu-west-101"},
            {},
            "https://sms.eu-west-101.myhuaweicloud.eu",
            "https://iam.eu-west-101.myhuaweicloud.eu/v3",
        ),
        (
            {},
            {"HW_REGION_NAME": "cn-north-4"},
            "https://sms.cn-north-4.myhuaweicloud.com",
            "https://iam.cn-north-4.myhuaweicloud.com/v3",
        ),
        (
            {"region": "cn-north-4", "endpoint": "https://sms.example.com/"},
            {},
            "https://sms.example.com",
            "https://iam.cn-north-4.myhuaweicloud.com/v3",
        ),
        ({}, {"HUAWEICLOUD_SMS_ENDPOINT": "sms.example.com"}, "https://sms.example.com", None),
        ({"endpoint": "https://sms.example.com/v3"}, {}, "https://sms.example.com", None),
        (
            {"endpoint": "https://sms.example.com"},
            {"HW_AUTH_URL": "https://iam-tf.example.com/v3", "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://iam.example.com"},
            "https://sms.example.com",
            "https://iam.example.com/v3",
        ),
        (
            {"endpoint": "http://127.0.0.1:8080", "auth_url": "http://localhost:8080/v3/"},
            {},
            "http://127.0.0.1:8080",
            "http://localhost:8080/v3",
        ),
    ],
)
def test_region_endpoint_and_environment_say_where_to_ask(options, environ, endpoint, auth_url):
    settings = _settings.settings_from({**DEFAULTS, **options}, environ)
    assert (settings.endpoint, settings.auth_url) == (endpoint, auth_url)


@pytest.mark.parametrize(
    ("options", "environ", "expected"),
    [
        ({}, {}, "https://ecs.la-north-2.myhuaweicloud.com"),
        ({"ecs_endpoint": "ecs.{region_id}.example.com/"}, {}, "https://ecs.la-north-2.example.com"),
        ({"ecs_endpoint": "https://ecs.example.com"}, {}, "https://ecs.example.com"),
        ({"ecs_endpoint": "http://127.0.0.1:80/{region_id}"}, {}, "http://127.0.0.1:80/la-north-2"),
        ({}, {"HUAWEICLOUD_ECS_ENDPOINT": "https://{region_id}.example.com"}, "https://la-north-2.example.com"),
        (
            {"ecs_endpoint": "https://given.example.com"},
            {"HUAWEICLOUD_ECS_ENDPOINT": "https://{region_id}.example.com"},
            "https://given.example.com",
        ),
    ],
)
def test_a_pattern_says_where_the_machines_of_a_region_are_asked_for(options, environ, expected):
    settings = _settings.settings_from({**DEFAULTS, **ENDPOINT, **options}, environ)
    assert settings.ecs_in("la-north-2") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("la-north-2", True),
        ("region_id", True),
        *((name, False) for name in ("", "evil.example.com", "a/b", "a@b", "a:1", "-a", "a-", "a\n", "ä", None, 7)),
    ],
)
def test_a_region_s_name_leads_to_no_other_host(name, expected):
    assert _endpoints.is_region(name) is expected


REFUSALS = {
    "nowhere to ask": (
        {},
        (
            "Where is SMS? Give region (such as ap-southeast-3) or endpoint"
            " (environment: HW_REGION_NAME, HUAWEICLOUD_SMS_ENDPOINT)."
        ),
    ),
    "a region that is another host": (
        {"region": "evil.example.com/"},
        "region: 'evil.example.com/' is not a region's name such as ap-southeast-3.",
    ),
    **{
        f"the endpoint {url}": (
            {"endpoint": url},
            "endpoint: not a URL such as https://sms.ap-southeast-3.myhuaweicloud.com.",
        )
        for url in ["ftp://sms.example.com", "https://", "https://sms.example.com:99999", "https://a b", "https://[::1"]
    },
    **{
        f"the endpoint {url}": (
            {"endpoint": url},
            "endpoint: a base URL has no user, password, query or fragment; credentials have options.",
        )
        for url in ["https://u:p@sms.example.com", "https://sms.example.com/?a=b", "https://sms.example.com/#a"]
    },
    "plain http beyond the loopback": (
        {"endpoint": "http://sms.example.com"},
        (
            "endpoint: http://sms.example.com would send credentials unencrypted."
            " Use https://, or set validate_certs to false to accept the risk."
        ),
    ),
    "plain http to IAM beyond the loopback": (
        {"endpoint": "https://sms.example.com", "auth_url": "http://127.0.0.1.example.com/v3"},
        (
            "auth_url: http://127.0.0.1.example.com would send credentials unencrypted."
            " Use https://, or set validate_certs to false to accept the risk."
        ),
    ),
    "plain http to ECS beyond the loopback": (
        {"region": "cn-north-4", "ecs_endpoint": "http://ecs.{region_id}.example.com"},
        (
            "ecs_endpoint: http://ecs.{region_id}.example.com would send credentials unencrypted."
            " Use https://, or set validate_certs to false to accept the risk."
        ),
    ),
    **{
        f"the ECS endpoint {url}": (
            {"region": "cn-north-4", "ecs_endpoint": url},
            "ecs_endpoint: the only placeholder is {region_id}, for the region's name.",
        )
        for url in ["https://ecs.{region}.example.com", "https://ecs.{region_id.example.com"]
    },
    "an ECS endpoint whose host the region chooses": (
        {"region": "cn-north-4", "ecs_endpoint": "https://ecs.{region_id}"},
        "ecs_endpoint: {region_id} cannot be the end of the host's name.",
    ),
    "a CA path that does not exist": (
        {"region": "cn-north-4", "ca_path": "/nowhere/ca.pem"},
        "ca_path: /nowhere/ca.pem does not exist; it names a file or folder of CA certificates.",
    ),
    "no time at all": ({"region": "cn-north-4", "timeout": 0}, "timeout: 0 is not between 0.001 and 3600."),
    "no time at all for a list": (
        {"region": "cn-north-4", "total_timeout": 0},
        "total_timeout: 0 is not between 0.001 and 86400.",
    ),
    "a time-out that is no number": (
        {"region": "cn-north-4", "timeout": float("nan")},
        "timeout: nan is not between 0.001 and 3600.",
    ),
    "endless time": (
        {"region": "cn-north-4", "timeout": float("inf")},
        "timeout: inf is not between 0.001 and 3600.",
    ),
    "too many retries": ({"region": "cn-north-4", "retries": 11}, "retries: 11 is not between 0 and 10."),
    "fewer retries than none": ({"region": "cn-north-4", "retries": -1}, "retries: -1 is not between 0 and 10."),
}


@pytest.mark.parametrize(("options", "message"), REFUSALS.values(), ids=REFUSALS)
def test_options_that_cannot_be_used_are_refused_before_any_request(options, message):
    with pytest.raises(OptionsError) as refusal:
        _settings.settings_from({**DEFAULTS, **options}, {})
    assert str(refusal.value) == message


def test_plain_http_beyond_the_loopback_is_accepted_when_the_user_accepts_the_risk():
    options = {**DEFAULTS, "endpoint": "http://sms.example.com", "validate_certs": False}
    assert _settings.settings_from(options, {}).endpoint == "http://sms.example.com"


def test_settings_and_credentials_do_not_show_secrets_when_they_are_printed():
    settings = _settings.settings_from({**DEFAULTS, **ENDPOINT, "token": "TOKEN-TF"}, {})
    assert "TOKEN-TF" not in repr(settings) + repr(settings.credentials()) + str(settings.identity)


@pytest.mark.parametrize(
    ("options", "environ", "identity"),
    [
        ({"token": "T", "project_id": "P"}, SDK_KEYS, {"project_id": "P"}),
        ({}, {**SDK_KEYS, "HW_PROJECT_ID": "P"}, {"access_key": "AK-SDK", "project_id": "P"}),
        ({"username": "u", "password": "p", "domain_name": "d"}, SDK_KEYS, {"username": "u", "domain_name": "d"}),
    ],
)
def test_the_identity_is_what_is_no_secret_of_the_credentials_used(options, environ, identity):
    assert _settings.settings_from({**DEFAULTS, **ENDPOINT, **options}, environ).identity == identity


def test_a_filter_that_the_api_does_not_take_is_refused_before_any_request():
    for value, message in [
        ("x" * 256, "name: the API takes at most 255 characters, this has 256."),
        ("\ud800", "name holds half a character (a lone surrogate), which cannot be sent."),
    ]:
        with pytest.raises(OptionsError) as refusal:
            _query.query_from({"name": value}, {})
        assert str(refusal.value) == message


@pytest.mark.parametrize("value", [["SECRET"], {"SECRET": 1}, ("SECRET",)], ids=["list", "dictionary", "tuple"])
@pytest.mark.parametrize("option", ["token", "password", "secret_key", "endpoint"])
def test_a_list_or_dictionary_is_no_text_and_is_not_shown(option, value):
    with pytest.raises(OptionsError) as refusal:
        _settings.settings_from({**DEFAULTS, **ENDPOINT, option: value}, {})
    assert str(refusal.value) == f"{option} has to be a single value, not a list or a dictionary."


def test_a_filter_is_no_list_either():
    with pytest.raises(OptionsError, match="name has to be a single value, not a list or a dictionary"):
        _query.query_from({"name": ["a", "b"]}, {})


def test_the_enterprise_project_of_the_environment_is_a_filter_unless_the_option_says_otherwise():
    environ = {"HW_ENTERPRISE_PROJECT_ID": "of-the-environment"}
    assert _query.query_from({}, environ).parameters == {"enterprise_project_id": "of-the-environment"}
    assert _query.query_from({"enterprise_project_id": "0"}, environ).parameters == {"enterprise_project_id": "0"}
    assert _query.query_from({"enterprise_project_id": ""}, environ).parameters == {}


def test_every_option_of_the_environment_is_an_option():
    assert _argument_spec.ENVIRONMENT.keys() <= {**_argument_spec.CONNECTION_SPEC, **_argument_spec.FILTER_SPEC}.keys()
