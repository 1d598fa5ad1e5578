# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of all sessions: neutral, with caches inside the checkout, and with pip's settings for uv too."""

from __future__ import annotations

import ast
import configparser
import functools
import os
import subprocess
import sys

import checkout
import cores
import platformdirs

# pip's options and the variables by which uv is told the same. With any other option that says where packages are,
# pip does the work.
_UV_VARIABLES = {
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "constraint": "UV_CONSTRAINT",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "index-url": "UV_DEFAULT_INDEX",
    "timeout": "UV_HTTP_TIMEOUT",
    "trusted-host": "UV_INSECURE_HOST",
}
_ABOUT_PIP_ALONE = {"cache-dir", "default-timeout", "disable-pip-version-check", "progress-bar", "quiet", "user"}


def enter() -> None:
    """Make the environment that of all sessions."""
    environment = {
        **checkout.neutral_environment(),
        **uv_variables(),
        "PATH": cores.search_path(),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", platformdirs.user_cache_dir("pip")),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", platformdirs.user_cache_dir("uv")),
        "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": str(checkout.BUILD / "ansible" / "tmp"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(checkout.BUILD / "hypothesis"),
        "MYPY_CACHE_DIR": str(checkout.BUILD / "mypy"),
        "PYTHONPYCACHEPREFIX": str(checkout.BUILD / "pycache"),
        "RUFF_CACHE_DIR": str(checkout.BUILD / "ruff"),
        "VIRTUALENV_OVERRIDE_APP_DATA": str(checkout.BUILD / "virtualenv"),
        "XDG_CACHE_HOME": str(checkout.BUILD / "cache"),
    }
    # Without bytecode, each of the hundreds of programs that tests start compiles Ansible anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.clear()
    os.environ.update(environment)


@functools.cache
def pip_settings() -> configparser.RawConfigParser:
    """Return pip's settings from its files and, overriding them, from the environment."""
    settings = configparser.RawConfigParser()
    listing = subprocess.check_output([sys.executable, "-m", "pip", "config", "list"], text=True)
    for line in sorted(listing.splitlines(), key=lambda line: line.startswith(":env:")):
        name, value = line.split("=", 1)
        section, option = name.rsplit(".", 1)
        section = "global" if section == ":env:" else section
        settings.read_dict({section: {option: ast.literal_eval(value)}})
    return settings


def pip_options() -> dict[str, str]:
    """Return the settings that concern the installation of packages, each with its words on one line."""
    sections = [section for section in ("global", "install") if pip_settings().has_section(section)]
    options = {option: value for section in sections for option, value in pip_settings().items(section)}
    return {option: " ".join(value.split()) for option, value in options.items() if option not in _ABOUT_PIP_ALONE}


def uses_uv() -> bool:
    """Say whether uv, which takes a tenth of pip's time, can do the same as pip."""
    return pip_options().keys() <= _UV_VARIABLES.keys()


def backend() -> str:
    """Return what makes the sessions' environments."""
    return "uv|virtualenv" if uses_uv() else "virtualenv"


def uv_variables() -> dict[str, str]:
    """Return pip's settings as uv is told them."""
    given = {_UV_VARIABLES[option]: value for option, value in pip_options().items() if option in _UV_VARIABLES}
    if "find-links" in pip_options():
        given["UV_FIND_LINKS"] = pip_options()["find-links"].replace(" ", ",")
    return {
        # As with pip, the best version of all indexes.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON_PREFERENCE": "only-system",
        **given,
    }
