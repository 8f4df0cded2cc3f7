"""Files are written whole or not at all."""

import pytest

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grading.outlets import replaced


def write(path, text):
    with replaced(path) as file:
        file.write(text)


def test_who_reads_a_file_reads_the_old_one_to_its_end(tmp_path):
    path = tmp_path / "results.json"
    path.write_text("old")
    with path.open() as reader:
        write(path, "new")

        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


def test_what_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "results.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write(path, "\ud800")

    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("elsewhere"), lambda path: path.mkdir()])
def test_what_is_no_ordinary_file_is_left_as_it_is(tmp_path, make):
    """A file would come to stand in its place: in that of /dev/stdout, for a grader that is root."""
    make(tmp_path / "odd")
    with pytest.raises(UsageError, match="no ordinary file"):
        write(tmp_path / "odd", "text")

    assert [file.name for file in tmp_path.iterdir()] == ["odd"]
