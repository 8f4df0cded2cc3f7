"""Cells as modules: what they are built from, what they tell of themselves, and which weights they hold."""

from __future__ import annotations

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.signature import attributes_agree, every_option, positions_agree
from pytest_rnn_conformance.checks.state_dict import entries_are_torchs, names_are_torchs
from pytest_rnn_conformance.checks.twin import attribute
from pytest_rnn_conformance.model import CELLS, Case


def with_and_without_bias(context: Context) -> list[Case]:
    """Both kinds of cell there are, as far as the weights go."""
    return [Case(config=context.config(bias=bias)) for bias in (True, False)]


@check(
    "cells.attributes",
    level="drop-in",
    after={"signature.arguments"},
    rows=("C-01",),
    needs_module=True,
    hint="`self.hidden_size = hidden_size`, and so on; `bias` is True or False, not the bias itself",
    kinds=CELLS,
)
def a_cell_keeps_its_options_as_attributes(context: Context) -> None:
    """A new cell is in train mode, has torch's defaults, and keeps its options under torch's names.

    Code that steps a cell asks it for `hidden_size`, to make the first state.

    torch: the signatures of nn.RNNCell, nn.LSTMCell and nn.GRUCell.
    """
    sizes = {"input_size": 3, "hidden_size": 4}
    attributes_agree(context, f"{context.candidate.kind}(3, 4)", (), sizes)
    attributes_agree(context, "a cell with every option set", (), every_option(context))


@check(
    "cells.positions",
    level="drop-in",
    after={"signature.arguments"},
    rows=("C-01",),
    needs_module=True,
    hint="the sizes, then bias, and of an RNN's cell the nonlinearity",
    kinds=CELLS,
)
def a_cell_takes_its_arguments_in_torchs_order(context: Context) -> None:
    """Arguments given without names mean what they mean to torch: the third is `bias`.

    torch: the signatures of nn.RNNCell, nn.LSTMCell and nn.GRUCell.
    """
    nonlinearity = {"nonlinearity": "relu"} if context.candidate.kind == "RNNCell" else {}
    positions_agree(context, {"input_size": 3, "hidden_size": 4, "bias": False, **nonlinearity})


@check(
    "cells.names",
    level="drop-in",
    after={"parameters.registered"},
    rows=("P-01", "P-04"),
    needs_module=True,
    hint="`self.weight_ih = nn.Parameter(...)`; without bias, `self.register_parameter('bias_ih', None)`",
    kinds=CELLS,
)
def a_cells_parameters_have_torchs_names(context: Context) -> None:
    """The parameters are weight_ih, weight_hh, bias_ih and bias_hh; with bias=False, the biases are None.

    A file of weights that torch's cell has written is read by these names. One bias instead of two
    computes the same, and cannot take torch's two from a file.

    torch: "Variables" of nn.RNNCell; RNNCellBase registers None where there is no bias.
    """

    def ask(case: Case) -> None:
        module = names_are_torchs(context, case)
        for name in () if case.config.bias else ("bias_ih", "bias_hh"):
            subject = f"the attribute {name} of a cell with bias=False"
            found = attribute(context, module, name, subject, expected="None")
            if found is not None:
                script = (f"assert mine.{name} is None, mine.{name}",)
                fail(subject, expected="None", actual=type(found).__name__, case=case, script=script)

    context.each(with_and_without_bias(context), ask)


@check(
    "cells.entries",
    level="drop-in",
    after={"cells.names"},
    rows=("M-01", "P-03", "P-04", "P-09"),
    needs_module=True,
    hint="create weight_ih, weight_hh, bias_ih and bias_hh in this order; keep no buffer and no submodule",
    kinds=CELLS,
)
def a_cells_state_dict_holds_the_parameters_in_order_and_nothing_else(context: Context) -> None:
    """The state dict holds the parameters in torch's order; there is no buffer and no submodule.

    An optimiser's state goes by the order of the parameters, not by their names: in another order a
    loaded checkpoint gives every weight another's momentum, silently.

    torch: "Variables" of nn.RNNCell.
    """
    context.each(with_and_without_bias(context), lambda case: entries_are_torchs(context, case))
