"""Mistakes in what nn.RNN offers beside computing: weights listed, weights drawn anew, a printed form."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="no_flatten_parameters",
        title="the network has no flatten_parameters",
        look_at="the methods of nn.RNN that do nothing on a CPU",
        mistake=(
            "Training scripts call `rnn.flatten_parameters()` after moving a network, and stop where there "
            "is no such method. An empty one will do."
        ),
        fails=("exact.all_weights",),
        edits=(Edit("base", "RNNBase", "def flatten_parameters(self)", "def flatten(self)"),),
    ),
    Fault(
        id="all_weights_holds_copies",
        title="all_weights lists copies, not the parameters",
        look_at="what all_weights is made of",
        mistake=(
            "The list holds detached tensors with the parameters' numbers. Code that freezes or collects the "
            "parameters through the list does nothing to them. List the parameters themselves."
        ),
        fails=("exact.all_weights",),
        edits=(
            Edit(
                "base",
                "RNNBase.all_weights",
                "return self.read_weights()",
                "return [[weight.detach() for weight in weights] for weights in self.read_weights()]",
            ),
        ),
    ),
    Fault(
        id="all_weights_is_flat",
        title="all_weights is one flat list",
        look_at="what all_weights is made of",
        mistake=(
            "All parameters stand in a single list. Code for nn.RNN goes through groups, one for each "
            "direction of each layer, and takes a matrix's first row for W_ih. Make a list of lists."
        ),
        fails=("exact.all_weights",),
        edits=(
            Edit(
                "base",
                "RNNBase.all_weights",
                "return self.read_weights()",
                "return sum(self.read_weights(), [])",
            ),
        ),
    ),
    Fault(
        id="reset_replaces_the_parameters",
        title="reset_parameters makes new parameters",
        look_at="what reset_parameters writes to",
        mistake=(
            "The parameters are replaced by new ones, and an optimiser that was given the old ones goes on "
            "training those: the loss stays where it is. Draw into the parameters that there are."
        ),
        fails=("exact.reset_parameters",),
        edits=(
            Edit(
                "base",
                "RNNBase.reset_parameters",
                "initialise(self.parameters(), self.hidden_size)",
                "for name, weight in list(self.named_parameters()):\n"
                "    setattr(self, name, nn.Parameter(weight.detach().clone()))\n"
                "initialise(self.parameters(), self.hidden_size)",
            ),
        ),
    ),
    Fault(
        id="no_reset_parameters",
        title="the network has no reset_parameters",
        look_at="the methods that nn.RNN has besides forward",
        mistake=(
            "The weights are drawn in the constructor, and cannot be drawn anew. Networks that are built on "
            "the meta device need `reset_parameters()` for their first values. Call a method of that name."
        ),
        fails=("exact.reset_parameters",),
        edits=(
            Edit("base", "RNNBase", "def reset_parameters(self)", "def draw_parameters(self)"),
            Edit("base", "RNNBase.__init__", "self.reset_parameters()", "self.draw_parameters()"),
        ),
    ),
    Fault(
        id="options_not_shown",
        title="printing the network does not show its options",
        look_at="what the network's printed form is made of",
        mistake=(
            "Without `extra_repr` a network prints as `RNN()`, and a log does not tell what was trained. "
            "Return the two sizes, then what differs from its default, as name=value."
        ),
        fails=("exact.repr",),
        edits=(Edit("base", "RNNBase", "def extra_repr(self)", "def description(self)"),),
    ),
    Fault(
        id="nonlinearity_shown",
        title="printing the network shows its nonlinearity",
        look_at="what the network's printed form is made of",
        mistake=(
            "torch shows every option but this one, and tests that compare the printed form of a larger "
            "network fail. Leave it out."
        ),
        fails=("exact.repr",),
        edits=(
            Edit(
                "base",
                "RNNBase.extra_repr",
                "if self.bias is not True:",
                'if getattr(self, "nonlinearity", "tanh") != "tanh":\n'
                '    shown.append(f"nonlinearity={self.nonlinearity}")\n'
                "if self.bias is not True:",
            ),
        ),
    ),
    Fault(
        id="defaults_shown",
        title="printing the network shows options that are at their default",
        look_at="what the network's printed form is made of",
        mistake=(
            "The number of layers is shown where it is 1, too. torch shows what differs from its default, "
            "and tests that compare the printed form of a larger network fail."
        ),
        fails=("exact.repr",),
        edits=(Edit("base", "RNNBase.extra_repr", "self.num_layers != 1", "self.num_layers >= 1"),),
    ),
    Fault(
        id="all_weights_is_a_method",
        title="all_weights has to be called",
        look_at="how all_weights is defined",
        mistake=(
            "`rnn.all_weights` is a method here and a property in torch: `for group in rnn.all_weights` "
            "raises. Write `@property` above it."
        ),
        fails=("exact.all_weights",),
        edits=(
            Edit(
                "base",
                "RNNBase",
                "@property\ndef all_weights(self)",
                "def all_weights(self)",
            ),
        ),
    ),
)
