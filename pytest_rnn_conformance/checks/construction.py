"""Construction: the network is built from its sizes, and refuses sizes that make no sense."""

from __future__ import annotations

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.model import Case


@check("construction.builds", level="core", hint="the constructor, and every combination of its options")
def builds_from_its_sizes(context: Context) -> None:
    """The network can be built from its sizes, with every option that its constructor offers.

    Nothing else can be judged before this works. D, H and the number of layers are all different, so
    that a size put in the wrong place shows.
    """
    configs = [context.config(), context.config(num_layers=3), context.config(bidirectional=True)]
    configs += [context.config(num_layers=2, bidirectional=True), context.config(bias=False)]

    def build(case: Case) -> None:
        context.candidate.build(case.config)

    context.each([Case(config=config) for config in configs], build)
