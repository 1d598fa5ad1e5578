# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the modules share: a module that runs as Ansible runs it, in a process of its own."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import traceback
import warnings

import pytest


@pytest.fixture
def run_module(connection):
    """Runs a module with the connection and further options (None leaves one out); gives its result."""

    def run(check_mode=False, module="source_server_info", **options):
        given = {name: value for name, value in {**connection, **options}.items() if value is not None}
        arguments = {"ANSIBLE_MODULE_ARGS": {**given, "_ansible_check_mode": check_mode}}
        printed = in_a_fork(main_of(module), json.dumps(arguments))
        assert "Traceback" not in printed, printed
        result = json.loads(printed)
        # From ansible-core 2.22 on, a module tells the controller which texts to hide.
        result.pop("_ansible_new_secrets", None)
        return result

    return run


def main_of(module):
    """A function that runs a module with arguments, as Ansible hands them over."""

    def main(arguments):
        from ansible.module_utils import basic

        basic._ANSIBLE_ARGS = arguments.encode()
        basic._ANSIBLE_PROFILE = "legacy"
        importlib.import_module(f"ansible_collections.huaweicloud.sms.plugins.modules.{module}").main()

    return main


def in_a_fork(function, argument):
    """What a function prints in a process of its own: a copy of this one, which has imported everything already."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        with warnings.catch_warnings():
            # Of a fork in a process with threads; what the fork runs starts anew.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            run_and_end(function, argument, output.fileno())
        os.waitpid(child, 0)
        output.seek(0)
        return output.read()


def run_and_end(function, argument, descriptor):
    """Never return to the tests."""
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
    try:
        function(argument)
    except BaseException as error:
        if not isinstance(error, SystemExit):
            traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


@pytest.fixture
def queries(emulator):
    """Gives the query of each listing that the service saw."""
    return lambda: [dict(request["query"]) for request in emulator.requests()]
