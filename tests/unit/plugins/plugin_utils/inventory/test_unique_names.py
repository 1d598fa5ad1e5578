# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, whatever servers there are: properties that hold for every fleet."""

from __future__ import annotations

import unicodedata

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _names
from hypothesis import given, settings
from hypothesis import strategies as st

# Few and short texts make many clashes, among names, IDs and what they become.
CLASHING = st.text(alphabet="ab_:1", max_size=3)
NAMES = st.one_of(CLASHING, st.sampled_from(["localhost", "::1", "__1", "127.0.0.1", "all", "a_1", "a_1_1"]), st.text())
# The service's IDs differ in more than what no name may have.
IDS = st.text(alphabet="ab1-", min_size=1, max_size=12)
FLEETS = st.dictionaries(IDS, NAMES, max_size=12)
TAKEN = st.sets(NAMES, max_size=4)


def names_of(wishes, taken):
    """The name of each server by its ID, for the names wished for by ID."""
    names = _names.unique_names([_names.PreferredName(*wish) for wish in wishes.items()], taken)
    return {server.server_id: name for server, name in names.items()}


def names_or_none(wishes, taken):
    """The same, or None where the servers cannot be told apart, which is an error."""
    try:
        return names_of(wishes, taken)
    except _names.NamesError:
        return None


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(FLEETS, TAKEN)
def test_names_are_unique_and_nobody_bears_a_taken_one(wanted, taken):
    names = names_or_none(wanted, taken)
    if names is not None:
        assert names.keys() == wanted.keys()
        assert len(set(names.values())) == len(names)
        assert not set(names.values()) & {*taken, *_names.CONTROL_NODE}


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(FLEETS, TAKEN, st.randoms())
def test_names_do_not_depend_on_the_order(wanted, taken, random):
    shuffled = list(wanted.items())
    random.shuffle(shuffled)
    assert names_or_none(dict(shuffled), taken) == names_or_none(wanted, taken)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(FLEETS)
def test_servers_that_would_share_a_name_are_all_renamed(wanted):
    names = names_or_none(wanted, set()) or {}
    plain = [_names.addressable(name) for name in wanted.values()]
    for server_id, name in names.items():
        wish = _names.addressable(wanted[server_id])
        assert name.startswith(wish)
        assert (name != wish) >= (plain.count(wish) > 1)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.uuids().map(str), NAMES, max_size=12), TAKEN)
def test_servers_with_the_services_ids_can_always_be_told_apart(wanted, taken):
    assert names_of(wanted, taken).keys() == wanted.keys()


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.text())
def test_an_addressable_name_has_letters_digits_and_four_other_characters(name):
    addressable = _names.addressable(name)
    assert len(addressable) == len(name)
    letters = [character for character in addressable if character not in "_-.+"]
    assert all(unicodedata.category(character)[0] in "LM" or character.isdecimal() for character in letters)
    assert not addressable.startswith(("-", ".", "+"))
    assert _names.addressable(addressable) == addressable
    addressable.encode()


@pytest.mark.parametrize("name", ["web", "web-1.example.org", "büro_7", "サーバー", "e\u0301clair", "c++"])
def test_a_name_without_special_characters_stays_as_it_is(name):
    assert _names.addressable(name) == name


@pytest.mark.parametrize(
    ("name", "addressable"),
    [
        ("-oProxyCommand=touch x", "_oProxyCommand_touch_x"),
        ("..", "__"),
        ("+web", "_web"),
        ("lookup('pipe', 'x')", "lookup__pipe____x__"),
        ("a|b;c=d", "a_b_c_d"),
        ("½", "_"),
        ("x" * 300, "x" * 255),
    ],
)
def test_what_a_name_may_not_hold_becomes_an_underscore(name, addressable):
    assert _names.addressable(name) == addressable


@pytest.mark.parametrize("name", ["_meta", "__ansible_unsafe", "__ansible_vault", "__ansible_type", "{_ansible_new"])
def test_no_server_is_called_like_a_mark_of_ansibles_json(name):
    assert names_of({"1": name}, set()) == {
        "1": f"{_names.addressable(name)}_1" if name[0] != "{" else "__ansible_new_1"
    }


def test_a_server_keeps_the_plain_name_that_no_other_wants():
    assert names_of({"1": "web", "2": "db"}, {"all"}) == {"1": "web", "2": "db"}


def test_eight_characters_of_the_id_are_enough_where_they_differ():
    wanted = {"11111111-a": "web", "22222222-b": "web", "33333333-c": "all"}
    assert names_of(wanted, {"all"}) == {
        "11111111-a": "web_11111111",
        "22222222-b": "web_22222222",
        "33333333-c": "all_33333333",
    }


def test_a_server_whose_names_are_all_taken_is_an_error_that_names_it():
    with pytest.raises(_names.NamesError, match="The server with ID 1 cannot be given a name of its own"):
        names_of({"1": "web", "2": "db"}, {"web", "web_1"})
