"""Mistakes with the pair of states that an LSTM takes and returns: its form, and what is refused of it."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

RETURNED = ("module", "LSTM.forward", "return output, part_state(state_n, self.part_sizes[0])")
GIVEN = ("module", "LSTM.forward", "state_0 = None if hx is None else self.joined(input, hx)")
ACCEPTED = (
    "module",
    "LSTM.joined",
    "slots = self.num_layers * self.num_directions\nunbatched = False",
)
BEGIN = "slots = self.num_layers * self.num_directions\nunbatched = False"
LOOK_AT_REFUSED = "what is asked of c_0 before the first step"

FAULTS = (
    Fault(
        id="states_in_a_list",
        title="the final states are returned in a list",
        look_at="what is returned beside the output",
        mistake=(
            "[h_n, c_n] unpacks like a pair, and only code that looks at the type, or that puts the two into "
            "another tuple, shows it. Return a tuple: output, (h_n, c_n)."
        ),
        fails=("conventions.tuple",),
        edits=(Edit(*RETURNED, "return output, list(part_state(state_n, self.part_sizes[0]))"),),
        kind="LSTM",
    ),
    Fault(
        id="three_things_returned",
        title="output, h_n and c_n are returned side by side",
        look_at="what is returned beside the output",
        mistake=(
            "The two states are no pair of their own. `output, (h_n, c_n) = lstm(x)`, as it is written for "
            "torch's LSTM, raises. Return output, (h_n, c_n)."
        ),
        fails=("conventions.tuple",),
        edits=(Edit(*RETURNED, "return output, *part_state(state_n, self.part_sizes[0])"),),
        kind="LSTM",
    ),
    Fault(
        id="c_n_not_returned",
        title="c_n is not returned",
        look_at="what is returned beside the output",
        mistake=(
            "h_n alone is returned, as of an RNN. The output is right, and a sequence cannot be read in "
            "pieces. Return output, (h_n, c_n)."
        ),
        fails=("conventions.tuple",),
        edits=(Edit(*RETURNED, "return output, part_state(state_n, self.part_sizes[0])[0]"),),
        kind="LSTM",
    ),
    Fault(
        id="states_as_two_arguments",
        title="h_0 and c_0 are two arguments of forward",
        look_at="the arguments of forward",
        mistake=(
            "forward takes h_0 and c_0 one after the other. `lstm(x, (h_0, c_0))`, as it is written for "
            "torch's LSTM, raises. Take one argument, hx, and unpack it."
        ),
        fails=("signature.forward",),
        edits=(
            Edit(
                "module",
                "LSTM.forward",
                "Tensor | PackedSequence, hx: Sequence[Tensor] | None = None",
                "Tensor | PackedSequence, hx: Tensor | None = None, cx: Tensor | None = None",
            ),
            Edit(*GIVEN, "state_0 = None if hx is None else self.joined(input, (hx, cx))"),
        ),
        kind="LSTM",
    ),
    Fault(
        id="h_0_alone_taken",
        title="h_0 without c_0 is taken",
        look_at="what is asked of the states that are given",
        mistake=(
            "One tensor is taken for h_0, and c_0 is zeros then. Who forgets half of the state, or brings "
            "that of an RNN, is not told. An LSTM takes two states or none."
        ),
        fails=("messages.initial_state",),
        edits=(
            Edit(
                *GIVEN,
                "if isinstance(hx, Tensor):\n"
                "    hx = (hx, hx.new_zeros(*hx.shape[:-1], self.hidden_size))\n"
                "state_0 = None if hx is None else self.joined(input, hx)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="three_states_taken",
        title="more than two states are taken, and the others ignored",
        look_at="what is asked of the states that are given",
        mistake=(
            "The first two are read by their index, and what follows is never looked at. Who gives three, "
            "the output first perhaps, is not told. An LSTM takes two states or none."
        ),
        fails=("messages.initial_state",),
        edits=(
            Edit(
                "module",
                "LSTM.joined",
                'check_pair(hx, "lstm")\nreturn join_state(*hx)',
                "return join_state(hx[0], hx[1])",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="states_in_a_list_refused",
        title="a list of two states is refused",
        look_at="what is asked of the states that are given",
        mistake=(
            "The pair is asked to be a tuple. Code that collects the two in a list, which torch takes, "
            "raises. Any sequence of two tensors will do."
        ),
        fails=("messages.initial_state",),
        edits=(
            Edit(
                *GIVEN,
                "if hx is not None and not isinstance(hx, tuple):\n"
                '    raise TypeError("hx must be a tuple")\n'
                "state_0 = None if hx is None else self.joined(input, hx)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_0_broadcast",
        title="a c_0 made for one sequence serves them all",
        look_at=LOOK_AT_REFUSED,
        mistake=(
            "c_0 is spread over the batch where it has one row, while h_0 is tested. A c_0 that was made for "
            "another batch is silently used. Refuse what is not exactly (k*d, N, H)."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                *ACCEPTED,
                "if hx[1].dim() == 3 and hx[1].size(1) == 1:\n"
                "    hx = (hx[0], hx[1].expand(-1, hx[0].size(1), -1))\n"
                f"{BEGIN}",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="more_layers_of_c_0_ignored",
        title="a c_0 with too many layers is taken, and what is too much ignored",
        look_at=LOOK_AT_REFUSED,
        mistake=(
            "The slots of c_0 are read one after another, and those that are left over are not looked at; "
            "h_0 is tested. A c_0 of a deeper network is silently used. Refuse what is not exactly "
            "(k*d, N, H)."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                *ACCEPTED,
                f"hx = (hx[0], hx[1][: self.num_layers * self.num_directions], *hx[2:])\n{BEGIN}",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_0_without_batch_axis_taken",
        title="for a batch, a c_0 without batch axis is taken",
        look_at=LOOK_AT_REFUSED,
        mistake=(
            "c_0 is given a batch axis where it has none, and spread over the batch, while h_0 is tested. "
            "States of one sequence are silently used for all. A batch takes a c_0 of three axes."
        ),
        fails=("arguments.initial_state_rank",),
        edits=(
            Edit(
                *ACCEPTED,
                "if hx[0].dim() == 3 and hx[1].dim() == 2 and len(hx[1]) == len(hx[0]):\n"
                "    hx = (hx[0], hx[1].unsqueeze(1).expand(-1, hx[0].size(1), -1))\n"
                f"{BEGIN}",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_0_of_a_batch_for_one_sequence",
        title="for one sequence, a c_0 with a batch axis is taken",
        look_at=LOOK_AT_REFUSED,
        mistake=(
            "A batch axis of one row is taken away from c_0 where the sequence has none, while h_0 is "
            "tested. Mixed states go unnoticed. One sequence takes a c_0 of two axes."
        ),
        fails=("messages.initial_state",),
        edits=(
            Edit(
                *ACCEPTED,
                "if hx[0].dim() == 2 and hx[1].dim() == 3 and hx[1].size(1) == 1:\n"
                "    hx = (hx[0], hx[1].squeeze(1))\n"
                f"{BEGIN}",
            ),
        ),
        kind="LSTM",
    ),
)
