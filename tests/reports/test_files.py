"""Files are written whole or not at all."""

import os
import stat

import pytest

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.reports import files


def test_a_new_file_is_readable_by_all_that_the_umask_allows(tmp_path):
    before = os.umask(0o027)
    try:
        files.write(tmp_path / "new.txt", "ä\r\n")
    finally:
        os.umask(before)

    assert (tmp_path / "new.txt").read_bytes() == "ä\r\n".encode()
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o640


def test_an_old_file_is_replaced_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "old.txt"
    path.write_text("old")
    path.chmod(0o600)
    with path.open() as reader:
        files.write(path, "new")

        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["old.txt"]


def test_what_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "old.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        files.write(path, "\ud800")

    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["old.txt"]


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("elsewhere"), lambda path: path.mkdir()])
def test_what_is_no_ordinary_file_is_refused(tmp_path, make):
    make(tmp_path / "odd")
    with pytest.raises(UsageError, match="no ordinary file"):
        files.write(tmp_path / "odd", "text")

    assert [file.name for file in tmp_path.iterdir()] == ["odd"]


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"no/file.txt cannot be written: No such file"):
        files.write(tmp_path / "no" / "file.txt", "text")
