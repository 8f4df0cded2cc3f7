"""Mistakes in how the weights are kept, shared, shaped and looked up."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

BUILT = ("base", "RNNBase.__init__", "self.reset_parameters()")
REGISTER = ("base", "RNNBase.__init__", "self.register_parameter(name, nn.Parameter(values))")
RESET = ("base", "RNNBase.reset_parameters", "initialise(self.parameters(), self.hidden_size)")
GROUP = (
    "base",
    "RNNBase.layers",
    "directions = [Weights(*w[:2], *no_biases, *w[2:]) for w in self.read_weights()]",
)
COMPUTE = ("base", "RNNBase.run", "check_devices(input, h_0, layers)")
PADDED = ("base", "RNNBase.forward_time_first", "return self.run(input, None, h_0, layers)")
DRAW_ALL = Edit(
    *RESET,
    "initialise([weight for weights in self.read_weights() for weight in weights], self.hidden_size)",
)

FAULTS = (
    Fault(
        id="weights_are_plain_tensors",
        title="the weights are plain tensors, not parameters",
        look_at="how the constructor stores the weights",
        mistake=(
            "A tensor that is assigned to self is no parameter, even if it requires grad: no optimiser "
            "trains it, no state dict saves it, and .to() leaves it behind. Wrap it in nn.Parameter."
        ),
        fails=("parameters.registered",),
        edits=(Edit(*REGISTER, "setattr(self, name, values.requires_grad_())"), DRAW_ALL),
    ),
    Fault(
        id="upper_weights_are_plain_tensors",
        title="the weights above the first layer are plain tensors, not parameters",
        look_at="how the constructor stores the weights of upper layers",
        mistake=(
            "The first layer has parameters and the others plain tensors, as when they are kept in a Python "
            "list: the upper layers are never trained. Use nn.ParameterList, or register each by its name."
        ),
        fails=("parameters.registered",),
        edits=(
            Edit(
                *REGISTER,
                "setattr(self, name, nn.Parameter(values) if '_l0' in name else values.requires_grad_())",
            ),
            DRAW_ALL,
        ),
    ),
    Fault(
        id="layers_are_one_w_hh",
        title="all layers have the same W_hh",
        look_at="what the constructor registers for W_hh of an upper layer",
        mistake=(
            "One parameter is registered under the names of all layers, as in [cell] * num_layers: there are "
            "several names and one matrix. Make a new parameter for every layer."
        ),
        fails=("parameters.registered",),
        also=("parameters.take_effect",),
        edits=(
            Edit(
                *REGISTER,
                "is_upper = name.startswith('weight_hh') and '_l0' not in name\n"
                "parameter = self.weight_hh_l0 if is_upper else nn.Parameter(values)\n"
                "self.register_parameter(name, parameter)",
            ),
        ),
    ),
    Fault(
        id="directions_are_one_parameter",
        title="both directions have the same parameters",
        look_at="what the constructor registers for the reverse direction",
        mistake=(
            "The reverse direction's names stand for the parameters of the forward direction. Half of the "
            "network is missing, though its state dict has all names. Give each direction parameters of its "
            "own."
        ),
        fails=("parameters.registered",),
        also=("parameters.take_effect",),
        edits=(
            Edit(
                *REGISTER,
                "forward = getattr(self, name.removesuffix('_reverse'), None)\n"
                "self.register_parameter(name, nn.Parameter(values) if forward is None else forward)",
            ),
        ),
    ),
    Fault(
        id="biases_are_one_parameter",
        title="b_ih and b_hh are the same parameter",
        look_at="what the constructor registers for the second bias",
        mistake=(
            "One parameter has both names and is added twice: it gets twice the gradient, and of two biases "
            "that are loaded, one is lost. Make a parameter for each."
        ),
        fails=("parameters.registered",),
        also=("parameters.take_effect",),
        edits=(
            Edit(
                *REGISTER,
                "b_ih = getattr(self, name.replace('bias_hh', 'bias_ih'), None)\n"
                "self.register_parameter(name, nn.Parameter(values) if b_ih is None else b_ih)",
            ),
        ),
    ),
    Fault(
        id="b_hh_is_frozen",
        title="b_hh does not require grad",
        look_at="which of the parameters require grad",
        mistake=(
            "As the two biases always act together, the second one is kept from training with "
            "requires_grad=False. Its gradient is then None, and code that goes over all gradients stops "
            "there."
        ),
        fails=("parameters.registered",),
        edits=(
            Edit(
                *REGISTER,
                "self.register_parameter(name, nn.Parameter(values, requires_grad='bias_hh' not in name))",
            ),
        ),
    ),
    Fault(
        id="no_graph_for_frozen_weights",
        title="with all weights frozen no graph is recorded",
        look_at="on what it depends whether a graph is recorded",
        mistake=(
            "Where no weight requires grad, forward takes it that there is nothing to learn. A frozen "
            "network still passes the gradient on to its input, and an embedding below it learns by that."
        ),
        fails=("gradients.frozen_weights",),
        edits=(
            Edit(
                *PADDED,
                "trained = any(weight.requires_grad for weight in self.parameters())\n"
                "with torch.set_grad_enabled(trained and torch.is_grad_enabled()):\n"
                "    return self.run(input, None, h_0, layers)",
            ),
        ),
    ),
    Fault(
        id="w_hh_copied_by_constructor",
        title="forward uses a copy of W_hh that the constructor made",
        look_at="which tensors forward multiplies by, and when they were made",
        mistake=(
            "The transpose of W_hh is made once, as a copy, and forward uses that. Neither training nor "
            "loading changes it. Transposing costs nothing: do it in forward."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                *BUILT,
                "self.reset_parameters()\n"
                "self.transposed = [weights[1].detach().t().clone() for weights in self.read_weights()]",
            ),
            Edit(
                *GROUP,
                "directions = [\n"
                "    Weights(weights[0], transposed.t(), *weights[2:])\n"
                "    for weights, transposed in zip(self.read_weights(), self.transposed, strict=True)\n"
                "]",
            ),
        ),
    ),
    Fault(
        id="w_hh_transposed_by_constructor",
        title="forward uses a view of W_hh that the constructor made",
        look_at="which tensors forward multiplies by, and when they were made",
        mistake=(
            "The transpose of W_hh is made once, as a view. A step of an optimiser changes it too, but a "
            "weight that is replaced, or given new .data, leaves the view on the old numbers. Transpose in "
            "forward."
        ),
        fails=("parameters.replaced",),
        also=("protocol.deepcopy",),
        edits=(
            Edit(
                *BUILT,
                "self.reset_parameters()\n"
                "self.transposed = [weights[1].t() for weights in self.read_weights()]",
            ),
            Edit(
                *GROUP,
                "directions = [\n"
                "    Weights(weights[0], transposed.t(), *weights[2:])\n"
                "    for weights, transposed in zip(self.read_weights(), self.transposed, strict=True)\n"
                "]",
            ),
        ),
    ),
    Fault(
        id="sum_of_biases_cached",
        title="the sum of the two biases is computed once and kept",
        look_at="where the sum of the biases comes from at the second call",
        mistake=(
            "A cache knows the biases as objects and not by their numbers, and goes on giving the sum that "
            "they had at first. The biases then stop learning. Add them at every call."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit("recurrence", "fused_bias", "def fused_bias(", "@cache\ndef fused_bias("),
            Edit(
                "recurrence",
                "",
                "from typing import NamedTuple",
                "from functools import cache\nfrom typing import NamedTuple",
            ),
        ),
    ),
    Fault(
        id="weights_stored_in_out",
        title="the matrices are stored as (in, out)",
        look_at="the shapes of the matrices in the constructor",
        mistake=(
            "W_ih is stored as (D, H), and all matrices are used as they are stored. That computes the same, "
            "but no weights of torch.nn.RNN fit, which are (H, D), and square ones fit the wrong way round."
        ),
        fails=("state_dict.shapes",),
        edits=(
            Edit("parameters", "direction_shapes", "(rows, input_size)", "(int(input_size), rows)"),
            Edit("parameters", "direction_shapes", "(rows, output_size)", "(output_size, rows)"),
            Edit(*GROUP, "directions = [Weights(w[0].t(), w[1].t(), *w[2:]) for w in self.read_weights()]"),
        ),
    ),
    Fault(
        id="one_bias_for_two",
        title="there is one bias where torch has two",
        look_at="how many biases each layer has",
        mistake=(
            "Two biases that are added act as one, and so only one is kept. That computes the same, but the "
            "weights of torch.nn.RNN do not load, and the bias learns at half of its speed there."
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
        id="unused_parameter",
        title="there is a parameter that is not used",
        look_at="the parameters that the constructor makes, beside the weights and biases",
        mistake=(
            "A parameter is left over from an experiment. It never gets a gradient, and a state dict of "
            "torch.nn.RNN lacks it. Delete what is not used."
        ),
        fails=("state_dict.names",),
        edits=(
            Edit(
                *BUILT,
                "self.reset_parameters()\n"
                "self.temperature = nn.Parameter(torch.ones(1, device=device, dtype=dtype))",
            ),
        ),
    ),
    Fault(
        id="h_0_is_a_buffer",
        title="the default h_0 is a buffer",
        look_at="what else than parameters is registered",
        mistake=(
            "Zeros for h_0 are registered as a buffer, which puts them into every state dict: weights of "
            "torch.nn.RNN no longer load. Make them in forward, or register them with persistent=False."
        ),
        fails=("state_dict.entries",),
        also=("messages.devices",),
        edits=(
            Edit(
                *BUILT,
                "self.reset_parameters()\n"
                "self.register_buffer('h_init', torch.zeros(self.state_size, device=device, dtype=dtype))",
            ),
            Edit("base", "RNNBase.initial_state", "input.new_zeros(shape)", "self.h_init.expand(shape)"),
        ),
    ),
    Fault(
        id="weights_drawn_by_forward",
        title="forward draws new weights at every call",
        look_at="where weights are made or drawn",
        mistake=(
            "What builds the weights is called in forward, so that every call is that of another network and "
            "nothing can be learned. Weights are made and drawn in the constructor."
        ),
        fails=("purity.repeatable", "purity.arguments_unchanged"),
        edits=(Edit(*COMPUTE, "check_devices(input, h_0, layers)\nself.reset_parameters()"),),
    ),
)
