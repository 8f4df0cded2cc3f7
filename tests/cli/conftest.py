"""What the tests of the command line share: an empty folder, and a call of the command in this process."""

import pytest

from pytest_rnn_conformance import cli


@pytest.fixture
def command(here, capsys):
    """Call the command; return its exit code and what it wrote to stdout and stderr."""

    def call(*words):
        try:
            code = cli.main(words)
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        return code, out, err

    return call
