"""Mistakes of the cells around a step: what they take, refuse and return, and how they are built."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

STATES_LOOKED_AT = (
    "cells",
    "RNNCellBase.step",
    "for index, state in enumerate(states):\n    check_cell_state",
)
LOOK_AT_STATE = "what is asked of the state that is given"

FAULTS = (
    Fault(
        id="cell_state_broadcast",
        title="a state made for one row serves the whole batch",
        look_at=LOOK_AT_STATE,
        mistake=(
            "A state of one row is spread over the batch. One that was made for another batch is silently "
            "used. Refuse what is not exactly (N, H)."
        ),
        fails=("cells.state_shape",),
        edits=(
            Edit(
                *STATES_LOOKED_AT,
                "batch_size = input.size(0)\n"
                "states = [s.expand(batch_size, -1) if s.size(0) == 1 else s for s in states]\n"
                "for index, state in enumerate(states):\n    check_cell_state",
            ),
        ),
        kind="LSTMCell",
    ),
    Fault(
        id="cell_state_cut_to_the_batch",
        title="a state of more rows than the input is taken, and cut",
        look_at=LOOK_AT_STATE,
        mistake=(
            "The rows of the state that are too many are left out, as where the last batch of an epoch is "
            "smaller. The rows may belong to other sequences. Refuse what is not exactly (N, H)."
        ),
        fails=("cells.state_shape",),
        edits=(
            Edit(
                *STATES_LOOKED_AT,
                "states = [state[: input.size(0)] for state in states]\n"
                "for index, state in enumerate(states):\n    check_cell_state",
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_state_of_one_row_for_a_batch",
        title="a state without batch axis serves the whole batch",
        look_at=LOOK_AT_STATE,
        mistake=(
            "A state (H,) is spread over the rows of the input. Shapes are right, and rows that should "
            "differ begin alike. A batch takes a state of two axes."
        ),
        fails=("cells.state_rank",),
        edits=(
            Edit(
                "cells",
                "GRUCell.forward",
                'check_cell_rank("GRUCell", "hidden", hx)',
                "if hx.dim() == 1 and input.dim() == 2:\n"
                "    hx = hx.expand(len(input), -1)\n"
                'check_cell_rank("GRUCell", "hidden", hx)',
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_refuses_one_row",
        title="an input without batch axis is refused",
        look_at="what a cell does with an input of one axis",
        mistake=(
            "Only batches are taken. torch's cells take a single row as well, and give a state without batch "
            "axis. Add the axis, and take it away again."
        ),
        fails=("cells.one_sequence",),
        edits=(Edit("arguments", "check_cell_rank", "not in (1, 2)", "!= 2"),),
        kind="RNNCell",
    ),
    Fault(
        id="cell_takes_columns",
        title="the cell takes and gives columns, (D, N) and (H, N)",
        look_at="which axis of a step is the batch",
        mistake=(
            "Each column is one sequence, as the equations are printed. Computed so it is as right, and "
            "cannot be exchanged with torch's cells, which have a row for each sequence."
        ),
        fails=("cells.layout",),
        edits=(
            Edit(
                "cells",
                "RNNCell.forward",
                'check_cell_rank("RNNCell", "input", input)',
                'check_cell_rank("RNNCell", "input", input)\n'
                "is_batch = input.dim() == 2\n"
                "input = input.t() if is_batch else input\n"
                "hx = hx.t() if is_batch and hx is not None else hx",
            ),
            Edit(
                "cells",
                "RNNCell.forward",
                "return self.step(elman_mode(self.nonlinearity), input, [hx])",
                "h = self.step(elman_mode(self.nonlinearity), input, [hx])\nreturn h.t() if is_batch else h",
            ),
        ),
        kind="RNNCell",
    ),
    Fault(
        id="cell_returns_an_output_too",
        title="the cell returns an output beside its state",
        look_at="what a step returns",
        mistake=(
            "(output, h) is returned, as of a layer, though the two are the same. `h = cell(x, h)`, as it is "
            "written for torch's cells, hands both on, and raises. Return the state alone."
        ),
        fails=("cells.returns",),
        edits=(
            Edit(
                "cells",
                "GRUCell.forward",
                'return self.step("GRU", input, [hx])',
                'h = self.step("GRU", input, [hx])\nreturn h, h.clone()',
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_rank_of_another_type",
        title="a wrong number of axes raises RuntimeError, not ValueError",
        look_at="the type of the exception for a wrong number of axes",
        mistake=(
            "The exception has torch's words and another type, so that code which catches torch's does not "
            "catch it. Raise ValueError."
        ),
        fails=("cells.input_messages", "cells.state_messages"),
        edits=(Edit("arguments", "check_cell_rank", "raise ValueError(", "raise RuntimeError("),),
        kind="RNNCell",
    ),
    Fault(
        id="cell_input_size_in_other_words",
        title="a wrong number of features is refused in other words than torch's",
        look_at="the text of the exception for a wrong number of features",
        mistake=(
            "The exception is of torch's type and says it in its own words. Code and tests that look at the "
            "text do not know it."
        ),
        fails=("cells.input_messages",),
        edits=(
            Edit(
                "arguments",
                "check_cell_input",
                'f"input has inconsistent input_size: got {input.size(1)} expected {input_size}"',
                'f"expected {input_size} features, got {input.size(1)}"',
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_state_in_other_words",
        title="a state of a wrong size is refused in other words than torch's",
        look_at="the text of the exception for a state of a wrong size",
        mistake=(
            "The exception is of torch's type and says it in its own words. Code and tests that look at the "
            "text do not know it."
        ),
        fails=("cells.state_messages",),
        edits=(
            Edit(
                "arguments",
                "check_cell_state",
                'f"Input batch size {batch_size} doesn\'t match hidden{index} batch size {state.size(0)}"',
                'f"expected a state of {batch_size} rows, got {state.size(0)}"',
            ),
        ),
        kind="LSTMCell",
    ),
    Fault(
        id="cell_nonlinearity_of_another_type",
        title="an unknown nonlinearity raises ValueError, not RuntimeError",
        look_at="the type of the exception for an unknown nonlinearity",
        mistake=(
            "It is refused with torch's words and another type: ValueError is what torch's RNN raises. Its "
            "cell raises RuntimeError, when it is called."
        ),
        fails=("cells.option_messages",),
        edits=(Edit("arguments", "check_cell_nonlinearity", "raise RuntimeError(", "raise ValueError("),),
        kind="RNNCell",
    ),
    Fault(
        id="cell_without_hidden_size",
        title="the cell does not tell its hidden_size",
        look_at="what the constructor keeps of its arguments",
        mistake=(
            "The size is kept under another name. Code that makes the first state for a cell asks it for "
            "hidden_size. Keep every option under torch's name."
        ),
        fails=("cells.attributes",),
        edits=(
            Edit(
                "cells", "RNNCellBase.__init__", "self.hidden_size = hidden_size", "self.units = hidden_size"
            ),
            Edit(
                "cells",
                "RNNCellBase.reset_parameters",
                "if self.hidden_size > 0:  # without a unit there is nothing to draw\n"
                "    initialise(self.parameters(), self.hidden_size)",
                "if self.units > 0:\n    initialise(self.parameters(), self.units)",
            ),
            Edit(
                "cells",
                "RNNCellBase.zeros",
                "input.new_zeros(*input.shape[:-1], self.hidden_size)",
                "input.new_zeros(*input.shape[:-1], self.units)",
            ),
            Edit(
                "cells",
                "RNNCellBase.extra_repr",
                "{self.hidden_size}",
                "{self.units}",
            ),
        ),
        kind="RNNCell",
    ),
    Fault(
        id="cell_bias_after_nonlinearity",
        title="the constructor of the cell takes the nonlinearity before bias",
        look_at="the order of the constructor's arguments",
        mistake=(
            "The third argument is the nonlinearity, as the fourth of torch's RNN is. Given by name nothing "
            "shows. In torch's RNNCell bias comes first."
        ),
        fails=("cells.positions",),
        edits=(
            Edit(
                "cells",
                "RNNCell.__init__",
                'bias: bool = True,\nnonlinearity: str = "tanh",',
                'nonlinearity: str = "tanh",\nbias: bool = True,',
            ),
        ),
        kind="RNNCell",
    ),
    Fault(
        id="cell_without_bias_has_no_bias_attribute",
        title="a cell without biases has no attributes for them",
        look_at="what bias=False leaves of the biases",
        mistake=(
            "With bias=False the attributes bias_ih and bias_hh do not exist, where torch's cells have None. "
            "Code that asks `cell.bias_ih is None` raises. Register None."
        ),
        fails=("cells.names",),
        edits=(
            Edit(
                "cells",
                "RNNCellBase.__init__",
                "self.register_parameter(name, parameter)",
                "if parameter is not None:\n    self.register_parameter(name, parameter)",
            ),
            Edit(
                "cells",
                "RNNCellBase.step",
                "weights = Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)",
                'biases = (getattr(self, name, None) for name in ("bias_ih", "bias_hh"))\n'
                "weights = Weights(self.weight_ih, self.weight_hh, *biases)",
            ),
        ),
        kind="GRUCell",
    ),
    Fault(
        id="cell_biases_first",
        title="the biases come before the matrices",
        look_at="the order in which the cell's weights are created",
        mistake=(
            "The state dict begins with the biases. Loading goes by name and works; an optimiser's state "
            "goes by order, and gives every weight another's momentum. Create them in torch's order."
        ),
        fails=("cells.entries",),
        edits=(Edit("cells", "RNNCellBase.__init__", "in shapes.items()", "in sorted(shapes.items())"),),
        kind="LSTMCell",
    ),
)
