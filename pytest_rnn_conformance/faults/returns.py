"""Mistakes in what forward returns: more or less than a tuple of two tensors."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault


def returning(what: str, *kinds: str) -> tuple[Edit, ...]:
    """Return something else than `output, h_n`, for these kinds of input; none named: for every kind."""
    calls = [f"self.forward_{kind}(input, hx)" for kind in kinds or ("packed", "unbatched", "batched")]
    return tuple(
        Edit("base", "RNNBase.forward", f"return {call}", f"output, h_n = {call}\nreturn {what}")
        for call in calls
    )


FAULTS = (
    Fault(
        id="list_returned",
        title="forward returns a list, not a tuple",
        look_at="the last line of forward",
        mistake=(
            "`[output, h_n]` unpacks like a tuple, but is none to code that asks for its type: hooks, "
            "tracing and data-parallel wrappers treat lists differently. Write `return output, h_n`."
        ),
        fails=("conventions.tuple",),
        edits=returning("[output, h_n]"),
    ),
    Fault(
        id="output_alone_returned",
        title="forward returns the output alone",
        look_at="the last line of forward",
        mistake=(
            "Without h_n a sequence cannot be continued, and `output, h_n = rnn(x)` takes the output apart "
            "along its first axis instead: with two steps nothing raises. Write `return output, h_n`."
        ),
        fails=("conventions.tuple",),
        edits=returning("output"),
    ),
    Fault(
        id="h_n_in_a_tuple",
        title="h_n is returned inside a tuple, as an LSTM returns its states",
        look_at="the last line of forward",
        mistake=(
            "nn.LSTM returns `output, (h_n, c_n)`; here it is `output, (h_n,)`. An RNN has one state, and "
            "returns it as it is: `return output, h_n`."
        ),
        fails=("conventions.tuple",),
        also=("unbatched.shapes", "packed.final_state"),
        edits=returning("output, (h_n,)"),
    ),
    Fault(
        id="steps_returned_as_list",
        title="the output is a list of steps",
        look_at="what becomes of the states that the loop collects",
        mistake=(
            "The states of all steps are returned as a Python list, and not as one tensor (L, N, d*H). The "
            "numbers are right. Write `torch.stack(states)` after the loop."
        ),
        fails=("conventions.tuple",),
        edits=returning("list(output.unbind(1 if self.batch_first else 0)), h_n", "batched"),
    ),
    Fault(
        id="third_item_returned",
        title="forward returns more than the output and h_n",
        look_at="the last line of forward",
        mistake=(
            "A third item, here the last layer's state, makes `output, h_n = rnn(x)` raise. Whoever needs it "
            "takes `h_n[-1]`. Write `return output, h_n`."
        ),
        fails=("conventions.tuple",),
        edits=returning("output, h_n, h_n[-1].clone()"),
    ),
    Fault(
        id="list_returned_for_one_sequence",
        title="for one sequence forward returns a list, not a tuple",
        look_at="the line that returns the results for an input without a batch axis",
        mistake=(
            "A batch gives a tuple, and one sequence a list. Both unpack; code that asks for the type, as "
            "hooks and tracing do, treats them differently. Write `return output, h_n` at each end of "
            "forward."
        ),
        fails=("conventions.returned_forms",),
        edits=returning("[output, h_n]", "unbatched"),
    ),
    Fault(
        id="list_returned_for_packed",
        title="for packed sequences forward returns a list, not a tuple",
        look_at="the line that returns the results for a PackedSequence",
        mistake=(
            "A batch gives a tuple, and a PackedSequence a list. Both unpack; code that asks for the type, "
            "as hooks and tracing do, treats them differently. Write `return output, h_n` at each end of "
            "forward."
        ),
        fails=("conventions.returned_forms",),
        edits=returning("[output, h_n]", "packed"),
    ),
)
