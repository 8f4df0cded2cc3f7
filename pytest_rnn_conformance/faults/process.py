"""Mistakes that change a setting of the whole program."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

BUILT = ("base", "RNNBase.__init__", "self.reset_parameters()")
PADDED = ("base", "RNNBase.forward_time_first", "return self.run(input, None, h_0, layers)")

FAULTS = (
    Fault(
        id="default_dtype_made_float64",
        title="the constructor makes float64 torch's default dtype",
        look_at="what the constructor does to torch's own settings",
        mistake=(
            "torch.set_default_dtype(torch.float64) in a constructor makes every later tensor of the program "
            "a float64 one, and training half as fast. Give the parameters their dtype, and leave the "
            "default to the program."
        ),
        fails=("purity.process_unchanged",),
        edits=(Edit(*BUILT, "self.reset_parameters()\ntorch.set_default_dtype(torch.float64)"),),
    ),
    Fault(
        id="one_thread_for_all",
        title="the constructor leaves torch one thread",
        look_at="what the constructor does to torch's own settings",
        mistake=(
            "torch.set_num_threads(1) makes small networks faster on some machines, and everything else in "
            "the program slower. The program chooses the number of threads."
        ),
        fails=("purity.process_unchanged",),
        edits=(Edit(*BUILT, "self.reset_parameters()\ntorch.set_num_threads(1)"),),
    ),
    Fault(
        id="cudnn_benchmark_switched_on",
        title="the constructor switches cuDNN's benchmark mode on",
        look_at="what the constructor does to torch's own settings",
        mistake=(
            "torch.backends.cudnn.benchmark = True is meant to make this network faster. It holds for the "
            "whole program, and results of other networks are no longer repeatable on a GPU. The program "
            "chooses it."
        ),
        fails=("purity.process_unchanged",),
        edits=(Edit(*BUILT, "self.reset_parameters()\ntorch.backends.cudnn.benchmark = True"),),
    ),
    Fault(
        id="all_warnings_silenced",
        title="all warnings are silenced for the whole program",
        look_at="what is done so that no warning is shown",
        mistake=(
            "warnings.filterwarnings('ignore') hides every warning of the program from then on. Use "
            "warnings.catch_warnings around the line that warns."
        ),
        fails=("purity.process_unchanged",),
        edits=(
            Edit(*BUILT, "self.reset_parameters()\nimport warnings\n\nwarnings.filterwarnings('ignore')"),
        ),
    ),
    Fault(
        id="python_seed_set_by_forward",
        title="forward seeds Python's random numbers",
        look_at="seeds that are set in forward",
        mistake=(
            "Forward calls random.seed, so that every shuffle after a call is the same. Training then sees "
            "its data in one order for ever. Let the program set the seed."
        ),
        fails=("purity.process_unchanged",),
        edits=(Edit(*PADDED, "import random\n\nrandom.seed(0)\nreturn self.run(input, None, h_0, layers)"),),
    ),
)
