"""The project's token."""

import os

import pytest

from server.access import token_for
from server.errors import StartError


def test_a_given_token_is_taken_and_not_kept(tmp_path):
    assert token_for(tmp_path / "token", "mine") == "mine"
    assert not (tmp_path / "token").exists()


def test_a_random_one_is_made_once_and_kept(tmp_path):
    first = token_for(tmp_path / "token", None)
    assert len(first) >= 43
    assert token_for(tmp_path / "token", None) == first
    assert token_for(tmp_path / "other", None) != first


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights in another way")
def test_it_is_for_its_owner_alone_and_one_that_others_could_read_is_replaced(tmp_path):
    path = tmp_path / "token"
    first = token_for(path, None)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    second = token_for(path, None)
    assert second != first and path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\n"])
def test_one_that_is_no_secret_is_replaced(tmp_path, content):
    (tmp_path / "token").write_bytes(content)
    (tmp_path / "token").chmod(0o600)
    assert len(token_for(tmp_path / "token", None)) >= 43


def test_one_that_cannot_be_read_is_a_clear_refusal(tmp_path):
    (tmp_path / "token").mkdir()
    with pytest.raises(StartError, match="cannot be read or kept"):
        token_for(tmp_path / "token", None)
