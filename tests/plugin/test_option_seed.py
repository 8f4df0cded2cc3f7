"""--rnn-seed: other numbers, the same verdict; shown wherever a run is told of."""

import pytest


def test_another_seed_draws_other_numbers(kit, bring, read_report):
    spec = bring("wrong/no_nonlinearity.py")
    found = []
    for seed in ("0", "0", "1"):
        kit("--rnn-impl", spec, "--rnn-seed", seed, "--rnn-report", "report.json")
        outcomes = [o for o in read_report()[0]["outcomes"] if o["status"] == "failed"]
        found.append([outcome["finding"]["difference"]["actual"] for outcome in outcomes])

    assert found[0] == found[1] != found[2]


def test_the_seed_stands_in_the_header_the_summary_the_report_and_the_reproducer(kit, bring, read_report):
    spec = bring("wrong/h_n_order.py")
    kit("--rnn-impl", spec, "--rnn-check", "final_state.order", "--rnn-report", "plain.json")
    result = kit(
        *("--rnn-impl", spec, "--rnn-check", "final_state.order"),
        *("--rnn-seed", "7", "--rnn-report", "seeded.json"),
    )
    scripts = [
        next(o["finding"]["reproducer"] for o in read_report(name)[0]["outcomes"] if o["status"] == "failed")
        for name in ("plain.json", "seeded.json")
    ]

    assert read_report("seeded.json")[0]["seed"] == 7
    assert scripts[0] != scripts[1]
    result.stdout.fnmatch_lines(["rnn-conformance: * at level core, seed 7 *", "seed: --rnn-seed 7"])


@pytest.mark.parametrize("text", ["abc", "1.5", ""])
def test_a_seed_that_is_no_whole_number_is_refused(kit, write_rnn, text):
    result = kit("--rnn-impl", write_rnn(), f"--rnn-seed={text}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--rnn-seed {text}: expected a whole number"])
