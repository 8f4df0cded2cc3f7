"""Whatever is returned, in torch's form; what is none of the conventions stays as it is."""

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from pytest_rnn_conformance.candidate.form import Form, Sizes, form_of, join, sources
from pytest_rnn_conformance.candidate.returns import parts, read_packed, read_result
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Config

L, N, H = 4, 2, 5
CONFIG = Config(hidden_size=H)
OUTPUT = torch.arange(float(L * N * H)).reshape(L, N, H)
H_N = OUTPUT[-1:]


def read(returned, *, config=CONFIG, batch_first=False, sizes=(L, N)):
    """Read a result in the form that it shows itself, as the first probe does."""
    form = form_of(returned, Sizes(L, N, H))
    return read_result(returned, config, form=form, batch_first=batch_first, sizes=sizes)


CONVENTIONS = {
    "output alone": (OUTPUT, False),
    "output and h_n": ((OUTPUT, H_N), True),
    "a list of both": ([OUTPUT, H_N], True),
    "more items": ((OUTPUT, H_N, {"attention": None}), True),
    "output in a tuple": ((OUTPUT,), False),
    "h_n without its axis": ((OUTPUT, H_N[0]), True),
    "h_n with its axis after the batch": ((OUTPUT, H_N.transpose(0, 1)), True),
    "h_n as a list of layers": ((OUTPUT, [H_N[0]]), True),
    "a list of steps": ((list(OUTPUT), H_N), True),
    "a tuple of steps": ((OUTPUT.unbind(0), H_N), True),
    "steps that keep a time axis": ((list(OUTPUT.split(1)), H_N), True),
    "steps that keep a time axis after the batch": (([step[:, None] for step in OUTPUT], H_N), True),
    "h_n before the output": ((H_N, OUTPUT), True),
    "h_n in a tuple": ((OUTPUT, (H_N,)), True),
    "h_n of one row in a tuple": ((OUTPUT, (H_N[0],)), True),
    "h_n as columns": ((OUTPUT, H_N[0].T), True),
    "a cache": ((OUTPUT, (OUTPUT[0], 3, None)), False),
    "a number before the output": ((3, OUTPUT, H_N), True),
    "a list of steps alone": (list(OUTPUT), False),
    "a tuple of steps alone": (OUTPUT.unbind(0), False),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_gives_torch_s_output_and_h_n(name):
    returned, has_state = CONVENTIONS[name]
    result = read(returned)

    assert torch.equal(result.output, OUTPUT)
    assert torch.equal(result.state, H_N) if has_state else result.state is None


@pytest.mark.parametrize("name", [name for name in CONVENTIONS if "steps" not in name])
def test_a_batch_first_output_becomes_time_first(name):
    returned, _ = CONVENTIONS[name]
    own = OUTPUT.transpose(0, 1)
    turned = own if returned is OUTPUT else type(returned)((own, *returned[1:]))

    assert torch.equal(read(turned, batch_first=True).output, OUTPUT)


@pytest.mark.parametrize("name", [name for name in CONVENTIONS if "steps" in name])
def test_a_list_of_steps_is_time_first_whatever_the_layout(name):
    assert torch.equal(read(CONVENTIONS[name][0], batch_first=True).output, OUTPUT)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_form_as_source_gives_the_same(name):
    """What a reproducer writes of a form, executed, gives torch's output and h_n."""
    returned, has_state = CONVENTIONS[name]
    form = form_of(returned, Sizes(L, N, H))
    target, (output, h_n) = sources(form, batch_first=False, single=True)
    names = {"given": returned, "x": OUTPUT, "torch": torch}
    exec(f"{target} = given", names)

    assert torch.equal(eval(output, names), OUTPUT)
    assert torch.equal(eval(h_n, names), H_N) if has_state else h_n == "None"


LAST = OUTPUT[-1]
LAST_STEPS = {
    "alone": (LAST, False),
    "with its time axis": (LAST[None], False),
    "with its time axis after the batch": (LAST[:, None], False),
    "beside h_n": ((LAST, H_N), True),
    "beside h_n without its axis": ((LAST, LAST), True),
}


@pytest.mark.parametrize("name", LAST_STEPS)
def test_the_last_step_alone_is_read_as_rows(name):
    returned, has_state = LAST_STEPS[name]
    form = form_of(returned, Sizes(L, N, H))
    target, (output, h_n) = sources(form, batch_first=True, single=True)
    names = {"given": returned, "x": OUTPUT, "torch": torch}
    exec(f"{target} = given", names)

    assert torch.equal(read(returned).output, LAST)
    assert torch.equal(eval(output, names), LAST)
    assert torch.equal(read(returned).state, H_N) if has_state else read(returned).state is None
    assert torch.equal(eval(h_n, names), H_N) if has_state else h_n == "None"


@pytest.mark.parametrize("batch_first", [False, True])
def test_rows_of_all_steps_and_sequences_are_put_in_order(batch_first):
    own = OUTPUT.transpose(0, 1) if batch_first else OUTPUT
    returned = own.reshape(L * N, H)
    form = form_of(returned, Sizes(L, N, H))
    target, (output, _) = sources(form, batch_first=batch_first, single=True)
    names = {"given": returned, "x": OUTPUT}
    exec(f"{target} = given", names)

    assert torch.equal(read(returned, batch_first=batch_first).output, OUTPUT)
    assert torch.equal(eval(output, names), OUTPUT)


def test_a_second_tensor_that_fits_nothing_is_still_taken_for_h_n():
    """A wrong h_n is a mistake, and no convention."""
    assert form_of((OUTPUT, torch.zeros(2, N, H)), Sizes(L, N, H)).state == 1


def test_before_an_output_head_stands_what_went_into_it():
    returned = (OUTPUT, torch.zeros(L, N, 7), H_N)
    form = form_of(returned, Sizes(L, N, H), head=True, logits=True)

    assert (form.output, form.state) == (0, 2)
    assert sources(form, batch_first=False, single=True) == ("returned", ("seen[0]", "returned[1]"))
    alone = form_of((OUTPUT, torch.zeros(L, N, 7)), Sizes(L, N, H), head=True, logits=True)
    assert sources(alone, batch_first=False, single=True) == ("returned", ("seen[0]", "None"))


def test_two_steps_alone_are_steps_and_not_output_and_h_n():
    alone = form_of(list(OUTPUT), Sizes(L, N, H))
    result = read_result(list(OUTPUT[:2]), CONFIG, form=alone, batch_first=False, sizes=(2, N))

    assert torch.equal(result.output, OUTPUT[:2])
    assert result.state is None


def test_an_unbatched_result_keeps_its_axes():
    result = read((OUTPUT[:, 0], H_N[:, 0]), batch_first=True, sizes=(L,))

    assert torch.equal(result.output, OUTPUT[:, 0])
    assert torch.equal(result.state, H_N[:, 0])


def test_an_h_n_of_several_layers_keeps_the_shape_that_it_has():
    config = Config(hidden_size=H, num_layers=2)
    wrong = torch.zeros(N, 2, H)

    assert read((OUTPUT, wrong), config=config).state is wrong


def test_an_h_n_of_other_sizes_keeps_the_shape_that_it_has():
    assert read((OUTPUT, torch.zeros(1, H))).state.shape == (1, H)


@pytest.mark.parametrize("returned", ["an output", None, 3, ("a", "b"), [], (), {}, [OUTPUT, OUTPUT[:1]][:0]])
def test_what_is_no_output_is_a_finding_that_shows_it(returned):
    with pytest.raises(RequirementFailed) as caught:
        read(returned)
    finding = caught.value.finding

    assert finding.subject == "what forward returns"
    assert finding.actual == f"{type(returned).__name__}: {returned!r}"


def test_a_long_result_is_shown_in_part():
    with pytest.raises(RequirementFailed) as caught:
        read("x" * 1000)

    assert len(caught.value.finding.actual) < 80
    assert caught.value.finding.actual.endswith("...")


def test_steps_of_different_shapes_are_no_output():
    assert join([torch.zeros(2, 3), torch.zeros(1, 3)]) is None


def test_the_parts_of_a_result_are_the_user_s_own_tensors():
    found = parts((OUTPUT, H_N, 3), Form(items=3))

    assert found["output"] is OUTPUT
    assert found["h_n"] is H_N
    assert parts(list(OUTPUT), Form(items=0, state=None)) == {}


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_an_h_n_alone_in_a_tuple_is_h_n(rows):
    config = Config(num_layers=rows)
    h_n = torch.randn(rows, 1, 5)
    result = read_result((torch.randn(4, 1, 5), (h_n,)), config, form=Form(), batch_first=False, sizes=(4, 1))

    assert torch.equal(result.state, h_n)


@pytest.mark.parametrize("kind", [tuple, list])
def test_packed_results_are_read_from_a_tuple_or_a_list(kind):
    packed = pack_padded_sequence(torch.randn(4, 2, 3), torch.tensor([4, 2]))
    result = read_packed(kind([packed, torch.ones(1, 2, 3)]), Form(), steps=4)

    assert result.output.shape == (4, 2, 3)
    assert torch.equal(result.state, torch.ones(1, 2, 3))
    assert read_packed(packed, Form(), steps=4).state is None


PACKED = pack_padded_sequence(OUTPUT, torch.tensor([3, 4]), enforce_sorted=False)
BOOKKEEPING = (PACKED.batch_sizes, PACKED.sorted_indices, PACKED.unsorted_indices)
MALFORMED = {
    "no data": PackedSequence(None, *BOOKKEEPING),
    "the fields one place to the left": PackedSequence(*BOOKKEEPING),
    "indices as batch sizes": PackedSequence(PACKED.data, *BOOKKEEPING[1:]),
    "too few rows": PackedSequence(PACKED.data[:3], *BOOKKEEPING),
    "one sequence too few in the indices": PackedSequence(
        PACKED.data, PACKED.batch_sizes, torch.tensor([0]), torch.tensor([5])
    ),
}


def test_a_packed_sequence_is_padded_in_the_order_of_the_caller():
    result = read_packed((PACKED, H_N), Form(), steps=L)

    assert torch.equal(result.output[:, 1], OUTPUT[:, 1])
    assert not result.output[3, 0].any()


@pytest.mark.parametrize("name", MALFORMED)
def test_a_packed_sequence_that_does_not_fit_together_is_refused(name):
    with pytest.raises(RequirementFailed) as caught:
        read_packed((MALFORMED[name], H_N), Form(), steps=L)

    assert caught.value.finding.subject == "the PackedSequence returned"


@pytest.mark.parametrize("sizes", [(), (1, L, N)])
def test_the_output_for_an_input_of_other_axes_stays_as_it_is(sizes):
    result = read_result(OUTPUT, Config(), form=Form(items=0, state=None), batch_first=True, sizes=sizes)

    assert torch.equal(result.output, OUTPUT)
