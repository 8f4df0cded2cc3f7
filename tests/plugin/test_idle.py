"""Everyone who has the package installed loads the plugin: it must cost nothing until it is asked."""

import subprocess
import sys

HEAVY = ("torch", "hypothesis", "numpy")


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, pytest_rnn_conformance, pytest_rnn_conformance.plugin, pytest_rnn_conformance.cli\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_run_without_an_implementation_imports_nothing_heavy(pytester):
    pytester.makepyfile(
        f"""
        import sys

        def test_nothing_is_loaded(request):
            assert request.config.pluginmanager.hasplugin("rnn-conformance")
            assert [name for name in {HEAVY} if name in sys.modules] == []
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("rnn-conformance: *")


def test_the_public_names_are_listed_before_they_are_imported():
    import pytest_rnn_conformance

    assert {"check_rnn", "conformance_checks", "Implementation"} <= set(dir(pytest_rnn_conformance))
    assert all(hasattr(pytest_rnn_conformance, name) for name in pytest_rnn_conformance.__all__)
    assert not hasattr(pytest_rnn_conformance, "check_rrn")


def test_the_options_are_in_the_help_text(kit):
    result = kit("--help", "--rnn-impl", "nowhere.py:RNN")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["recurrent networks that are judged:", "*--rnn-impl=SPEC*"])
