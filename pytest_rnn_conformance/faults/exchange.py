"""Mistakes that stand in the way of exchanging weights with torch.nn.RNN."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="names_without_l",
        title="the names of weights have the layer's number without an l",
        look_at="how the names of the weights are put together",
        mistake=(
            "The parameters are called weight_ih_0, weight_hh_0 and so on. The network works, and a file of "
            "weights that torch.nn.RNN has written does not fit. torch's name is weight_ih_l0."
        ),
        fails=("state_dict.names",),
        edits=(
            Edit(
                "parameters",
                "parameter_shapes",
                'suffix = f"_l{layer}{direction}"',
                'suffix = f"_{layer}{direction}"',
            ),
        ),
    ),
    Fault(
        id="reverse_called_backward",
        title="the names of the reverse direction's weights end in _backward",
        look_at="how the names of the weights are put together",
        mistake=(
            "In one direction all names are torch's, and a file of weights can be exchanged. Those of the "
            "reverse direction end in _backward, where torch's end in _reverse."
        ),
        fails=("state_dict.names",),
        edits=(Edit("parameters", "", '("", "_reverse")', '("", "_backward")'),),
    ),
    Fault(
        id="one_bias",
        title="each direction has one bias instead of two",
        look_at="how many biases are created",
        mistake=(
            "The two biases always act as a sum, and one computes the same. But the two of a torch.nn.RNN "
            "cannot be loaded into it, nor the other way round. Create bias_ih and bias_hh."
        ),
        fails=("state_dict.names",),
        edits=(
            Edit(
                "parameters",
                "direction_shapes",
                'shapes[f"bias_ih{suffix}"] = (rows,)\nshapes[f"bias_hh{suffix}"] = (rows,)',
                'shapes[f"bias{suffix}"] = (rows,)',
            ),
        ),
    ),
    Fault(
        id="matrices_stored_in_out",
        title="the matrices are stored the other way round than torch's",
        look_at="the shapes of the matrices, and the products that they stand in",
        mistake=(
            "W_ih is stored as (D, H) for `x @ W`. It computes the same, but torch stores (H, D): a file of "
            "weights does not fit, or, where D equals H, fits and is wrong. Store (out, in), as nn.Linear "
            "does."
        ),
        fails=("state_dict.shapes",),
        edits=(
            Edit(
                "parameters",
                "direction_shapes",
                "(rows, input_size)",
                "(int(input_size), rows)",
            ),
            Edit(
                "recurrence",
                "project",
                "return functional.linear(input, weights.W_ih, bias)",
                "return functional.linear(input, weights.W_ih.t(), bias)",
            ),
            Edit("recurrence", "recur", "W_hh_transposed = W_hh.t()", "W_hh_transposed = W_hh"),
        ),
    ),
    Fault(
        id="reverse_parameters_last",
        title="the parameters of all layers forward come before those of all layers in reverse",
        look_at="the loops in which the parameters are created",
        mistake=(
            "The outer loop runs over the directions, the inner one over the layers. Names and numbers are "
            "right, but an optimiser's saved state goes by the order of the parameters: it gives each weight "
            "another's momentum. The outer loop is over the layers."
        ),
        fails=("state_dict.entries",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "for shapes in groups:",
                'for shapes in sorted(groups, key=lambda shapes: "reverse" in next(iter(shapes))):',
            ),
        ),
    ),
    Fault(
        id="parameters_in_order_of_their_names",
        title="the parameters of a direction are created in the order of their names",
        look_at="the loops in which the parameters are created",
        mistake=(
            "Sorted by name, the biases come before the matrices. Names and numbers are right, but an "
            "optimiser's saved state goes by the order of the parameters. torch's order is weight_ih, "
            "weight_hh, bias_ih, bias_hh."
        ),
        fails=("state_dict.entries",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "for name, shape in shapes.items():",
                "for name, shape in sorted(shapes.items()):",
            ),
        ),
    ),
    Fault(
        id="zeros_kept_as_buffer",
        title="zeros for h_0 are kept as a buffer",
        look_at="what is registered besides the weights",
        mistake=(
            "A buffer moves along with the network, and it is saved along with it too: torch.nn.RNN refuses "
            "a file that has one entry more. Make zeros in forward, `input.new_zeros`."
        ),
        fails=("state_dict.entries",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self.reset_parameters()\n"
                "zeros = torch.zeros(1, 1, self.state_size, device=device, dtype=dtype)\n"
                'self.register_buffer("initial_hidden", zeros)',
            ),
        ),
    ),
    Fault(
        id="no_bias_saved_as_zeros",
        title="without biases, zeros are saved in their place",
        look_at="what is registered where bias is False",
        mistake=(
            "With bias=False the biases become buffers of zeros. The numbers are right, but they are saved "
            "too, and torch.nn.RNN refuses a file with entries that it does not have. Register nothing."
        ),
        fails=("state_dict.entries",),
        edits=(
            Edit("base", "RNNBase.layers", "[] if self.bias else [None, None]", "[]"),
            Edit("base", "RNNBase.__init__", "bias=bias,\nnum_directions", "bias=True,\nnum_directions"),
            Edit(
                "base",
                "RNNBase.__init__",
                "self.register_parameter(name, nn.Parameter(values))",
                'if bias or name.startswith("weight"):\n'
                "    self.register_parameter(name, nn.Parameter(values))\n"
                "else:\n"
                "    self.register_buffer(name, torch.zeros_like(values))",
            ),
        ),
    ),
    Fault(
        id="dropout_is_a_submodule",
        title="dropout is a submodule that was made in the constructor",
        look_at="where the probability that forward drops with comes from",
        mistake=(
            "An nn.Dropout that was made in the constructor keeps the probability of then: setting "
            "`rnn.dropout` later has no effect. And nn.RNN has no submodule. Read `self.dropout` in forward."
        ),
        fails=("state_dict.entries", "conventions.options_set_later"),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self.reset_parameters()\nself.drop = nn.Dropout(self.dropout)",
            ),
            Edit("base", "RNNBase.run", "dropout=self.dropout", "dropout=self.drop.p"),
        ),
    ),
    Fault(
        id="batch_first_read_once",
        title="batch_first is looked at in the constructor alone",
        look_at="where forward finds out about batch_first",
        mistake=(
            "The constructor decides once which way the input is read, and setting `rnn.batch_first` later "
            "has no effect, though the attribute shows the new value. Read it in forward."
        ),
        fails=("conventions.options_set_later",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self.reset_parameters()\nself.time_first = not batch_first",
            ),
            Edit("base", "RNNBase.forward_batched", "if not self.batch_first:", "if self.time_first:"),
        ),
    ),
    Fault(
        id="saved_in_half_precision",
        title="the weights are saved in half precision",
        look_at="a `state_dict` method of the class's own",
        mistake=(
            "The state dict holds the weights rounded to float16, which makes files small and the loaded "
            "network another one: three digits are left. Leave `state_dict` to nn.Module."
        ),
        fails=("state_dict.exchange",),
        also=("protocol.assigned_weights",),
        edits=(
            Edit(
                "base",
                "RNNBase",
                "def flatten_parameters(self) -> None:",
                "def state_dict(self, *args, **kwargs):\n"
                "    saved = super().state_dict(*args, **kwargs)\n"
                "    return {name: weight.half() for name, weight in saved.items()}\n"
                "\n"
                "def flatten_parameters(self) -> None:",
            ),
        ),
    ),
)
