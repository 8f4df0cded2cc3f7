"""Compare the speed of the reference's networks with that of torch's.

    python benchmarks/reference_speed.py --rounds 25 --networks RNN LSTM GRU

Shapes are given as N,L,D,H,layers: sequences, steps, input size, hidden size, layers.
Each figure is the median of paired ratios: in every round each variant is timed once, in
shuffled order, in this process, on one thread; ratios are taken within the round. Below 1
the reference is the faster one. The last line of a network is the training cost of a step
in long sequences over that in short ones. RNN has a goal for every shape. LSTM and GRU have
none: of an LSTM in float32 torch runs all steps in one kernel of oneDNN, which no loop in
Python comes near where the steps are small. A benchmark reports and never fails: exit code 0.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import rnn_conformance_reference as reference
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence


class Shape(NamedTuple):
    """One line of the table, and the greatest ratio that an RNN should show there."""

    batch_size: int
    length: int
    input_size: int
    hidden_size: int
    num_layers: int
    bidirectional: bool
    goal: float


SHAPES = [
    Shape(1, 32, 128, 256, 10, bidirectional=False, goal=1.0),
    Shape(1, 32, 128, 256, 10, bidirectional=True, goal=1.0),
    Shape(2, 32, 128, 256, 1, bidirectional=False, goal=1.0),
    Shape(2, 32, 128, 256, 1, bidirectional=True, goal=1.0),
    Shape(2, 32, 128, 256, 3, bidirectional=False, goal=1.0),
    Shape(2, 32, 128, 256, 3, bidirectional=True, goal=1.0),
    Shape(32, 100, 128, 256, 2, bidirectional=False, goal=1.15),
    Shape(64, 512, 64, 64, 1, bidirectional=False, goal=1.15),
    Shape(1, 1000, 32, 32, 1, bidirectional=False, goal=1.15),
]

PACKED_SHAPE = Shape(16, 100, 64, 128, 2, bidirectional=True, goal=1.15)

NETWORKS = ("RNN", "LSTM", "GRU")

LENGTHS = (64, 512)
LENGTH_GOAL = 1.5

TIME_OF_ONE_MEASUREMENT = 0.01  # seconds; short calls are repeated up to this


Input = Tensor | PackedSequence
Step = Callable[[nn.Module, Input], None]


def forward(module: nn.Module, input: Input) -> None:
    """Run forward alone, with the graph that training needs."""
    module(input)


def forward_backward(module: nn.Module, input: Input) -> None:
    """Run forward and backward, with gradients for all parameters."""
    module.zero_grad()
    output, state_n = module(input)
    loss = (output.data if isinstance(input, PackedSequence) else output).sum()
    for part in state_n if isinstance(state_n, tuple) else (state_n,):
        loss = loss + part.sum()
    loss.backward()


def padded(shape: Shape) -> Tensor:
    """Make a batch of sequences of one length."""
    return torch.randn(shape.length, shape.batch_size, shape.input_size)


def packed(shape: Shape) -> PackedSequence:
    """Make a batch of sequences of all lengths up to the greatest, evenly spaced."""
    sequences = [
        torch.randn(shape.length * number // shape.batch_size, shape.input_size)
        for number in range(1, shape.batch_size + 1)
    ]
    return pack_sequence(sequences, enforce_sorted=False)


def seconds(call: Callable[[], None], repeats: int) -> float:
    """Time one call, as the mean of some repeats."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def paired(variants: dict[str, Callable[[], None]], rounds: int) -> list[dict[str, float]]:
    """Time all variants in each round, in shuffled order."""
    repeats = 1
    for call in variants.values():
        call()  # warm up
        enough = TIME_OF_ONE_MEASUREMENT / seconds(call, 1)
        repeats = max(repeats, round(enough))
    order = list(variants)
    timings = []
    for _ in range(rounds):
        random.shuffle(order)
        timings.append({name: seconds(variants[name], repeats) for name in order})
    return timings


def ratio_to_torch(network: str, shape: Shape, input: Input, step: Step, rounds: int) -> float:
    """Compare the reference with torch at one shape."""
    theirs = getattr(nn, network)(*shape[2:5], bidirectional=shape.bidirectional)
    ours = getattr(reference, network)(*shape[2:5], bidirectional=shape.bidirectional)
    ours.load_state_dict(theirs.state_dict())
    timings = paired(
        {"ours": lambda: step(ours, input), "theirs": lambda: step(theirs, input)},
        rounds,
    )
    return statistics.median(timing["ours"] / timing["theirs"] for timing in timings)


def ratio_of_lengths(network: str, rounds: int) -> float:
    """Compare the training cost of one step in a long sequence and in a short one."""
    module = getattr(reference, network)(64, 64)
    short, long = (torch.randn(length, 64, 64) for length in LENGTHS)
    timings = paired(
        {
            "short": lambda: forward_backward(module, short),
            "long": lambda: forward_backward(module, long),
        },
        rounds,
    )
    ratio = statistics.median(timing["long"] / timing["short"] for timing in timings)
    return ratio * LENGTHS[0] / LENGTHS[1]


def print_line(network: str, shape: Shape, input: Input, rounds: int) -> None:
    """Print the figures of one shape."""
    sizes = ",".join(str(size) for size in shape[:5])
    ways = "bidirectional" if shape.bidirectional else ""
    form = "packed" if isinstance(input, PackedSequence) else ""
    goal = shape.goal if network == "RNN" else None
    forward_ratio = ratio_to_torch(network, shape, input, forward, rounds)
    training_ratio = ratio_to_torch(network, shape, input, forward_backward, rounds)
    print(f"{f'{sizes} {ways} {form}':38} {verdict(forward_ratio, goal):25} {verdict(training_ratio, goal)}")


def verdict(figure: float, goal: float | None) -> str:
    """Show a figure beside its goal."""
    if goal is None:
        return f"{figure:.2f}"
    mark = "" if figure <= goal else " above"
    return f"{figure:.2f} (goal {goal:.2f}){mark}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25, help="rounds a figure")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS, help="which to time")
    options = parser.parse_args()
    rounds = options.rounds

    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)

    print(f"torch {torch.__version__}, one thread, {rounds} rounds")
    for network in options.networks:
        print(f"\n{f'reference / torch.nn.{network}':38} {'forward':25} forward+backward")
        for shape in SHAPES:
            print_line(network, shape, padded(shape), rounds)
        print_line(network, PACKED_SHAPE, packed(PACKED_SHAPE), rounds)
        figure = ratio_of_lengths(network, rounds)
        label = "L=512 over L=64, each a step"
        print(f"{label:38} {'':25} {verdict(figure, LENGTH_GOAL)}")


if __name__ == "__main__":
    main()
