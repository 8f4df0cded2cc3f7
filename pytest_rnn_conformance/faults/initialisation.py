"""Mistakes in the numbers that a new network begins with."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

DRAW = ("parameters", "initialise", "nn.init.uniform_(parameter, -bound, bound)")
RESET = ("base", "RNNBase.reset_parameters", "initialise(self.parameters(), self.hidden_size)")

FAULTS = (
    Fault(
        id="weights_begin_at_zero",
        title="all weights begin at 0",
        look_at="the values that the constructor gives to the weights",
        mistake=(
            "With weights of 0 all hidden units are alike and get the same gradient, so that they stay "
            "alike: training a hundred units trains one. Draw the weights at random."
        ),
        fails=("initialisation.weights",),
        edits=(Edit(*DRAW, "nn.init.zeros_(parameter)"),),
    ),
    Fault(
        id="units_begin_alike",
        title="all hidden units begin with the same weights",
        look_at="how many numbers are drawn for each matrix",
        mistake=(
            "One row is drawn for each matrix and given to all hidden units, which then get the same "
            "gradient and stay alike. Draw a number for every element."
        ),
        fails=("initialisation.weights",),
        edits=(
            Edit(
                *DRAW,
                "nn.init.uniform_(parameter, -bound, bound)\n"
                "if parameter.dim() > 1:\n"
                "    parameter.data.copy_(parameter.data[:1].expand_as(parameter))",
            ),
        ),
    ),
    Fault(
        id="weights_begin_positive",
        title="all weights begin positive",
        look_at="the range that the weights are drawn from",
        mistake=(
            "torch.rand draws from 0 to 1. All units are then driven the same way, tanh saturates at 1 "
            "within a few steps, and hardly any gradient comes back. Draw from both sides of 0."
        ),
        fails=("initialisation.weights",),
        edits=(Edit(*DRAW, "nn.init.uniform_(parameter)"),),
    ),
    Fault(
        id="upper_layers_not_drawn",
        title="only the first layer is initialised",
        look_at="which parameters get their first values",
        mistake=(
            "The loop that draws the weights ends with the first layer, and the others keep what memory "
            "held, here zeros. A single layer is right. Draw all that parameters() gives."
        ),
        fails=("initialisation.weights",),
        edits=(
            Edit("base", "RNNBase.__init__", "torch.empty(", "torch.zeros("),
            Edit(
                *RESET,
                "first = [weight for name, weight in self.named_parameters() if '_l0' in name]\n"
                "initialise(first, self.hidden_size)",
            ),
        ),
    ),
    Fault(
        id="weights_begin_too_large",
        title="the weights begin too large",
        look_at="the scale that the weights are drawn with",
        mistake=(
            "torch.randn without a factor has a standard deviation of 1. The sum over many inputs then lies "
            "where tanh is flat, and training does not begin. Scale with 1 / sqrt(H)."
        ),
        fails=("initialisation.not_saturated",),
        edits=(Edit(*DRAW, "nn.init.normal_(parameter)"),),
    ),
    Fault(
        id="weights_begin_tiny",
        title="the weights begin at a fixed small scale",
        look_at="the scale that the weights are drawn with",
        mistake=(
            "All weights are normal with a standard deviation of 0.01, whatever the size of the network. "
            "torch.nn.RNN draws from a range that depends on H: results differ from those that were "
            "published."
        ),
        fails=("exact.initial_values",),
        edits=(Edit(*DRAW, "nn.init.normal_(parameter, std=0.01)"),),
    ),
    Fault(
        id="bound_without_root",
        title="the weights are drawn from the range of 1 / H, not of 1 / sqrt(H)",
        look_at="the bound of the range that the weights are drawn from",
        mistake=(
            "The square root is missing, so that wide networks begin with weights that are far too small. "
            "For H = 1 it makes no difference."
        ),
        fails=("exact.initial_values",),
        edits=(Edit("parameters", "initialise", "1 / math.sqrt(hidden_size)", "1 / hidden_size"),),
    ),
    Fault(
        id="bound_of_own_input",
        title="the range of each parameter depends on its own input size",
        look_at="the bound of the range that W_ih is drawn from",
        mistake=(
            "W_ih is drawn from the range of 1 / sqrt(D), as nn.Linear does. In torch.nn.RNN the range "
            "depends on H alone, for W_ih too."
        ),
        fails=("exact.initial_values",),
        edits=(
            Edit(
                *DRAW, "bound = 1 / math.sqrt(parameter.size(-1))\nnn.init.uniform_(parameter, -bound, bound)"
            ),
        ),
    ),
    Fault(
        id="xavier_for_matrices",
        title="the matrices are drawn as Xavier proposes",
        look_at="which function draws the matrices",
        mistake=(
            "xavier_uniform_ makes a good beginning, but another than that of torch.nn.RNN, which draws "
            "everything from U(-1/sqrt(H), 1/sqrt(H)). An experiment is not repeated that way."
        ),
        fails=("exact.initial_values",),
        edits=(
            Edit(
                *DRAW,
                "nn.init.uniform_(parameter, -bound, bound)\n"
                "if parameter.dim() > 1:\n"
                "    nn.init.xavier_uniform_(parameter)",
            ),
        ),
    ),
    Fault(
        id="biases_begin_at_zero",
        title="the biases begin at 0",
        look_at="the first values of the biases",
        mistake=(
            "Biases of 0 are usual elsewhere; torch.nn.RNN draws them from the range of the weights. A "
            "network that is built after the same seed then begins otherwise."
        ),
        fails=("exact.initial_values",),
        edits=(
            Edit(
                *DRAW,
                "nn.init.uniform_(parameter, -bound, bound)\n"
                "if parameter.dim() == 1:\n"
                "    nn.init.zeros_(parameter)",
            ),
        ),
    ),
    Fault(
        id="biases_drawn_last",
        title="all matrices are drawn before all biases",
        look_at="the order in which the parameters are drawn",
        mistake=(
            "The range is right and the order is not: after the same seed each parameter gets the numbers "
            "that belong to another. Draw in the order of parameters()."
        ),
        fails=("exact.initial_values",),
        edits=(
            Edit(
                "parameters",
                "initialise",
                "in parameters:",
                "in sorted(parameters, key=lambda parameter: -parameter.dim()):",
            ),
        ),
    ),
    Fault(
        id="directions_begin_alike",
        title="the reverse direction begins with the weights of the forward one",
        look_at="the first values of the reverse direction's weights",
        mistake=(
            "The reverse direction has parameters of its own and begins with copies of the forward ones. "
            "They part in training; but torch.nn.RNN draws both."
        ),
        fails=("exact.initial_values",),
        edits=(
            Edit(
                *RESET,
                "initialise(self.parameters(), self.hidden_size)\n"
                "for name, weight in self.named_parameters():\n"
                "    weight.data.copy_(self.get_parameter(name.removesuffix('_reverse')))",
            ),
        ),
    ),
    Fault(
        id="same_weights_every_time",
        title="every network begins with the same weights",
        look_at="where the random numbers of the weights come from",
        mistake=(
            "Each parameter is drawn after a fixed seed, which torch's generator is spared. All networks are "
            "alike, whatever the program's seed; in an ensemble that is one network. Use torch's own "
            "generator."
        ),
        fails=("exact.initial_values", "exact.reset_parameters"),
        edits=(
            Edit(
                *RESET,
                "with torch.random.fork_rng(devices=[]):\n"
                "    torch.default_generator.manual_seed(0)\n"
                "    initialise(self.parameters(), self.hidden_size)",
            ),
        ),
    ),
    Fault(
        id="one_unit_not_drawn",
        title="a network of one unit keeps whatever was in memory for its weights",
        look_at="conditions on the sizes where the weights are drawn",
        mistake=(
            "What spares a network without units spares one of a single unit, too: it begins with what "
            "`torch.empty` found in memory, mostly zeros, at times NaN. Write `> 0`."
        ),
        fails=("exact.initial_values",),
        edits=(
            Edit(*RESET, "if self.hidden_size > 1:\n    initialise(self.parameters(), self.hidden_size)"),
        ),
    ),
)
