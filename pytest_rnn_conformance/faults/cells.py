"""Mistakes of the cells, which make one step a call."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

WEIGHTS = (
    "cells",
    "RNNCellBase.step",
    "weights = Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)",
)
CARRIED = ("cells", "RNNCellBase.step", "carried = join_state(*states) if len(states) == 2 else states[0]")
STEPPED = (
    "cells",
    "LSTMCell.forward",
    'return part_state(self.step("LSTM", input, hx), self.hidden_size)',
)

FAULTS = (
    Fault(
        id="cell_returns_c_before_h",
        title="the cell returns (c, h)",
        look_at="the order in which the two states are returned",
        mistake=(
            "Both states have the same shape. `h, c = cell(x, (h, c))` then hands each on as the other, and "
            "every second step is nearly right. A step returns (h, c)."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(*STEPPED, 'h, c = part_state(self.step("LSTM", input, hx), self.hidden_size)\nreturn c, h'),
        ),
        kind="LSTMCell",
    ),
    Fault(
        id="cell_returns_h_alone",
        title="the cell returns h, and not c",
        look_at="what a step returns",
        mistake=(
            "The cell state is computed and kept to itself. The first step is right, and no loop over the "
            "cell can hand on what it remembers. A step returns (h, c)."
        ),
        fails=("forward.runs",),
        edits=(Edit(*STEPPED, 'return part_state(self.step("LSTM", input, hx), self.hidden_size)[0]'),),
        kind="LSTMCell",
    ),
    Fault(
        id="cell_keeps_the_added_axis",
        title="of one row the cell returns a batch of one",
        look_at="what is done with the batch axis that was added",
        mistake=(
            "A row (D,) is given a batch axis, and the new state is returned with it. The numbers are right. "
            "A state without batch axis comes back where the input had none: (H,)."
        ),
        fails=("cells.one_sequence",),
        edits=(
            Edit(
                "cells",
                "RNNCellBase.step",
                "return self.step(mode, input.unsqueeze(0), rows).squeeze(0)",
                "return self.step(mode, input.unsqueeze(0), rows)",
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_ignores_c",
        title="the cell begins every step from a cell state of zeros",
        look_at="which of the two given states a step reads",
        mistake=(
            "The hidden state that is given is used, and the cell state is not, so that nothing is kept from "
            "step to step. The first step is right. A step reads both."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                *STEPPED,
                "hx = (hx[0], torch.zeros_like(hx[1]))\n"
                'return part_state(self.step("LSTM", input, hx), self.hidden_size)',
            ),
        ),
        kind="LSTMCell",
    ),
    Fault(
        id="cell_returns_the_old_c",
        title="the cell returns the cell state that it was given",
        look_at="which cell state is returned",
        mistake=(
            "The new hidden state comes back with the old cell state, which stays what it was at the "
            "beginning. The first step is right in h. A step returns the new h and the new c."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                *STEPPED,
                'return part_state(self.step("LSTM", input, hx), self.hidden_size)[0], hx[1].clone()',
            ),
        ),
        kind="LSTMCell",
    ),
    Fault(
        id="cell_ignores_its_state",
        title="the cell ignores the state that it is given",
        look_at="which state a step reads",
        mistake=(
            "Every step begins from zeros, whatever is handed to it, so that nothing is remembered and W_hh "
            "has no effect. The first step is right. A step reads the state that it is given."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit("cells", "RNNCell.forward", "self.zeros(input) if hx is None else hx", "self.zeros(input)"),
        ),
        kind="RNNCell",
    ),
    Fault(
        id="cell_begins_at_one",
        title="without a state the cell begins at ones",
        look_at="the state that is made where none is given",
        mistake=(
            "The default is made with ones instead of zeros. Loops that make their own first state do not "
            "show it. Without a state a cell begins at zeros."
        ),
        fails=("forward.first_step",),
        edits=(Edit("cells", "RNNCellBase.zeros", "input.new_zeros(", "input.new_ones("),),
        kind="GRUCell",
    ),
    Fault(
        id="cell_begins_at_random",
        title="without a state the cell begins at random",
        look_at="the state that is made where none is given",
        mistake=(
            "The default is drawn anew at each call, so that no call gives what the last one gave. Loops "
            "that make their own first state do not show it. Without a state a cell begins at zeros."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(
                "cells",
                "RNNCellBase.zeros",
                "return input.new_zeros(*input.shape[:-1], self.hidden_size)",
                "return torch.randn_like(input.new_zeros(*input.shape[:-1], self.hidden_size))",
            ),
        ),
        kind="RNNCell",
    ),
    Fault(
        id="cell_goes_on_from_the_last_call",
        title="without a state the cell goes on from its last call",
        look_at="what is kept on the cell between two calls",
        mistake=(
            "The last state is kept on the cell and taken where none is given: one sequence leaks into the "
            "next. Without a state a cell begins at zeros, and the loop hands the state on."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(
                "cells",
                "RNNCellBase.zeros",
                "return input.new_zeros(*input.shape[:-1], self.hidden_size)",
                "zeros = input.new_zeros(*input.shape[:-1], self.hidden_size)\n"
                'kept = self.__dict__.get("kept")\n'
                "return kept if kept is not None and kept.shape == zeros.shape else zeros",
            ),
            Edit(
                "cells",
                "RNNCellBase.step",
                "(carried,) = MODES[mode].recur([p_t], carried, weights)",
                "(carried,) = MODES[mode].recur([p_t], carried, weights)\n"
                'self.__dict__["kept"] = carried.detach()[:, : self.hidden_size]',
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_writes_into_its_state",
        title="the new state is written into the one that was given",
        look_at="where the new state is put",
        mistake=(
            "The tensor that the caller gave is overwritten. In a loop that hands the state on nothing "
            "shows, until somebody keeps a state or begins twice from the same one. Return a tensor of its "
            "own."
        ),
        fails=("purity.arguments_unchanged",),
        also=("forward.causal",),
        edits=(
            Edit(
                "cells",
                "GRUCell.forward",
                'return self.step("GRU", input, [hx])',
                'h = self.step("GRU", input, [hx])\nhx.detach().copy_(h.detach())\nreturn h',
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_detaches_its_state",
        title="the state that is given is detached",
        look_at="how the gradient gets from a step to the one before",
        mistake=(
            "The graph is cut at each step, so that a loop over the cell learns nothing over time. All "
            "values are right. Use the state as it comes."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit(
                *CARRIED,
                "states = [state.detach() for state in states]\n"
                "carried = join_state(*states) if len(states) == 2 else states[0]",
            ),
        ),
        kind="RNNCell",
    ),
    Fault(
        id="cell_without_b_hh",
        title="the cell never adds b_hh",
        look_at="the biases of a step",
        mistake=(
            "b_hh is made and never read, so that it is not trained. Biases of zero do not show it. A step "
            "adds both biases."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit(*WEIGHTS, "weights = Weights(self.weight_ih, self.weight_hh, self.bias_ih)"),),
        kind="LSTMCell",
    ),
    Fault(
        id="cell_bias_false_keeps_biases",
        title="the cell ignores bias=False",
        look_at="what the constructor does with the option bias",
        mistake=(
            "The biases are made and added whatever the option says. Nothing raises, and with bias=True all "
            "is right. With bias=False there are none."
        ),
        fails=("forward.no_bias",),
        also=("cells.names",),
        edits=(Edit("cells", "RNNCellBase.__init__", 'if bias or name.startswith("weight"):', "if True:"),),
        kind="GRUCell",
    ),
    Fault(
        id="cell_always_tanh",
        title="the cell ignores nonlinearity='relu'",
        look_at="what is done with the option nonlinearity",
        mistake=(
            "The option is kept and never asked for: every step uses tanh. With the default nothing shows. "
            "A step uses the nonlinearity that was chosen."
        ),
        fails=("forward.relu",),
        edits=(Edit("cells", "RNNCell.forward", "elman_mode(self.nonlinearity)", 'elman_mode("tanh")'),),
        kind="RNNCell",
    ),
    Fault(
        id="cell_takes_a_sequence",
        title="a whole sequence is taken for steps that all begin from the same state",
        look_at="what a cell does with an input of three axes",
        mistake=(
            "Every row of the sequence is stepped from the state that was given, and nothing is carried from "
            "one to the next. Shapes look like those of a layer. A cell makes one step: refuse more axes."
        ),
        fails=("cells.input_rank",),
        edits=(
            Edit(
                "cells",
                "RNNCell.forward",
                'check_cell_rank("RNNCell", "input", input)',
                "if input.dim() == 3:\n"
                "    return torch.stack([self(x_t, hx) for x_t in input])\n"
                'check_cell_rank("RNNCell", "input", input)',
            ),
        ),
        kind="RNNCell",
    ),
)
