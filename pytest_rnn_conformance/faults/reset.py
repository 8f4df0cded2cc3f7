"""Mistakes in `reset_parameters`, once the network has been built."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

RESET = ("base", "RNNBase.reset_parameters", "initialise(self.parameters(), self.hidden_size)")
BUILT = ("base", "RNNBase.__init__", "self.reset_parameters()")

FAULTS = (
    Fault(
        id="reset_does_nothing",
        title="reset_parameters does nothing",
        look_at="what reset_parameters does after the constructor has run",
        mistake=(
            "The constructor draws the weights by itself, and reset_parameters is empty. A second experiment "
            "with the same object goes on where the first one ended."
        ),
        fails=("exact.reset_parameters",),
        edits=(Edit(*BUILT, "initialise(self.parameters(), hidden_size)"), Edit(*RESET, "return")),
    ),
    Fault(
        id="reset_leaves_biases",
        title="reset_parameters leaves the biases as they are",
        look_at="which parameters reset_parameters draws",
        mistake=(
            "The constructor draws everything, reset_parameters the matrices alone: trained biases stay. Let "
            "the constructor call reset_parameters, so that there is one place."
        ),
        fails=("exact.reset_parameters",),
        edits=(
            Edit(*BUILT, "initialise(self.parameters(), hidden_size)"),
            Edit(
                *RESET,
                "initialise([weight for weight in self.parameters() if weight.dim() > 1], self.hidden_size)",
            ),
        ),
    ),
    Fault(
        id="reset_makes_new_parameters",
        title="reset_parameters makes new parameters",
        look_at="what reset_parameters does with the parameters that there are",
        mistake=(
            "New parameters take the place of the old ones, and an optimiser that was given the old ones "
            "goes on training them. Draw into the parameters that there are."
        ),
        fails=("exact.reset_parameters",),
        edits=(
            Edit(
                *RESET,
                "for name, weight in list(self.named_parameters()):\n"
                "    setattr(self, name, nn.Parameter(torch.empty_like(weight)))\n"
                "initialise(self.parameters(), self.hidden_size)",
            ),
        ),
    ),
    Fault(
        id="reset_returns_network",
        title="reset_parameters returns the network",
        look_at="what reset_parameters returns",
        mistake=(
            "reset_parameters returns the network, so that calls can be chained. torch's returns None, as "
            "all methods of torch's modules that draw weights do."
        ),
        fails=("exact.reset_parameters",),
        edits=(Edit(*RESET, "initialise(self.parameters(), self.hidden_size)\nreturn self"),),
    ),
    Fault(
        id="reset_leaves_upper_layers",
        title="reset_parameters leaves the upper layers as they are",
        look_at="which layers reset_parameters draws",
        mistake=(
            "The constructor draws everything, reset_parameters the first layer alone: what the upper layers "
            "learned stays. Let the constructor call reset_parameters, so that there is one place."
        ),
        fails=("exact.reset_everywhere",),
        edits=(
            Edit(*BUILT, "initialise(self.parameters(), hidden_size)"),
            Edit(
                *RESET,
                "first = [weight for name, weight in self.named_parameters() if '_l0' in name]\n"
                "initialise(first, self.hidden_size)",
            ),
        ),
    ),
    Fault(
        id="reset_in_new_memory",
        title="reset_parameters gives the weights new memory",
        look_at="whether reset_parameters draws in place",
        mistake=(
            "Every weight is given a new tensor as its .data. Other processes, and views of the weights, go "
            "on with the old memory. Draw in place, with nn.init."
        ),
        fails=("exact.reset_everywhere",),
        edits=(
            Edit(
                *RESET,
                "for weight in self.parameters():\n"
                "    weight.data = torch.empty_like(weight)\n"
                "initialise(self.parameters(), self.hidden_size)",
            ),
        ),
    ),
)
