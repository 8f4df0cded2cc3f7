"""--rnn-diagnose: a failure names the known mistake that does the same, whatever else is run."""

import pytest

NAMED = "*Likely mistake: W_hh is used transposed (w_hh_transposed)"


def diagnoses(reports):
    return {
        outcome["id"]: outcome["finding"]["diagnosis"]
        for outcome in reports[0]["outcomes"]
        if outcome["finding"] is not None
    }


def test_a_failure_names_the_mistake_with_its_first_hint(kit, bring):
    result = kit("--rnn-impl", bring("wrong/w_hh_transposed.py"))

    result.stdout.fnmatch_lines([NAMED, "  Look at: *"])


def test_off_names_nothing_and_the_check_says_where_to_look(kit, bring):
    result = kit("--rnn-impl", bring("wrong/w_hh_transposed.py"), "--rnn-diagnose", "off")

    result.stdout.no_fnmatch_line("*Likely mistake*")
    result.stdout.fnmatch_lines(["Look at: *"])


def test_the_same_is_said_whatever_is_selected(kit, bring, read_report):
    spec = bring("wrong/h_n_order.py")
    told = []
    for selection in ((), ("-k", "final_state.order"), ("--rnn-check", "final_state.order")):
        kit("--rnn-impl", spec, "--rnn-report", "report.json", *selection)
        told.append(diagnoses(read_report())["final_state.order"])

    assert told[0] == told[1] == told[2]
    assert told[0]["explanations"]


def test_workers_say_the_same(pytester, bring, read_report):
    spec = bring("wrong/h_n_order.py")
    told = []
    for workers in ("0", "2"):
        chosen = ("--rnn-impl", spec, "--rnn-check", "final_state.*")
        pytester.runpytest_subprocess(*chosen, "--rnn-report", "report.json", "-n", workers)
        told.append(diagnoses(read_report())["final_state.order"])

    assert told[0] == told[1]
    assert told[0]["explanations"]


def test_pairs_are_tried_only_on_demand_where_a_single_mistake_fits(kit, bring, read_report):
    spec = bring("wrong/w_hh_transposed.py")
    tried = []
    for how in ("auto", "pairs"):
        kit("--rnn-impl", spec, "--rnn-diagnose", how, "--rnn-report", "report.json")
        tried.append(diagnoses(read_report())["forward.recurrence"])

    assert [told["with_pairs"] for told in tried] == [False, True]
    assert tried[0]["explanations"][0] == tried[1]["explanations"][0]


def test_a_mistake_that_nobody_knows_is_not_given_a_name(kit, write_rnn):
    spec = write_rnn(
        "output, h_n = super().forward(input, hx)\nreturn output * 1.234 + input.sum() ** 2, h_n"
    )
    result = kit("--rnn-impl", spec)

    result.stdout.fnmatch_lines(
        ["None of the * known mistakes, alone or two together, behaves exactly like this."]
    )


@pytest.mark.parametrize("word", ["on", "Pairs", "1"])
def test_an_unknown_word_is_refused(kit, write_rnn, word):
    result = kit("--rnn-impl", write_rnn(), "--rnn-diagnose", word)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*diagnose='{word}'*"])
